// Shapes of images and tensors.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hourglass {

/// The shape of one image, [C, H, W], without the batch.
struct ImageShape {
  std::int64_t channels = 1, height = 1, width = 1;

  std::int64_t size() const { return channels * height * width; }
  bool operator==(const ImageShape&) const = default;
};

/// The shape of a tensor in a graph. A batched tensor has a leading dimension N that is unknown while the graph is
/// built and is not listed in `dims`; parameters and batch statistics are not batched.
struct Shape {
  std::vector<std::int64_t> dims;
  bool batched = true;

  /// Returns the number of elements; per sample if batched.
  std::int64_t size() const {
    std::int64_t product = 1;
    for (const auto dim : dims) product *= dim;
    return product;
  }
  bool operator==(const Shape&) const = default;
};

/// Formats a shape as in the documentation: `[N, 28, 28]`, `[784, 32]`.
inline std::string to_string(const Shape& shape) {
  std::string text = shape.batched ? "[N" : "[";
  for (std::size_t i = 0; i < shape.dims.size(); ++i) {
    if (shape.batched || i > 0) text += ", ";
    text += std::to_string(shape.dims[i]);
  }
  return text + "]";
}

/// Formats an image's shape as [C, H, W].
inline std::string to_string(const ImageShape& shape) {
  return to_string(Shape{{shape.channels, shape.height, shape.width}, false});
}

}  // namespace hourglass
