// Blends, converts, scales and cuts pictures, in double precision.
#include <algorithm>
#include <array>
#include <cmath>

#include "picture.hpp"

namespace hourglass::pictures {
namespace {

/// One channel of a picture, values from 0 to 1.
struct Plane {
  std::int64_t width, height;
  std::vector<double> values;

  double at(std::int64_t x, std::int64_t y) const { return values[static_cast<std::size_t>(y * width + x)]; }
};

/// Returns grey or RGB planes of a picture in front of the background.
std::vector<Plane> planes_of(const Picture& picture, const Form& form) {
  const bool has_alpha = picture.channels % 2 == 0, coloured = picture.channels >= 3;
  std::vector<Plane> planes(static_cast<std::size_t>(form.channels), {picture.width, picture.height, {}});
  for (auto& plane : planes) plane.values.reserve(static_cast<std::size_t>(picture.width * picture.height));
  const auto step = static_cast<std::size_t>(picture.channels);
  for (std::size_t at = 0; at < picture.values.size(); at += step) {
    const double alpha = has_alpha ? picture.values[at + step - 1] / 65535.0 : 1;
    std::array<double, 3> colour;
    for (std::size_t c = 0; c < 3; ++c)
      colour[c] = alpha * (picture.values[at + (coloured ? c : 0)] / 65535.0) + (1 - alpha) * form.background;
    if (form.channels == 3) {
      for (std::size_t c = 0; c < 3; ++c) planes[c].values.push_back(colour[c]);
    } else {
      planes[0].values.push_back(coloured ? 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2] : colour[0]);
    }
  }
  return planes;
}

/// Which pixels along one axis make a new one, and their weights.
struct Taps {
  std::int64_t first;
  std::vector<double> weights;
};

/// Maps `size` pixels, of which those from `begin` to `end` are used, to `count` new ones.
std::vector<Taps> taps_of(std::int64_t size, double begin, double end, std::int64_t count) {
  std::vector<Taps> taps;
  const double step = (end - begin) / static_cast<double>(count);
  for (std::int64_t i = 0; i < count; ++i) {
    const double low = begin + step * static_cast<double>(i), high = low + step;
    Taps tap{0, {}};
    if (step >= 1) {
      tap.first = static_cast<std::int64_t>(std::floor(low));
      for (auto j = tap.first; j < std::min(size, static_cast<std::int64_t>(std::ceil(high - 1e-9))); ++j) {
        const double covered = std::min(high, static_cast<double>(j + 1)) - std::max(low, static_cast<double>(j));
        tap.weights.push_back(covered / step);
      }
    } else {
      const double centre = std::clamp((low + high) / 2 - 0.5, 0.0, static_cast<double>(size - 1));
      tap.first = std::min(static_cast<std::int64_t>(centre), std::max<std::int64_t>(0, size - 2));
      const double right = centre - static_cast<double>(tap.first);
      tap.weights = size == 1 ? std::vector<double>{1} : std::vector<double>{1 - right, right};
    }
    taps.push_back(std::move(tap));
  }
  return taps;
}

Plane resampled(const Plane& plane, const std::vector<Taps>& across, const std::vector<Taps>& down) {
  Plane narrow{std::ssize(across), plane.height, {}};
  for (std::int64_t y = 0; y < plane.height; ++y) {
    for (const auto& tap : across) {
      double sum = 0;
      for (std::size_t k = 0; k < tap.weights.size(); ++k)
        sum += tap.weights[k] * plane.at(tap.first + static_cast<std::int64_t>(k), y);
      narrow.values.push_back(sum);
    }
  }
  Plane result{narrow.width, std::ssize(down), {}};
  for (const auto& tap : down) {
    for (std::int64_t x = 0; x < narrow.width; ++x) {
      double sum = 0;
      for (std::size_t k = 0; k < tap.weights.size(); ++k)
        sum += tap.weights[k] * narrow.at(x, tap.first + static_cast<std::int64_t>(k));
      result.values.push_back(sum);
    }
  }
  return result;
}

}  // namespace

std::vector<std::uint16_t> formed(const Picture& picture, const Form& form) {
  const auto width = static_cast<double>(picture.width), height = static_cast<double>(picture.height);
  const auto to_width = form.width > 0 ? form.width : picture.width;
  const auto to_height = form.height > 0 ? form.height : picture.height;
  double used_width = width, used_height = height;
  if (form.crops) {
    const double aspect = static_cast<double>(to_width) / static_cast<double>(to_height);
    used_width = std::min(width, height * aspect);
    used_height = std::min(height, width / aspect);
  }
  const double left = (width - used_width) / 2, top = (height - used_height) / 2;
  const auto across = taps_of(picture.width, left, left + used_width, to_width);
  const auto down = taps_of(picture.height, top, top + used_height, to_height);
  std::vector<std::uint16_t> values;
  for (const auto& plane : planes_of(picture, form)) {
    for (const double value : resampled(plane, across, down).values)
      values.push_back(static_cast<std::uint16_t>(std::lround(std::clamp(value, 0.0, 1.0) * 65535)));
  }
  return values;
}

}  // namespace hourglass::pictures
