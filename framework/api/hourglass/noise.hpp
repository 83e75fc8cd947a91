// Noise models: how a clean image becomes the input of a denoising autoencoder.
#pragma once

#include <span>

#include "hourglass/plugin.hpp"
#include "hourglass/random.hpp"
#include "hourglass/shape.hpp"

namespace hourglass {

class Noise : public Component {
 public:
  static constexpr const char* kKind = "noise";

  /// Writes a corrupted copy of `clean` to `noisy`, which do not overlap. Both hold one image of `shape`, [C, H, W],
  /// pixels in [0, 1]; a vector is an image of one row, [1, 1, D]. Called from several threads at once: keep no mutable
  /// state, and draw random numbers only from `rng`.
  virtual void corrupt(std::span<const float> clean, std::span<float> noisy, const ImageShape& shape,
                       Rng& rng) const = 0;

  /// Returns whether corrupt() suits values of any range, such as those of activations. If not, as by default, values
  /// of another bounded range are mapped to [0, 1] and back, and a dataset without a bounded range is refused.
  virtual bool accepts_any_range() const { return false; }
  /// Throws std::invalid_argument if the model cannot corrupt images of `shape`. Called before training.
  virtual void check(const ImageShape& shape) const { static_cast<void>(shape); }
};

}  // namespace hourglass
