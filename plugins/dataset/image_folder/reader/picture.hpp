// Decodes PNG and JPEG files, and brings pictures to one size and one number of channels.
#pragma once

#include <cstdint>
#include <vector>

#include "hourglass/dataset.hpp"

namespace hourglass::pictures {

/// A picture with interleaved channels: grey, grey and alpha, RGB or RGB and alpha.
struct Picture {
  std::int64_t width = 0, height = 0, channels = 1;
  std::vector<std::uint16_t> values;  ///< [height, width, channels]; 65535 is white or opaque
};

/// Decodes a file, recognised by its first bytes: PNG with 1 to 16 bits, palette or alpha, or JPEG, grey or colour. The
/// orientation that a camera adds is not applied. Throws std::runtime_error with the file and the reason.
Picture decode(const MappedBytes& file);

/// How pictures become images.
struct Form {
  std::int64_t channels = 3;           ///< 1: grey (luma of BT.601), 3: RGB
  std::int64_t height = 0, width = 0;  ///< 0: as they are
  bool crops = true;                   ///< scaled to cover the size and cut at the centre; else stretched
  double background = 0;               ///< in [0, 1], what is seen through transparent pixels
};

/// Returns an image [channels, height, width], each value as 16 bits. A smaller image averages the pixels that fall
/// into each of its own, in proportion to their areas; a larger one is interpolated linearly.
std::vector<std::uint16_t> formed(const Picture& picture, const Form& form);

}  // namespace hourglass::pictures
