#include "convex.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace hourglass::shapes {
namespace {

struct Point {
  int x, y;
};

std::int64_t cross(Point o, Point a, Point b) {
  return std::int64_t{a.x - o.x} * (b.y - o.y) - std::int64_t{a.y - o.y} * (b.x - o.x);
}

int count(const Region& region) { return std::accumulate(region.pixels.begin(), region.pixels.end(), 0); }

/// Keeps the pixels of a half-plane whose border passes through a uniform point at a uniform angle.
void cut(Region& region, Draws& draws) {
  const int side = region.side;
  const float angle = 2 * std::numbers::pi_v<float> * draws.uniform();
  const float nx = std::cos(angle), ny = std::sin(angle);
  const float px = draws.uniform() * static_cast<float>(side), py = draws.uniform() * static_cast<float>(side);
  for (int y = 0; y < side; ++y) {
    std::uint8_t* row = region.pixels.data() + y * side;
    const float level = nx * (px - 0.5f) - ny * (static_cast<float>(y) + 0.5f - py);
    for (int x = 0; x < side; ++x) row[x] &= static_cast<float>(x) * nx >= level;
  }
}

/// Draws the intersection of as many half-planes as a geometric distribution gives, with at least `least` pixels. The
/// distribution starts at 0 (the whole image): only so do both classes have the same mean area, 0.58, as the paper
/// says.
Region intersection(int side, float stop, int least, Draws& draws) {
  while (true) {
    Region region{side, std::vector<std::uint8_t>(static_cast<std::size_t>(side * side), 1)};
    // What has become too small stays too small.
    while (draws.uniform() >= stop && count(region) >= least) cut(region, draws);
    if (count(region) >= least) return region;
  }
}

/// The smallest regions of the paper, 19 and 10 pixels of 28 x 28, at another size of image.
int scaled(int pixels, int side) { return std::max(3, pixels * side * side / (28 * 28)); }

}  // namespace

bool is_convex(const Region& region) {
  // The leftmost and rightmost pixels of the rows hold all corners of the hull.
  std::vector<Point> ends;
  for (int y = 0; y < region.side; ++y) {
    const auto row = std::span(region.pixels)
                         .subspan(static_cast<std::size_t>(y * region.side), static_cast<std::size_t>(region.side));
    const auto first = std::ranges::find(row, 1);
    if (first == row.end()) continue;
    const auto last = std::find(row.rbegin(), row.rend(), 1);
    ends.push_back({static_cast<int>(first - row.begin()), y});
    ends.push_back({static_cast<int>(row.rend() - last) - 1, y});
  }
  if (ends.empty()) return true;
  std::ranges::sort(ends, [](Point a, Point b) { return a.x != b.x ? a.x < b.x : a.y < b.y; });

  // Monotone chains (Andrew 1979): the lower half, then the upper half back.
  std::vector<Point> hull;
  const auto extend = [&](Point point, std::size_t floor) {
    while (hull.size() >= floor + 2 && cross(hull[hull.size() - 2], hull.back(), point) <= 0) hull.pop_back();
    hull.push_back(point);
  };
  for (const Point point : ends) extend(point, 0);
  const std::size_t lower = hull.size() - 1;
  for (auto point = ends.rbegin() + 1; point != ends.rend(); ++point) extend(*point, lower);

  for (int y = 0; y < region.side; ++y) {
    for (int x = 0; x < region.side; ++x) {
      if (region.pixels[static_cast<std::size_t>(y * region.side + x)]) continue;
      bool inside = x >= ends.front().x && x <= ends.back().x;
      for (std::size_t i = 0; inside && i + 1 < hull.size(); ++i) inside = cross(hull[i], hull[i + 1], {x, y}) >= 0;
      if (inside) return false;
    }
  }
  return true;
}

Region draw_region(int side, bool convex, Draws& draws) {
  if (convex) return intersection(side, 0.195f, scaled(19, side), draws);
  while (true) {
    Region region = intersection(side, 0.07f, scaled(10, side), draws);
    for (int more = draws.between(2, 4) - 1; more > 0; --more) {
      const Region other = intersection(side, 0.07f, scaled(10, side), draws);
      for (std::size_t i = 0; i < region.pixels.size(); ++i) region.pixels[i] |= other.pixels[i];
    }
    if (!is_convex(region)) return region;
  }
}

}  // namespace hourglass::shapes
