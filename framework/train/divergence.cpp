#include "train/divergence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace hourglass::train {
namespace {

constexpr double kLargestLoss = 1e6;
constexpr const char* kFix = "try a lower learning rate or train.gradient_clip";
constexpr const char* kInputFix = "the noise model or the dataset gave a value that is not finite; correct that plugin";

std::string value_text(double loss) {
  if (std::isnan(loss)) return "not a number";
  if (std::isinf(loss)) return "infinite";
  return fmt::format("{:.3g}, too large for the values of the dataset", loss);
}

}  // namespace

bool is_sound(double loss, std::int64_t terms, const ValueRange& range) {
  if (!range.bounded()) return std::isfinite(loss);
  const double width = std::max(1.0, range.width());
  return std::abs(loss) <= kLargestLoss * width * width * static_cast<double>(terms);
}

std::string bad_loss(std::int64_t epoch, std::string_view which, double loss) {
  return fmt::format("epoch {}: {} is {}; {}", epoch, which, value_text(loss), kFix);
}

std::string bad_batch(std::int64_t epoch, std::int64_t batch, double loss, const std::string& tensor) {
  return fmt::format("epoch {}, batch {}: the loss is {}; first non-finite tensor: {}; {}", epoch, batch,
                     value_text(loss), tensor.empty() ? "the loss itself" : tensor,
                     tensor == "image" ? kInputFix : kFix);
}

}  // namespace hourglass::train
