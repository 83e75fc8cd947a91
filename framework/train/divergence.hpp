// When a loss shows that training has diverged, and how that is told.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hourglass::train {

/// Tells whether a loss can be that of a network that learns: finite, and at most 1e6 for each of its `terms`, as
/// pixels are in [0, 1].
bool is_sound(double loss, std::int64_t terms);

/// Returns the sentence about a loss, such as "the validation loss", that is not sound. `epoch` counts from 1.
std::string bad_loss(std::int64_t epoch, std::string_view which, double loss);

/// Returns the sentence about a batch whose loss is not finite. `epoch` and `batch` count from 1; `tensor` is the first
/// bad one, or "".
std::string bad_batch(std::int64_t epoch, std::int64_t batch, double loss, const std::string& tensor);

}  // namespace hourglass::train
