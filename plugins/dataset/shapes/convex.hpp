// Draws random convex and non-convex regions of pixels, and distinguishes them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "draws.hpp"

namespace hourglass::shapes {

/// A square image of pixels 0 or 1, row-major.
struct Region {
  int side;
  std::vector<std::uint8_t> pixels;
};

/// Returns whether the convex hull of the centres of all set pixels contains no centre of another pixel.
bool is_convex(const Region& region);

/// Draws a region as described by Larochelle et al. (2007), section 4: an intersection of random half-planes, or a
/// non-convex union of two to four such intersections.
Region draw_region(int side, bool convex, Draws& draws);

}  // namespace hourglass::shapes
