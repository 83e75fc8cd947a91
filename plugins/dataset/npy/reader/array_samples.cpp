// Samples that convert the values of mapped arrays when they are read.
#include "array_samples.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace hourglass::npy {
namespace {

std::string text_of(double value) {
  std::ostringstream stream;
  stream << value;
  return stream.str();
}

ImageShape shape_of(const Array& array) {
  const auto& dims = array.dims;
  switch (dims.size()) {
    case 2: return {1, 1, dims[1]};
    case 3: return {1, dims[1], dims[2]};
    default: return {dims[1], dims[2], dims[3]};
  }
}

class ArraySamples final : public Samples {
 public:
  ArraySamples(std::vector<Array> arrays, std::vector<std::int32_t> labels, const ValueRange& range)
      : arrays_(std::move(arrays)), labels_(std::move(labels)), range_(range), shape_(shape_of(arrays_.front())) {
    for (const auto& array : arrays_) ends_.push_back((ends_.empty() ? 0 : ends_.back()) + array.count());
  }

  std::int64_t size() const override { return ends_.back(); }
  ImageShape shape() const override { return shape_; }
  std::span<const std::int32_t> labels() const override { return labels_; }
  std::vector<std::string> class_names() const override { return {}; }
  ValueRange range() const override { return range_; }

  void read(std::span<const std::int64_t> indices, std::span<float> images) const override {
    const auto size = shape_.size();
    float* out = images.data();
    for (const auto index : indices) {
      if (index < 0 || index >= this->size()) {
        throw std::out_of_range(arrays_.front().name + ": index " + std::to_string(index) +
                                " is out of range: expected 0 to " + std::to_string(this->size() - 1));
      }
      const auto found = std::ranges::upper_bound(ends_, index) - ends_.begin();
      const auto& array = arrays_[static_cast<std::size_t>(found)];
      const auto first = (index - ends_[static_cast<std::size_t>(found)] + array.count()) * size;
      const float* begin = out;
      array.read(first, size, [&](double value) { *out++ = static_cast<float>(value); });
      const auto* bad = std::find_if(begin, static_cast<const float*>(out), [&](float value) {
        return !std::isfinite(value) || !range_.contains(static_cast<double>(value));
      });
      if (bad == out) continue;
      fail(array.name, array.offset + (first + (bad - begin)) * size_of(array.type),
           std::isfinite(*bad) ? "expected a value in [" + text_of(range_.min) + ", " + text_of(range_.max) +
                                     "], but got " + text_of(*bad)
                               : "expected a finite number of 32 bits, but got " + text_of(*bad));
    }
  }

 private:
  std::vector<Array> arrays_;
  std::vector<std::int64_t> ends_;  ///< number of samples up to and with each array
  std::vector<std::int32_t> labels_;
  ValueRange range_;
  ImageShape shape_;
};

std::vector<std::int32_t> labels_of(const Array& array, std::int64_t samples) {
  if (array.row_size() != 1) {
    fail(array.name, 0, "expected labels [n] or [n, 1], but got " + std::to_string(array.row_size()) + " per sample");
  }
  if (array.count() != samples) {
    fail(array.name, 0,
         "the array has " + std::to_string(array.count()) + " labels for " + std::to_string(samples) + " samples");
  }
  std::vector<std::int32_t> labels;
  array.read(0, samples, [&](double label) {
    if (!(std::abs(label) <= std::numeric_limits<std::int32_t>::max()) || std::trunc(label) != label) {
      fail(array.name, array.offset + std::ssize(labels) * size_of(array.type),
           "expected a label that is an integer of 32 bits, but got " + text_of(label));
    }
    labels.push_back(static_cast<std::int32_t>(label));
  });
  return labels;
}

}  // namespace

ValueRange range_of(const std::vector<double>& stated, Type type) {
  if (stated.empty()) {
    return type == Type::u8 ? ValueRange{0, 255} : type == Type::i8 ? ValueRange{-128, 127} : ValueRange::any();
  }
  if (stated.size() != 2 || stated[0] >= stated[1]) {
    throw std::runtime_error("range must be a lower and a higher value, such as [0, 1], or empty");
  }
  return {stated[0], stated[1]};
}

std::unique_ptr<Samples> make_samples(std::vector<Array> arrays, const Array* labels, const ValueRange& range,
                                      const std::string& images_key, const std::string& labels_key) {
  std::int64_t count = 0;
  for (const auto& array : arrays) {
    const auto own = shape_of(array), first = shape_of(arrays.front());
    if (own != first || array.dims.size() != arrays.front().dims.size()) {
      throw std::runtime_error(images_key + " = " + array.name + ": has samples of " + to_string(own) + ", but " +
                               arrays.front().name + " has " + to_string(first));
    }
    count += array.count();
  }
  auto values =
      labels == nullptr ? std::vector<std::int32_t>() : naming(labels_key, [&] { return labels_of(*labels, count); });
  return std::make_unique<ArraySamples>(std::move(arrays), std::move(values), range);
}

}  // namespace hourglass::npy
