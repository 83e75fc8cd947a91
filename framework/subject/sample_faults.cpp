#include "subject/sample_faults.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace hourglass::subject {

std::string value_fault(const Samples& samples) {
  constexpr std::int64_t kImagesSeen = 16;
  std::vector<std::int64_t> indices(static_cast<std::size_t>(std::min(kImagesSeen, samples.size())));
  std::iota(indices.begin(), indices.end(), std::int64_t{0});
  std::vector<float> images(indices.size() * static_cast<std::size_t>(samples.shape().size()));
  samples.read(indices, images);
  const auto range = samples.range();
  const auto outside = std::ranges::find_if(
      images, [&](float value) { return !std::isfinite(value) || !range.contains(static_cast<double>(value)); });
  if (outside == images.end()) return "";
  return range.bounded() ? fmt::format("has a value of {}, outside [{:g}, {:g}]", *outside, range.min, range.max)
                         : fmt::format("has a value of {}, which is not finite", *outside);
}

std::string fault_of(const Samples& samples, const ImageShape& shape, const Classes& classes) {
  constexpr std::int64_t kLargestSide = 1 << 16, kLargestImage = std::int64_t{1} << 28;
  const auto own = samples.shape();
  if (own != shape) return fmt::format("has images of {}, but train has {}", to_string(own), to_string(shape));
  for (const auto side : {own.channels, own.height, own.width}) {
    if (side < 1 || side > kLargestSide)
      return fmt::format("has images of {}, but each side must be 1 to {}", to_string(own), kLargestSide);
  }
  if (own.size() > kLargestImage)
    return fmt::format("has images of {} pixels, but at most {} are supported", own.size(), kLargestImage);
  if (samples.size() < 1) return fmt::format("has {} images, but at least 1 is needed", samples.size());
  const auto labels = samples.labels();
  if (!labels.empty() && static_cast<std::int64_t>(labels.size()) != samples.size()) {
    return fmt::format("has {} labels for {} images", labels.size(), samples.size());
  }
  if (!classes.counted()) {
    const auto odd =
        std::ranges::find_if(labels, [&](std::int32_t label) { return label < 0 || label >= classes.size(); });
    if (odd != labels.end()) {
      return fmt::format("has the label {} at image {}, but only {} classes", *odd, odd - labels.begin(),
                         classes.size());
    }
  }
  return value_fault(samples);
}

}  // namespace hourglass::subject
