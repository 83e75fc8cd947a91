// Images or vectors from NumPy's .npy files, mapped and so of any size, such as the activations of another network.
#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "array_samples.hpp"
#include "hourglass/dataset.hpp"

namespace {

using namespace hourglass;

class Npy final : public Dataset {
 public:
  struct Params {
    std::filesystem::path train, train_labels, test, test_labels;
    bool bf16 = false;
    std::vector<double> range;
  };
  static void declare(ParamTable<Params>& table) {
    table
        .add("train", &Params::train,
             "file of training vectors or images, [n, d], [n, h, w] or [n, c, h, w] numbers of any type in C order, or "
             "a "
             "folder of such files (shards), which continue one another in the order of their names")
        .add("train_labels", &Params::train_labels, "file of the training labels, [n] integers; empty: no labels")
        .add("test", &Params::test, "file or folder of the test split; empty: test_share of the others is drawn for it")
        .add("test_labels", &Params::test_labels, "file of the test labels; empty: no labels")
        .add("bf16", &Params::bf16, "read values of 16 bits, of type <u2 or |V2, as bfloat16")
        .add("range", &Params::range, Range{},
             "the least and the greatest value that can occur, such as [0, 1]; a value outside is an error; empty: "
             "[0, 255] and [-128, 127] for bytes, any value otherwise");
  }

  explicit Npy(Params params) : params_(std::move(params)) {}

  std::unique_ptr<Samples> open(Split split, DataAccess& data) const override {
    check_keys();
    const bool trains = split == Split::train;
    const auto& file = trains ? params_.train : params_.test;
    if (split == Split::validation || file.empty()) return nullptr;
    const std::string key = trains ? "train" : "test", labels_key = key + "_labels";
    auto arrays = npy::naming(key, [&] { return open_all(file, data); });
    const auto range = npy::range_of(params_.range, arrays.front().type);
    const auto& labels = trains ? params_.train_labels : params_.test_labels;
    if (labels.empty()) return npy::make_samples(std::move(arrays), nullptr, range, key, labels_key);
    const auto array =
        npy::naming(labels_key, [&] { return npy::open_array(labels.string(), data.map(labels), false, 1, 2); });
    return npy::make_samples(std::move(arrays), &array, range, key, labels_key);
  }

 private:
  void check_keys() const {
    if (params_.train.empty()) throw std::runtime_error("train is empty; set it to a .npy file or a folder of them");
    if (params_.test.empty() && !params_.test_labels.empty())
      throw std::runtime_error("test_labels is set, but test is empty; set both, or remove test_labels");
    if (params_.test.empty() || params_.train_labels.empty() == params_.test_labels.empty()) return;
    const bool only_test = params_.train_labels.empty();
    throw std::runtime_error(std::string(only_test ? "test_labels" : "train_labels") + " is set, but " +
                             (only_test ? "train_labels" : "test_labels") + " is empty; set both or neither");
  }

  std::vector<npy::Array> open_all(const std::filesystem::path& path, DataAccess& data) const {
    std::vector<std::filesystem::path> files = {path};
    if (std::filesystem::is_directory(path)) {
      files.clear();
      for (const auto& entry : std::filesystem::directory_iterator(path)) {
        if (entry.path().extension() == ".npy") files.push_back(entry.path());
      }
      if (files.empty()) throw std::runtime_error(path.string() + ": the folder has no .npy files");
      std::ranges::sort(files);
    }
    std::vector<npy::Array> arrays;
    for (const auto& file : files) {
      arrays.push_back(npy::open_array(file.string(), data.map(file), params_.bf16, 2, 4));
      if (arrays.back().type != arrays.front().type)
        throw std::runtime_error(file.string() + ": has values of another type than " + files.front().string());
    }
    return arrays;
  }

  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Npy>(
    "npy", "Vectors or images of any range from NumPy's .npy files, one or many, which may exceed the memory."))
