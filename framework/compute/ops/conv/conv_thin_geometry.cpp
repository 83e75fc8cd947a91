// A wide pixel m meets the plane at m * step + tap * dilation; a thin pixel t is there at origin + t * spacing. If the
// thin image is the map, taps run backwards and the spacing of its pixels is the stride.
#include "compute/ops/conv/conv_thin_geometry.hpp"

#include <algorithm>
#include <numeric>

#include "compute/kernels/lanes.hpp"

namespace hourglass::compute {
namespace {

// packed [vectors, lanes] -> out [channels], `stride` apart
void unpack_row(const Lanes& lanes, const float* packed, float* out, std::int64_t stride, bool add) {
  for (std::int64_t channel = 0; channel < lanes.channels; ++channel) {
    const std::int64_t v = channel / lanes.lanes;
    const float value = packed[v * lanes.lanes + channel - lanes.start(v)];
    out[channel * stride] = add ? out[channel * stride] + value : value;
  }
}

}  // namespace

// One dimension of the geometry, and the classes of thin positions that see the same taps.
struct ThinGeometry::Axis {
  struct Tap {
    std::int64_t tap, wide;  // a tap and the wide position that it reads
  };
  struct Group {
    std::int64_t first, count;  // thin positions first, first + period, ...
    std::vector<Tap> taps;      // of the first position; those of the next are `advance` further
  };
  std::int64_t period, advance;
  std::vector<Group> groups;

  Axis(std::int64_t thin, std::int64_t wide, std::int64_t kernel, std::int64_t dilation, std::int64_t step,
       std::int64_t origin, std::int64_t spacing) {
    period = step / std::gcd(step, spacing);
    advance = period * spacing / step;
    std::vector<std::vector<Tap>> taps(static_cast<std::size_t>(thin));
    for (std::int64_t t = 0; t < thin; ++t) {
      for (std::int64_t tap = 0; tap < kernel; ++tap) {
        const std::int64_t position = origin + t * spacing - tap * dilation;
        if (position < 0 || position % step != 0 || position / step >= wide) continue;
        taps[static_cast<std::size_t>(t)].push_back({tap, position / step});
      }
    }
    const auto follows = [&](const Group& group, std::int64_t t) {
      const auto& own = taps[static_cast<std::size_t>(t)];
      return std::equal(own.begin(), own.end(), group.taps.begin(), group.taps.end(), [&](const Tap& a, const Tap& b) {
        return a.tap == b.tap && a.wide == b.wide + group.count * advance;
      });
    };
    for (std::int64_t phase = 0; phase < std::min(period, thin); ++phase) {
      for (std::int64_t t = phase; t < thin; t += period) {
        if (t == phase || !follows(groups.back(), t)) {
          groups.push_back({t, 1, taps[static_cast<std::size_t>(t)]});
        } else {
          ++groups.back().count;
        }
      }
    }
  }
};

ThinGeometry::ThinGeometry(const ConvShape& shape) : kernel_(shape.kernel), dilation_(shape.window.dilation) {
  const bool thin_is_image = shape.image_channels < shape.map_channels;
  thin_ = thin_is_image ? shape.image : shape.map;
  wide_ = thin_is_image ? shape.map : shape.image;
  thin_channels_ = thin_is_image ? shape.image_channels : shape.map_channels;
  const std::int64_t wide_channels = thin_is_image ? shape.map_channels : shape.image_channels;
  lanes_ = Lanes(wide_channels, wide_channels < 16 ? 8 : widest_lanes());
  for (std::size_t i = 0; i < 2; ++i) {
    const std::int64_t reach = dilation_[i] * (kernel_[i] - 1);
    step_[i] = thin_is_image ? shape.window.stride[i] : 1;
    spacing_[i] = thin_is_image ? 1 : shape.window.stride[i];
    origin_[i] = thin_is_image ? shape.window.padding[i] : reach - shape.window.padding[i];
    plane_[i] = (wide_[i] - 1) * step_[i] + reach + 1;
  }
  const std::int64_t area = kernel_[0] * kernel_[1];
  weight_stride_ = thin_is_image ? shape.image_channels * area : area;
  for (std::int64_t c = 0; c < thin_channels_; ++c) {
    for (std::int64_t i = 0; i < kernel_[0]; ++i) {
      for (std::int64_t j = 0; j < kernel_[1]; ++j) {
        const std::int64_t tap = i * kernel_[1] + j;
        offsets_.push_back(
            static_cast<std::int32_t>((i * dilation_[0] * plane_[1] + j * dilation_[1]) * thin_channels_ + c));
        weight_index_.push_back(thin_is_image ? c * area + tap : c * lanes_.channels * area + area - 1 - tap);
      }
    }
  }
  while (offsets_.size() % kTapsAtOnce != 0) offsets_.push_back(0);
  for (std::int64_t row = 0; row < wide_[0]; ++row) {
    for (std::int64_t column = 0; column < wide_[1]; ++column) {
      bases_.push_back(static_cast<std::int32_t>((row * step_[0] * plane_[1] + column * step_[1]) * thin_channels_));
    }
  }
  const auto axis = [&](std::size_t i) {
    return Axis(thin_[i], wide_[i], kernel_[i], dilation_[i], step_[i], origin_[i], spacing_[i]);
  };
  make_regions(axis(0), axis(1));
}

void ThinGeometry::make_regions(const Axis& vertical, const Axis& horizontal) {
  const std::int64_t pixel = lanes_.channels, row = wide_[1] * pixel;
  for (const Axis::Group& rows : vertical.groups) {
    for (const Axis::Group& columns : horizontal.groups) {
      // Lines run along the longer side.
      const bool across = columns.count >= rows.count;
      const std::int64_t down_step = vertical.advance * row, across_step = horizontal.advance * pixel;
      const std::int64_t down_thin = vertical.period * thin_[1] * thin_channels_;
      const std::int64_t across_thin = horizontal.period * thin_channels_;
      ThinRegion made{.thin_first = (rows.first * thin_[1] + columns.first) * thin_channels_,
                      .region = {.lines = across ? rows.count : columns.count,
                                 .line_step = across ? down_step : across_step,
                                 .thin_line = across ? down_thin : across_thin,
                                 .count = across ? columns.count : rows.count,
                                 .step = across ? across_step : down_step,
                                 .thin_step = across ? across_thin : down_thin},
                      .offsets = {},
                      .weight_offsets = {}};
      for (const Axis::Tap& i : rows.taps) {
        for (const Axis::Tap& j : columns.taps) {
          made.offsets.push_back(static_cast<std::int32_t>(i.wide * row + j.wide * pixel));
          made.weight_offsets.push_back(static_cast<std::int32_t>((i.tap * kernel_[1] + j.tap) * lanes_.padded()));
        }
      }
      regions_.push_back(std::move(made));
    }
  }
  // The largest region comes first: it reads the wide image in memory order, and the borders then find it in cache.
  std::stable_sort(regions_.begin(), regions_.end(), [](const ThinRegion& a, const ThinRegion& b) {
    return a.region.lines * a.region.count > b.region.lines * b.region.count;
  });
  for (ThinRegion& made : regions_) {
    made.region.taps = static_cast<std::int64_t>(made.offsets.size());
    made.region.offsets = made.offsets.data();
    made.region.weight_offsets = made.weight_offsets.data();
  }
}

void ThinGeometry::pack(const float* weight, bool clear_overlap, float* packed) const {
  for (const std::int64_t index : weight_index_) {
    for (std::int64_t v = 0; v < lanes_.vectors; ++v) {
      const std::int64_t start = lanes_.start(v), covered = v * lanes_.lanes;
      for (std::int64_t lane = 0; lane < lanes_.lanes; ++lane, ++packed) {
        const std::int64_t channel = start + lane;
        *packed = clear_overlap && channel < covered ? 0 : weight[index + channel * weight_stride_];
      }
    }
  }
}

void ThinGeometry::pack_bias(const float* bias, bool clear_overlap, float* packed) const {
  for (std::int64_t v = 0; v < lanes_.vectors; ++v) {
    for (std::int64_t lane = 0; lane < lanes_.lanes; ++lane, ++packed) {
      const std::int64_t channel = lanes_.start(v) + lane;
      *packed = bias == nullptr || (clear_overlap && channel < v * lanes_.lanes) ? 0 : bias[channel];
    }
  }
}

void ThinGeometry::unpack(const float* packed, float* weight, bool add) const {
  for (const std::int64_t index : weight_index_) {
    unpack_row(lanes_, packed, weight + index, weight_stride_, add);
    packed += lanes_.padded();
  }
}

void ThinGeometry::unpack_bias(const float* packed, float* bias, bool add) const {
  unpack_row(lanes_, packed, bias, 1, add);
}

void ThinGeometry::fill_plane(const float* thin, float* plane) const {
  std::fill_n(plane, plane_size(), 0.0f);
  const auto inside = [&](std::int64_t t, std::size_t axis) {
    const std::int64_t position = origin_[axis] + t * spacing_[axis];
    return position >= 0 && position < plane_[axis];
  };
  std::int64_t first = 0, last = thin_[1];
  while (first < last && !inside(first, 1)) ++first;
  while (last > first && !inside(last - 1, 1)) --last;
  for (std::int64_t row = 0; row < thin_[0]; ++row) {
    if (!inside(row, 0)) continue;
    const float* from = thin + (row * thin_[1] + first) * thin_channels_;
    float* to =
        plane + ((origin_[0] + row * spacing_[0]) * plane_[1] + origin_[1] + first * spacing_[1]) * thin_channels_;
    if (spacing_[1] == 1) {
      std::copy_n(from, (last - first) * thin_channels_, to);
      continue;
    }
    for (std::int64_t column = first; column < last; ++column) {
      std::copy_n(from, thin_channels_, to);
      from += thin_channels_;
      to += spacing_[1] * thin_channels_;
    }
  }
}

}  // namespace hourglass::compute
