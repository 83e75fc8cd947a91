#include "idx_samples.hpp"

#include <array>
#include <cmath>
#include <sstream>
#include <stdexcept>
#include <string>

namespace hourglass::idx {
namespace {

constexpr int kLowestRank = 2, kHighestRank = 4;  // of images

/// The values that become 0 and 1.
struct Bounds {
  double low, high;
  bool contains(double value) const { return value >= low && value <= high; }  // not a NaN
  float pixel(double value) const { return static_cast<float>((value - low) / (high - low)); }
};

std::string text(double value) {
  std::ostringstream stream;
  stream << value;
  return stream.str();
}

/// Returns what a message calls values of a type.
std::string name_of(Type type) {
  const auto bits = std::to_string(8 * size_of(type));
  if (type == Type::u8) return "unsigned bytes";
  return (type == Type::f32 || type == Type::f64 ? "floating-point numbers of " : "integers of ") + bits + " bits";
}

class IdxSamples final : public Samples {
 public:
  IdxSamples(IdxFile images, Bounds bounds, std::int64_t size, std::vector<std::int32_t> labels,
             std::vector<std::string> class_names)
      : images_(std::move(images)),
        bounds_(bounds),
        shape_(shape_of(images_)),
        size_(size),
        labels_(std::move(labels)),
        class_names_(std::move(class_names)) {
    for (std::size_t i = 0; i < pixels_.size(); ++i) pixels_[i] = bounds.pixel(static_cast<double>(i));
  }

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
      if (images_.type == Type::u8) {
        for (const auto byte :
             images_.bytes.subspan(static_cast<std::size_t>(index * pixels), static_cast<std::size_t>(pixels)))
          *out++ = pixels_[byte];
      } else {
        images_.read(index * pixels, pixels, [&](double value) { *out++ = bounds_.pixel(value); });
      }
    }
  }

 private:
  IdxFile images_;
  Bounds bounds_;
  std::array<float, 256> pixels_;  ///< of each byte
  ImageShape shape_;
  std::int64_t size_;
  std::vector<std::int32_t> labels_;
  std::vector<std::string> class_names_;
};

/// Returns the range of the values in a file, all of which are checked unless any byte is in range.
Bounds bounds_of(const IdxFile& images, std::int64_t size, const std::vector<double>& range) {
  const bool is_float = images.type == Type::f32 || images.type == Type::f64;
  if (range.empty() && images.type != Type::u8 && !is_float) {
    fail(images.path, 2,
         name_of(images.type) + " have no usual range; set `range` to the values that become 0 and 1, such as [" +
             (images.type == Type::i8 ? "-128, 127" : "0, 255") + "]");
  }
  const Bounds bounds = !range.empty() ? Bounds{range[0], range[1]} : is_float ? Bounds{0, 1} : Bounds{0, 255};
  if (images.type == Type::u8 && bounds.contains(0) && bounds.contains(255)) return bounds;
  std::int64_t at = 0;
  images.read(0, size * shape_of(images).size(), [&](double value) {
    if (!bounds.contains(value)) {
      fail(images.path, images.byte_of(at),
           "expected a value in the range [" + text(bounds.low) + ", " + text(bounds.high) + "], but got " +
               text(value) + "; set `range` to the values that become 0 and 1");
    }
    ++at;
  });
  return bounds;
}

/// Returns the labels of the first `size` images.
std::vector<std::int32_t> labels_of(const IdxFile& file, const IdxFile& images, std::int64_t size,
                                    const Reading& reading) {
  if (file.count() != images.count()) {
    fail(file.path, 4,
         "the header states " + std::to_string(file.count()) + " labels, but " + images.path.string() + " has " +
             std::to_string(images.count()) + " images");
  }
  const std::int64_t columns = file.dims.size() == 2 ? file.dims[1] : 1;
  const double lowest = std::numeric_limits<std::int32_t>::min(), highest = std::numeric_limits<std::int32_t>::max();
  std::vector<std::int32_t> labels;
  for (std::int64_t i = 0; i < size; ++i) {
    const auto at = i * columns + reading.label_column;
    const auto refuse = [&](const std::string& expected, double label) {
      fail(file.path, file.byte_of(at), "expected " + expected + ", but got " + text(label));
    };
    file.read(at, 1, [&](double label) {
      if (!(label >= lowest && label <= highest) || std::trunc(label) != label)
        refuse("a label that is an integer of 32 bits", label);
      const auto names = reading.class_names.size();
      if (names > 0 && (label < 0 || label >= static_cast<double>(names)))
        refuse("labels 0 to " + std::to_string(names - 1), label);
      labels.push_back(static_cast<std::int32_t>(label));
    });
  }
  return labels;
}

IdxFile open_labels(DataAccess& data, const IdxPath& labels, std::int64_t column) {
  IdxFile file = open_idx(data, labels, 1, 2);
  const std::int64_t columns = file.dims.size() == 2 ? file.dims[1] : 1;
  if (column >= columns) {
    throw std::runtime_error("label_column = " + std::to_string(column) + " is not a column of " + file.path.string() +
                             ", which has " + std::to_string(columns) + "; use 0" +
                             (columns > 1 ? " to " + std::to_string(columns - 1) : ""));
  }
  return file;
}

}  // namespace

ImageShape shape_of(const IdxFile& images) {
  const auto& dims = images.dims;
  switch (dims.size()) {
    case 2: return {1, 1, dims[1]};
    case 3: return {1, dims[1], dims[2]};
    default: return {dims[1], dims[2], dims[3]};
  }
}

IdxFile open_images(DataAccess& data, const IdxPath& images) {
  return open_idx(data, images, kLowestRank, kHighestRank);
}

std::unique_ptr<Samples> open_split(DataAccess& data, const SplitFiles& files, const Limit& limit,
                                    const Reading& reading) {
  IdxFile images = open_images(data, files.images);
  const std::int64_t size = limit.count == 0 ? images.count() : limit.count;
  if (size > images.count()) {
    throw std::runtime_error(limit.name + " = " + std::to_string(limit.count) + " is more than the " +
                             std::to_string(images.count()) + " images of " + images.path.string() + "; use at most " +
                             std::to_string(images.count()) + ", or 0 for all");
  }
  std::vector<std::int32_t> labels;
  if (!files.labels.path.empty()) {
    const IdxFile file = open_labels(data, files.labels, reading.label_column);
    labels = naming(files.labels, [&] { return labels_of(file, images, size, reading); });
  }
  const auto bounds = naming(files.images, [&] { return bounds_of(images, size, reading.range); });
  auto names = labels.empty() ? std::vector<std::string>() : reading.class_names;
  return std::make_unique<IdxSamples>(std::move(images), bounds, size, std::move(labels), std::move(names));
}

std::vector<std::string> numbered(int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back(std::to_string(i));
  return names;
}

}  // namespace hourglass::idx
