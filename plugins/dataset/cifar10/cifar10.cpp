// Colour photographs of ten kinds of objects (Krizhevsky 2009), in the binary version of the set.
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "hourglass/dataset.hpp"

namespace {

using namespace hourglass;

constexpr ImageShape kShape{3, 32, 32};
constexpr std::int64_t kPixels = 3 * 32 * 32, kRecord = 1 + kPixels, kPerFile = 10000;  // bytes, bytes, images

const std::vector<std::string>& classes() {
  static const std::vector<std::string> names = {"airplane", "automobile", "bird",  "cat",  "deer",
                                                 "dog",      "frog",       "horse", "ship", "truck"};
  return names;
}

class CifarSamples final : public Samples {
 public:
  explicit CifarSamples(std::vector<MappedBytes> files) : files_(std::move(files)) {
    for (const auto& file : files_) {
      if (std::ssize(file.bytes) != kPerFile * kRecord) {
        throw std::runtime_error(file.path.string() + ": byte " + std::to_string(file.bytes.size()) + ": expected " +
                                 std::to_string(kPerFile * kRecord) + " bytes, " + std::to_string(kPerFile) +
                                 " records of one label and 3,072 pixels");
      }
      for (std::int64_t i = 0; i < kPerFile; ++i) {
        const auto label = file.bytes[static_cast<std::size_t>(i * kRecord)];
        if (label >= classes().size()) {
          throw std::runtime_error(file.path.string() + ": byte " + std::to_string(i * kRecord) +
                                   ": expected labels 0 to 9, but got " + std::to_string(label));
        }
        labels_.push_back(label);
      }
    }
  }

  std::int64_t size() const override { return std::ssize(labels_); }
  ImageShape shape() const override { return kShape; }
  std::span<const std::int32_t> labels() const override { return labels_; }
  std::vector<std::string> class_names() const override { return classes(); }
  void read(std::span<const std::int64_t> indices, std::span<float> images) const override {
    auto out = images.begin();
    for (const auto index : indices) {
      if (index < 0 || index >= size()) throw std::out_of_range("image " + std::to_string(index) + " does not exist");
      const auto& file = files_[static_cast<std::size_t>(index / kPerFile)];
      const auto begin = static_cast<std::size_t>(index % kPerFile * kRecord + 1);
      for (const auto byte : file.bytes.subspan(begin, kPixels)) *out++ = static_cast<float>(byte) / 255;
    }
  }

 private:
  std::vector<MappedBytes> files_;
  std::vector<std::int32_t> labels_;
};

class Cifar10 final : public Dataset {
 public:
  struct Params {
    std::filesystem::path folder;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("folder", &Params::folder,
              "folder with data_batch_1.bin to data_batch_5.bin and test_batch.bin; empty: cifar-10-batches-bin in the "
              "data directory");
  }

  explicit Cifar10(Params params) : params_(std::move(params)) {}

  std::unique_ptr<Samples> open(Split split, DataAccess& data) const override {
    if (split == Split::validation) return nullptr;
    const auto folder = params_.folder.empty() ? data.directory() / "cifar-10-batches-bin" : params_.folder;
    std::vector<MappedBytes> files;
    const auto add = [&](const std::string& name) {
      if (!std::filesystem::exists(folder / name)) {
        throw std::runtime_error(name + " was not found in " + folder.string() +
                                 "; unpack cifar-10-binary.tar.gz of the CIFAR-10 web page there, or set `folder`");
      }
      files.push_back(data.map(folder / name));
    };
    if (split == Split::test) {
      add("test_batch.bin");
    } else {
      for (int i = 1; i <= 5; ++i) add("data_batch_" + std::to_string(i) + ".bin");
    }
    return std::make_unique<CifarSamples>(std::move(files));
  }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Cifar10>(
    "cifar10", "Photographs of objects, 50,000 and 10,000 colour images of 32 x 32 (Krizhevsky 2009)."))
