// Detects that training has diverged, and writes the messages about it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "hourglass/value_range.hpp"

namespace hourglass::train {

/// Returns whether a loss is plausible for values of a range: finite and, if the range is bounded, at most 1e6 times
/// the square of its width, or 1e6, for each of its `terms`.
bool is_sound(double loss, std::int64_t terms, const ValueRange& range = {});

/// Returns the message about a loss that is not sound; `which` is, for example, "the validation loss". `epoch` counts
/// from 1.
std::string bad_loss(std::int64_t epoch, std::string_view which, double loss);

/// Returns the message about a batch whose loss is not finite. `epoch` and `batch` count from 1; `tensor` is the first
/// tensor that is not finite, "" if that is only the loss.
std::string bad_batch(std::int64_t epoch, std::int64_t batch, double loss, const std::string& tensor);

}  // namespace hourglass::train
