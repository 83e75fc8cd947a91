// Metrics: what a task reports.
#pragma once

#include <string>

#include "hourglass/dataset.hpp"

namespace hourglass {

enum class Direction { lower, higher };

/// One result. Names are the same wherever the quantity is: `mse`, `bce` per pixel, `sse`, `bce_sum` per image, `psnr`
/// in dB, `ssim`, `accuracy` in [0, 1], `input_psnr`.
struct Metric {
  std::string name;  ///< a-z, 0-9 and _: becomes a key and a column
  Split split = Split::test;
  double value = 0;                        ///< not NaN
  std::string unit;                        ///< "1", "1/px", "nats/px", "nats/img", "dB", ...
  Direction direction = Direction::lower;  ///< which way is better
  std::string protocol;                    ///< how it was measured, in a few words
  std::string baseline = {};               ///< empty for the model, else whose value this is: "mean_image", "pca", ...
  /// Under what condition it was measured, such as "gaussian 0.3", one line; empty if the name says it all. Values of
  /// one name under several conditions are columns of their own: `mse (gaussian 0.3)`.
  std::string condition = {};
};

}  // namespace hourglass
