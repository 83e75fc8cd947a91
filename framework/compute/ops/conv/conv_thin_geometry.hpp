// Maps the pixels of a thin image (few channels) to those of a wide one (many channels) that they meet in a
// convolution, whichever of the two is the image and whichever the map. Built once per pass.
#pragma once

#include <cstdint>
#include <vector>

#include "compute/ops/conv/conv_shape.hpp"
#include "compute/ops/conv/conv_thin_loops.hpp"

namespace hourglass::compute {

/// A region with its arrays, and the index of its first pixel in the thin image.
struct ThinRegion {
  std::int64_t thin_first = 0;  ///< in floats
  Region region;
  std::vector<std::int32_t> offsets, weight_offsets;
};

class ThinGeometry {
 public:
  explicit ThinGeometry(const ConvShape& shape);

  const Lanes& lanes() const { return lanes_; }
  std::int64_t thin_channels() const { return thin_channels_; }
  std::int64_t thin_size() const { return thin_[0] * thin_[1] * thin_channels_; }
  std::int64_t wide_pixels() const { return wide_[0] * wide_[1]; }
  std::int64_t wide_size() const { return wide_pixels() * lanes_.channels; }

  /// Taps of the kernel times thin channels, thin channels slowest: the rows of a packed weight.
  std::int64_t rows() const { return static_cast<std::int64_t>(weight_index_.size()); }
  /// Packs the declared weight into [rows, vectors, lanes]; on request, zeroes the lanes that overlap the previous
  /// vector.
  void pack(const float* weight, bool clear_overlap, float* packed) const;
  /// The same for the wide image's bias [channels].
  void pack_bias(const float* bias, bool clear_overlap, float* packed) const;
  /// Writes a packed gradient [rows, vectors, lanes] in the layout of the declared weight, or adds it.
  void unpack(const float* packed, float* weight, bool add) const;
  /// The same for the wide image's bias.
  void unpack_bias(const float* packed, float* bias, bool add) const;

  /// The plane: the thin image with zeros around and between its pixels.
  std::int64_t plane_size() const { return plane_[0] * plane_[1] * thin_channels_; }
  void fill_plane(const float* thin, float* plane) const;
  /// For spread and correlate; the number of taps is rows(), optionally rounded up to a multiple of kTapsAtOnce.
  Touches touches() const { return {bases_.data(), offsets_.data(), rows()}; }
  Touches padded_touches() const {
    return {bases_.data(), offsets_.data(), static_cast<std::int64_t>(offsets_.size())};
  }

  /// For gather: all pixels of the thin image.
  const std::vector<ThinRegion>& regions() const { return regions_; }

 private:
  struct Axis;
  void make_regions(const Axis& vertical, const Axis& horizontal);

  Lanes lanes_;
  std::int64_t thin_channels_ = 1;
  Extent thin_ = {1, 1}, wide_ = {1, 1}, kernel_ = {1, 1}, dilation_ = {1, 1}, plane_ = {1, 1};
  Extent step_ = {1, 1};                       // from one wide pixel to the next, on the plane
  Extent origin_ = {0, 0}, spacing_ = {1, 1};  // where thin pixels lie on the plane
  std::vector<std::int64_t> weight_index_;     // by packed row: the declared weight of wide channel 0
  std::int64_t weight_stride_ = 1;             // from one wide channel to the next
  std::vector<std::int32_t> bases_, offsets_;
  std::vector<ThinRegion> regions_;
};

}  // namespace hourglass::compute
