// Reads images in blocks, and compares them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "hourglass/rows.hpp"

namespace hourglass::apply {

/// Calls `body` for consecutive blocks of images, with the class `given` for each of them, if there is one.
void for_each_block(const Rows& images, const std::optional<std::int32_t>& given,
                    const std::function<void(std::int64_t first, std::span<const float> images, Labels labels)>& body);

/// Returns the mean squared difference of each of the images in `a` and `b`, [n, size].
std::vector<double> squared_errors(std::span<const float> a, std::span<const float> b, std::int64_t size);

}  // namespace hourglass::apply
