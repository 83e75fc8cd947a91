// Images and labels from any IDX files, the format of MNIST.
#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>

#include "hourglass/dataset.hpp"
#include "idx_samples.hpp"

namespace {

using namespace hourglass;

class Idx final : public Dataset {
 public:
  struct Params {
    std::filesystem::path train_images, train_labels, test_images, test_labels;
    std::int64_t train_size = 0, test_size = 0;
  };
  static void declare(ParamTable<Params>& table) {
    table
        .add("train_images", &Params::train_images,
             "IDX file of the training images, [n, h, w], [n, c, h, w] or [n, d] unsigned bytes, plain or gzipped")
        .add("train_labels", &Params::train_labels,
             "IDX file of the training labels, [n] unsigned bytes, plain or gzipped; empty: no labels")
        .add("test_images", &Params::test_images, "IDX file of the test images, plain or gzipped")
        .add("test_labels", &Params::test_labels, "IDX file of the test labels, plain or gzipped; empty: no labels");
    idx::declare_sizes(table);
  }

  explicit Idx(Params params) : params_(std::move(params)) {}

  std::unique_ptr<Samples> open(Split split, DataAccess& data) const override {
    if (split == Split::validation) return nullptr;
    check_names();
    std::vector<std::string> class_names;
    if (!params_.train_labels.empty()) {
      // Both splits have the same classes, so the labels of both are read.
      const int largest = std::max(idx::largest_label(data, {params_.train_labels, "train_labels"}),
                                   idx::largest_label(data, {params_.test_labels, "test_labels"}));
      class_names = idx::numbered(1 + largest);
    }
    idx::SplitFiles files{{params_.test_images, "test_images"}, {params_.test_labels, "test_labels"}};
    if (split == Split::train) {
      files = {{params_.train_images, "train_images"}, {params_.train_labels, "train_labels"}};
    }
    return idx::open_split(data, files, idx::limit_of(split, params_), std::move(class_names));
  }

 private:
  void check_names() const {
    for (const auto& [name, file] :
         {std::pair{"train_images", &params_.train_images}, {"test_images", &params_.test_images}}) {
      if (file->empty()) throw std::runtime_error(std::string(name) + " is empty; set it to an IDX file of images");
    }
    if (params_.train_labels.empty() != params_.test_labels.empty()) {
      const bool train = params_.train_labels.empty();
      throw std::runtime_error(std::string(train ? "train_labels" : "test_labels") + " is empty, but " +
                               (train ? "test_labels" : "train_labels") + " is not; set both or neither");
    }
  }

  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Idx>("idx", "Images and labels from IDX files that the experiment names."))
