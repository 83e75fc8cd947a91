// The procedural shapes match their labels.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <vector>

#include "host/data_access.hpp"
#include "hourglass/dataset.hpp"
#include "support/plugins.hpp"

using namespace hourglass;

namespace {

struct Image {
  std::vector<float> pixels;
  int side, label;
  bool at(int x, int y) const { return pixels[static_cast<std::size_t>(y * side + x)] == 1.0f; }
  int count() const { return static_cast<int>(std::ranges::count(pixels, 1.0f)); }
};

std::vector<Image> images(const std::map<std::string, Value>& params, std::int64_t count, Split split = Split::train) {
  host::HostData data;
  const auto samples = test::make<Dataset>("shapes", params)->open(split, data);
  const auto side = samples->shape().width;
  std::vector<Image> all;
  for (std::int64_t i = 0; i < count; ++i) {
    Image image{std::vector<float>(static_cast<std::size_t>(side * side)), static_cast<int>(side),
                samples->labels()[static_cast<std::size_t>(i)]};
    const std::int64_t index[] = {i};
    samples->read(index, image.pixels);
    all.push_back(std::move(image));
  }
  return all;
}

/// Returns the smallest box around the white pixels: left, top, right, bottom.
std::array<int, 4> box(const Image& image) {
  std::array<int, 4> found = {image.side, image.side, -1, -1};
  for (int y = 0; y < image.side; ++y) {
    for (int x = 0; x < image.side; ++x) {
      if (!image.at(x, y)) continue;
      found = {std::min(found[0], x), std::min(found[1], y), std::max(found[2], x), std::max(found[3], y)};
    }
  }
  return found;
}

/// Returns true if all pixels whose centres are on the segment between two white pixels are white: the test in the
/// paper, exact but slow, and weaker than the hull.
bool every_segment_is_white(const Image& image) {
  std::vector<std::array<int, 2>> white;
  for (int y = 0; y < image.side; ++y) {
    for (int x = 0; x < image.side; ++x) {
      if (image.at(x, y)) white.push_back({x, y});
    }
  }
  for (const auto& a : white) {
    for (const auto& b : white) {
      const int steps = std::max(std::abs(a[0] - b[0]), std::abs(a[1] - b[1]));
      for (int i = 1; i < steps; ++i) {
        const int x = (b[0] - a[0]) * i, y = (b[1] - a[1]) * i;
        if (x % steps == 0 && y % steps == 0 && !image.at(a[0] + x / steps, a[1] + y / steps)) return false;
      }
    }
  }
  return true;
}

}  // namespace

TEST_CASE("shapes: a rectangle is an outline, wide or tall according to its label, by at least 3 pixels") {
  for (const auto& image : images({}, 500)) {
    const auto [left, top, right, bottom] = box(image);
    const int width = right - left + 1, height = bottom - top + 1;
    REQUIRE(width >= 3);
    REQUIRE(height >= 3);
    REQUIRE((image.label == 1 ? height - width : width - height) >= 3);
    REQUIRE(image.count() == 2 * (width + height) - 4);
    for (int x = left; x <= right; ++x) REQUIRE((image.at(x, top) && image.at(x, bottom)));
    for (int y = top; y <= bottom; ++y) REQUIRE((image.at(left, y) && image.at(right, y)));
  }
}

TEST_CASE("shapes: filled rectangles are the same rectangles, filled") {
  const auto outlines = images({}, 100), filled = images({{"variant", "filled_rectangles"}}, 100);
  for (std::size_t i = 0; i < filled.size(); ++i) {
    const auto [left, top, right, bottom] = box(filled[i]);
    CHECK(box(outlines[i]) == box(filled[i]));
    CHECK(filled[i].count() == (right - left + 1) * (bottom - top + 1));
  }
}

TEST_CASE("shapes: regions are convex exactly if their label says so") {
  int judged = 0;
  for (const auto& image : images({{"variant", "convex"}}, 200)) {
    if (image.label == 1) {
      CHECK(image.count() >= 19);
      CHECK(every_segment_is_white(image));
    } else {
      CHECK(image.count() >= 10);
      judged += !every_segment_is_white(image);
    }
  }
  // A segment between centres misses a few concave corners that the hull finds.
  CHECK(judged >= 95);
}

TEST_CASE("shapes: convex and non-convex regions have the same mean area, so that area does not distinguish them") {
  constexpr int kCount = 4000;
  constexpr double kDeviation = 0.35;  // of the area of one region, share of the image
  double mean[2] = {};
  for (const auto& image : images({{"variant", "convex"}}, kCount))
    mean[image.label] += image.count() / (kCount / 2 * 784.0);
  CHECK(std::abs(mean[0] - mean[1]) < 4 * kDeviation / std::sqrt(kCount / 4));
}

TEST_CASE("shapes: classes are balanced and both splits have the requested size") {
  host::HostData data;
  const auto dataset =
      test::make<Dataset>("shapes", {{"train_size", std::int64_t{100}}, {"test_size", std::int64_t{31}}});
  const auto train = dataset->open(Split::train, data), test = dataset->open(Split::test, data);
  CHECK(train->size() == 100);
  CHECK(std::ranges::count(train->labels(), 1) == 50);
  CHECK(test->size() == 31);
  CHECK(dataset->open(Split::validation, data) == nullptr);
}

TEST_CASE("shapes: seed and split choose the images, the size of the set does not") {
  const auto pixels = [](const std::map<std::string, Value>& params, Split split = Split::train) {
    return images(params, 1, split)[0].pixels;
  };
  CHECK(pixels({}) == pixels({{"train_size", std::int64_t{10}}}));
  CHECK(pixels({}) != pixels({{"seed", std::int64_t{2}}}));
  CHECK(pixels({}) != pixels({}, Split::test));
}

TEST_CASE("shapes: every side from 8 to 256 can be drawn, in every variant") {
  for (const std::string variant : {"rectangles", "filled_rectangles", "convex"}) {
    for (const std::int64_t side : {8, 9, 64, 256}) {
      for (const auto& image : images({{"variant", variant}, {"side", side}}, 4)) CHECK(image.count() > 0);
    }
  }
}
