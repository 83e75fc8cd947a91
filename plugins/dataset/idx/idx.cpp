// Images and labels from any IDX files, the format of MNIST.
#include <filesystem>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "binarise.hpp"
#include "hourglass/dataset.hpp"
#include "idx_samples.hpp"

namespace {

using namespace hourglass;

class Idx final : public Dataset {
 public:
  struct Params {
    std::filesystem::path train_images, train_labels, test_images, test_labels;
    std::int64_t label_column = 0;
    std::vector<double> range;
    std::int64_t train_size = 0, test_size = 0;
    idx::Binarise binarise = idx::Binarise::none;
    std::int64_t binarise_seed = 1;
  };
  static void declare(ParamTable<Params>& table) {
    table
        .add("train_images", &Params::train_images,
             "IDX file of the training images, [n, h, w], [n, c, h, w] or [n, d] values of any type, plain or gzipped")
        .add("train_labels", &Params::train_labels,
             "IDX file of the training labels, [n] or [n, k] integers, plain or gzipped; each value that occurs is a "
             "class; empty: no labels")
        .add("test_images", &Params::test_images, "IDX file of the test images, plain or gzipped")
        .add("test_labels", &Params::test_labels, "IDX file of the test labels, plain or gzipped; empty: no labels")
        .add("label_column", &Params::label_column, {0, std::numeric_limits<std::int32_t>::max()},
             "column of labels [n, k] that holds the class, from 0 on; in the labels of QMNIST, 0")
        .add("range", &Params::range, Range{},
             "the two values of images that become 0 and 1, such as [-1, 1]; a value outside is an error; empty: [0, "
             "255] for unsigned bytes, [0, 1] for floating-point numbers; other types need it");
    idx::declare_sizes(table);
    idx::declare_binarise(table);
  }

  explicit Idx(Params params) : params_(std::move(params)) {}

  std::unique_ptr<Samples> open(Split split, DataAccess& data) const override {
    if (split == Split::validation) return nullptr;
    check_keys();
    idx::SplitFiles files{{params_.test_images, "test_images"}, {params_.test_labels, "test_labels"}};
    const idx::IdxPath train_images{params_.train_images, "train_images"};
    if (split == Split::train) files = {train_images, {params_.train_labels, "train_labels"}};
    auto samples =
        idx::open_split(data, files, idx::limit_of(split, params_), {{}, params_.range, params_.label_column});
    if (split == Split::test) check_shape(*samples, idx::open_images(data, train_images));
    return idx::binarised(std::move(samples), params_.binarise, params_.binarise_seed, split, data);
  }

 private:
  void check_keys() const {
    for (const auto& [name, file] :
         {std::pair{"train_images", &params_.train_images}, {"test_images", &params_.test_images}}) {
      if (file->empty()) throw std::runtime_error(std::string(name) + " is empty; set it to an IDX file of images");
    }
    if (params_.train_labels.empty() != params_.test_labels.empty()) {
      const std::string train = "train_labels", test = "test_labels";
      const bool only_test = params_.train_labels.empty();
      throw std::runtime_error((only_test ? test : train) + " is set, but " + (only_test ? train : test) +
                               " is empty; set both or neither");
    }
    const auto& range = params_.range;
    if (!range.empty() && (range.size() != 2 || range[0] >= range[1])) {
      throw std::runtime_error("range must be a lower and a higher value, such as [0, 255], or empty");
    }
  }
  void check_shape(const Samples& test, const idx::IdxFile& train) const {
    if (test.shape() == idx::shape_of(train)) return;
    throw std::runtime_error("test_images = " + params_.test_images.string() + ": has images of " +
                             to_string(test.shape()) + ", but train_images has " + to_string(idx::shape_of(train)));
  }

  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Idx>("idx", "Images and labels from IDX files that the experiment names."))
