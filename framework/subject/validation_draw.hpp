// Draws images from a split: validation and test for a dataset that has none of its own, and smaller training sets.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace hourglass::subject {

/// What images are drawn for. Each purpose has its own random numbers; append, never renumber.
enum class Purpose : std::uint64_t { validation = 0, test = 1, limit = 2 };

/// The rows that are drawn and those that remain, each in ascending order.
struct SplitDraw {
  std::vector<std::int64_t> rest, drawn;
};

/// Draws `count`, at most `size`, of `size` images (below 2^32). Each of the `classes` gives its proportional part
/// (method of Sainte-Lague), and keeps an image as long as others can give one; `labels` is [size], in [0, classes), or
/// empty. The draw depends on nothing else: neither on the run's seed nor on batches or threads.
SplitDraw draw_evenly(std::int64_t size, std::span<const std::int32_t> labels, std::int64_t classes, std::int64_t count,
                      Purpose purpose, std::uint64_t seed);

/// Draws `count` images of each class, or all of a class that has fewer, in the same way.
SplitDraw draw_per_class(std::int64_t size, std::span<const std::int32_t> labels, std::int64_t classes,
                         std::int64_t count, std::uint64_t seed);

/// Returns a share of a number of images, rounded down.
std::int64_t share_of(std::int64_t size, double share);

/// The rows of a training split that remain for training and those drawn for validation, each in ascending order.
struct ValidationDraw {
  std::vector<std::int64_t> train, validation;
};

/// Draws `share`, in [0, 0.9], of the images for validation with draw_evenly().
ValidationDraw draw_validation(std::int64_t size, std::span<const std::int32_t> labels, std::int64_t classes,
                               double share, std::uint64_t seed = 0);

}  // namespace hourglass::subject
