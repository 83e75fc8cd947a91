#include "idx_samples.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace hourglass::idx {
namespace {

class IdxSamples final : public Samples {
 public:
  IdxSamples(IdxFile images, ImageShape shape, std::int64_t size, std::vector<std::int32_t> labels,
             std::vector<std::string> class_names)
      : images_(std::move(images)),
        shape_(shape),
        size_(size),
        labels_(std::move(labels)),
        class_names_(std::move(class_names)) {}

  std::int64_t size() const override { return size_; }
  ImageShape shape() const override { return shape_; }
  std::span<const std::int32_t> labels() const override { return labels_; }
  std::vector<std::string> class_names() const override { return class_names_; }

  void read(std::span<const std::int64_t> indices, std::span<float> images) const override {
    const std::int64_t pixels = shape_.size();
    float* out = images.data();
    for (const std::int64_t index : indices) {
      if (index < 0 || index >= size_) {
        throw std::out_of_range(images_.path.string() + ": image index " + std::to_string(index) +
                                " is out of range: expected 0 to " + std::to_string(size_ - 1));
      }
      const std::uint8_t* image = images_.values.data() + index * pixels;
      for (std::int64_t i = 0; i < pixels; ++i) out[i] = static_cast<float>(image[i]) / 255.0f;
      out += pixels;
    }
  }

 private:
  IdxFile images_;
  ImageShape shape_;
  std::int64_t size_;
  std::vector<std::int32_t> labels_;
  std::vector<std::string> class_names_;
};

ImageShape shape_of(const std::vector<std::int64_t>& dims) {
  switch (dims.size()) {
    case 2: return {1, 1, dims[1]};
    case 3: return {1, dims[1], dims[2]};
    default: return {dims[1], dims[2], dims[3]};
  }
}

/// Returns the first `size` labels, each less than `classes`.
std::vector<std::int32_t> checked_labels(const IdxFile& file, const IdxFile& images, std::int64_t size,
                                         std::size_t classes) {
  if (file.count() != images.count()) {
    fail(file.path, 4,
         "the header states " + std::to_string(file.count()) + " labels, but " + images.path.string() + " has " +
             std::to_string(images.count()) + " images");
  }
  const auto used = file.values.first(static_cast<std::size_t>(size));
  const auto wrong = std::ranges::find_if(used, [&](std::uint8_t label) { return label >= classes; });
  if (wrong != used.end()) {
    fail(file.path, file.offset + (wrong - used.begin()),
         "expected labels 0 to " + std::to_string(classes - 1) + ", but got " + std::to_string(*wrong));
  }
  return {used.begin(), used.end()};
}

}  // namespace

std::unique_ptr<Samples> open_split(DataAccess& data, const SplitFiles& files, const Limit& limit,
                                    std::vector<std::string> class_names) {
  IdxFile images = open_idx(data, files.images, 2, 4);
  const std::int64_t size = limit.count == 0 ? images.count() : limit.count;
  if (size > images.count()) {
    throw std::runtime_error(images.path.string() + ": has " + std::to_string(images.count()) + " images, but " +
                             limit.name + " = " + std::to_string(limit.count) + "; use at most " +
                             std::to_string(images.count()) + ", or 0 for all");
  }
  std::vector<std::int32_t> labels;
  if (files.labels.path.empty()) {
    class_names.clear();
  } else {
    const IdxFile file = open_idx(data, files.labels, 1, 1);
    labels = naming(files.labels, [&] { return checked_labels(file, images, size, class_names.size()); });
  }
  const ImageShape shape = shape_of(images.dims);
  return std::make_unique<IdxSamples>(std::move(images), shape, size, std::move(labels), std::move(class_names));
}

int largest_label(DataAccess& data, const IdxPath& labels) {
  return std::ranges::max(open_idx(data, labels, 1, 1).values);
}

std::vector<std::string> numbered(int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back(std::to_string(i));
  return names;
}

}  // namespace hourglass::idx
