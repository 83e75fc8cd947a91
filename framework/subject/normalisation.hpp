// How the values of a dataset are mapped before training and tasks see them.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "hourglass/value_range.hpp"
#include "subject/settings.hpp"

namespace hourglass::subject {

/// Maps a value x to (x - shift) * factor, limited to a range.
class Normalisation {
 public:
  Normalisation() = default;

  /// Reads images [first, first + n) of `count` into [n, size].
  using Read = std::function<void(std::int64_t first, std::span<float> images)>;
  /// Measures what `settings` ask for on `count` images (at least 1) of `size` values in `range`. Sums are in double
  /// precision and in the order of the images.
  Normalisation(const DatasetSettings::Params& settings, const ValueRange& range, std::int64_t count, std::int64_t size,
                const Read& read);

  bool is_identity() const { return shift_.empty(); }
  /// Maps one image, or several, in place. Several threads may call it.
  void apply(std::span<float> images) const;
  /// Maps directions [n, size], each of norm 1, and makes their norms 1 again.
  void apply_to_directions(std::span<float> directions, std::int64_t size) const;
  ValueRange range() const { return range_; }  ///< of mapped values
  /// Of each value of an image, or one for all; empty: identity.
  std::span<const float> shift() const { return shift_; }
  std::span<const float> factor() const { return factor_; }

 private:
  std::vector<float> shift_, factor_;
  ValueRange range_;
  bool limits_ = false;  ///< values may lie outside range_, which limits them
};

}  // namespace hourglass::subject
