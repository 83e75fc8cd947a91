// Images or vectors from the arrays of one of NumPy's .npz archives.
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "array_samples.hpp"
#include "hourglass/dataset.hpp"
#include "member.hpp"

namespace {

using namespace hourglass;

class Npz final : public Dataset {
 public:
  struct Params {
    std::filesystem::path file;
    std::string train = "x_train", train_labels = "y_train", test = "x_test", test_labels = "y_test";
    bool bf16 = false;
    std::vector<double> range;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("file", &Params::file, "archive of arrays (.npz), stored or compressed")
        .add("train", &Params::train, Choices{},
             "name of the array of training vectors or images, [n, d], [n, h, w] or [n, c, h, w] numbers of any type")
        .add("train_labels", &Params::train_labels, Choices{},
             "name of the array of training labels, [n] integers; empty: no labels")
        .add("test", &Params::test, Choices{},
             "name of the array of the test split; empty: test_share of the others is drawn for it")
        .add("test_labels", &Params::test_labels, Choices{}, "name of the array of test labels; empty: no labels")
        .add("bf16", &Params::bf16, "read values of 16 bits, of type <u2 or |V2, as bfloat16")
        .add("range", &Params::range, Range{},
             "the least and the greatest value that can occur, such as [0, 1]; a value outside is an error; empty: "
             "[0, 255] and [-128, 127] for bytes, any value otherwise");
  }

  explicit Npz(Params params) : params_(std::move(params)) {}

  std::unique_ptr<Samples> open(Split split, DataAccess& data) const override {
    if (params_.file.empty()) throw std::runtime_error("file is empty; set it to an archive of arrays (.npz)");
    const bool trains = split == Split::train;
    const auto& name = trains ? params_.train : params_.test;
    if (trains && name.empty()) throw std::runtime_error("train is empty; set it to the name of an array");
    if (split == Split::validation || name.empty()) return nullptr;
    std::vector<npy::Array> arrays;
    arrays.push_back(array(data, name, params_.bf16, 2, 4));
    const auto range = npy::range_of(params_.range, arrays.front().type);
    const auto& labels = trains ? params_.train_labels : params_.test_labels;
    if (labels.empty()) return npy::make_samples(std::move(arrays), nullptr, range, "file", "file");
    const auto label_array = array(data, labels, false, 1, 2);
    return npy::make_samples(std::move(arrays), &label_array, range, "file", "file");
  }

 private:
  npy::Array array(DataAccess& data, const std::string& name, bool bf16, std::size_t lowest,
                   std::size_t highest) const {
    return npy::naming("file", [&] {
      return npy::open_array(params_.file.string() + ": " + name, npz::unpack(data, params_.file, name), bf16, lowest,
                             highest);
    });
  }

  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Npz>("npz", "Vectors or images of any range from NumPy's .npz archives."))
