#include "convex.hpp"

#include <algorithm>
#include <cmath>

namespace hourglass::shapes {
namespace {

struct Point {
  int x, y;
};

std::int64_t cross(Point o, Point a, Point b) {
  return std::int64_t{a.x - o.x} * (b.y - o.y) - std::int64_t{a.y - o.y} * (b.x - o.x);
}

/// An intersection of half-planes, stored as the pixels [first, last) of each row.
struct Rows {
  struct Run {
    int first, last;
  };
  std::vector<Run> runs;

  int count() const {
    int sum = 0;
    for (const Run& run : runs) sum += std::max(0, run.last - run.first);
    return sum;
  }
};

/// Keeps the pixels of a half-plane whose border passes through a uniform point at a uniform angle.
void cut(Rows& rows, Draws& draws) {
  const auto side = static_cast<float>(rows.runs.size());
  // A uniform point in the disc has a uniform angle. The last bit of a sine would depend on the machine.
  float nx, ny;
  do {
    nx = 2 * draws.uniform() - 1;
    ny = 2 * draws.uniform() - 1;
  } while (nx * nx + ny * ny > 1 || (nx == 0 && ny == 0));
  const float px = draws.uniform() * side, py = draws.uniform() * side;
  for (std::size_t y = 0; y < rows.runs.size(); ++y) {
    auto& [first, last] = rows.runs[y];
    // Keep the x with x * nx >= level. A division by nearly 0 is harmless: it keeps the whole row or nothing.
    const float level = nx * (px - 0.5f) - ny * (static_cast<float>(y) + 0.5f - py);
    if (nx > 0) first = std::max(first, static_cast<int>(std::ceil(std::clamp(level / nx, 0.0f, side))));
    if (nx < 0) last = std::min(last, static_cast<int>(std::floor(std::clamp(level / nx, -1.0f, side))) + 1);
    if (nx == 0 && level > 0) last = first;
  }
}

/// Draws the intersection of a geometrically distributed number of half-planes, with at least `least` pixels. The
/// number starts at 0 (the whole image), because otherwise the classes would not have the mean area of 0.58 that the
/// paper states.
Rows intersection(int side, float stop, int least, Draws& draws) {
  Rows rows;
  while (true) {
    rows.runs.assign(static_cast<std::size_t>(side), {0, side});
    // A region that is too small can only shrink further.
    while (draws.uniform() >= stop && rows.count() >= least) cut(rows, draws);
    if (rows.count() >= least) return rows;
  }
}

void paint(const Rows& rows, Region& region) {
  for (std::size_t y = 0; y < rows.runs.size(); ++y) {
    std::uint8_t* row = region.pixels.data() + y * rows.runs.size();
    const auto [first, last] = rows.runs[y];
    if (first < last) std::fill(row + first, row + last, std::uint8_t{1});
  }
}

/// Scales the paper's smallest regions, 19 and 10 pixels of 28 x 28, to another image size.
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
  while (true) {
    Region region{side, std::vector<std::uint8_t>(static_cast<std::size_t>(side * side))};
    if (convex) {
      paint(intersection(side, 0.195f, scaled(19, side), draws), region);
      return region;
    }
    for (int parts = draws.between(2, 4); parts > 0; --parts) {
      paint(intersection(side, 0.07f, scaled(10, side), draws), region);
    }
    if (!is_convex(region)) return region;
  }
}

}  // namespace hourglass::shapes
