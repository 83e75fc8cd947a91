// Images in the binary format of CIFAR-10: records of one byte for the class and 3072 for the pixels [3, 32, 32].
#include <filesystem>
#include <stdexcept>

#include "hourglass/dataset.hpp"

namespace {
using namespace hourglass;
constexpr ImageShape kShape{3, 32, 32};
constexpr std::size_t kRecord = 1 + 3 * 32 * 32;  // bytes

struct CifarSamples final : Samples {
  explicit CifarSamples(MappedBytes mapped) : file(std::move(mapped)) {
    if (file.bytes.empty() || file.bytes.size() % kRecord != 0)
      throw std::runtime_error(file.path.string() + ": expected records of " + std::to_string(kRecord) +
                               " bytes, but got " + std::to_string(file.bytes.size()) + " bytes");
    for (std::size_t at = 0; at < file.bytes.size(); at += kRecord) classes.push_back(file.bytes[at]);
  }
  std::int64_t size() const override { return static_cast<std::int64_t>(classes.size()); }
  ImageShape shape() const override { return kShape; }
  std::span<const std::int32_t> labels() const override { return classes; }
  std::vector<std::string> class_names() const override {
    return {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"};
  }
  void read(std::span<const std::int64_t> indices, std::span<float> images) const override {
    auto out = images.begin();
    for (const auto index : indices)
      for (const auto byte : file.bytes.subspan(static_cast<std::size_t>(index) * kRecord + 1, kRecord - 1))
        *out++ = static_cast<float>(byte) / 255;
  }
  const MappedBytes file;
  std::vector<std::int32_t> classes;
};
struct Cifar final : Dataset {
  struct Params {
    std::filesystem::path train, test;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("train", &Params::train, "file of training images").add("test", &Params::test, "file of test images");
  }
  explicit Cifar(Params values) : params(std::move(values)) {}
  std::unique_ptr<Samples> open(Split split, DataAccess& data) const override {
    if (split == Split::validation) return nullptr;  // the host cuts it from train
    return std::make_unique<CifarSamples>(data.map(split == Split::train ? params.train : params.test));
  }
  const Params params;
};
}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Cifar>("cifar", "Images and labels from files in the format of CIFAR-10."))
