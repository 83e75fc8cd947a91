// Plots of curves: decoded again; lines are where their points are.
#include "results/curve_plot.hpp"

#include <doctest/doctest.h>
#include <png.h>

#include <cmath>
#include <limits>

#include "runs.hpp"

using namespace hourglass;
using namespace hourglass::results;

namespace {

struct Plot {
  int width = 0, height = 0;
  std::vector<std::uint8_t> bytes;

  explicit Plot(const Curve& curve) {
    const test::TemporaryFolder folder;
    const auto path = folder / "plots/curve.png";
    write_curve(path, curve);
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    REQUIRE(png_image_begin_read_from_file(&image, path.c_str()) != 0);
    image.format = PNG_FORMAT_RGB;
    width = static_cast<int>(image.width);
    height = static_cast<int>(image.height);
    bytes.resize(PNG_IMAGE_SIZE(image));
    REQUIRE(png_image_finish_read(&image, nullptr, bytes.data(), 0, nullptr) != 0);
  }

  /// Returns the number of pixels of a colour.
  int count(int red, int green, int blue) const {
    int found = 0;
    for (std::size_t i = 0; i < bytes.size(); i += 3)
      found += bytes[i] == red && bytes[i + 1] == green && bytes[i + 2] == blue ? 1 : 0;
    return found;
  }
};

}  // namespace

TEST_CASE("curve: each series has a line of its own colour, from corner to corner of the frame") {
  const Plot plot({"epoch", "loss", {"train", "test"}, {{{0, 0}, {10, 1}}, {{0, 1}, {10, 1}}}});
  CHECK(plot.width > 640);
  CHECK(plot.height > 400);
  CHECK(plot.count(0, 114, 178) > 2 * 640);
  CHECK(plot.count(213, 94, 0) > 2 * 640);
}

TEST_CASE("curve: a point that is not finite interrupts its line") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Plot whole({"x", "y", {"a"}, {{{0, 0}, {1, 0}, {2, 0}, {3, 0}}}}),
      broken({"x", "y", {"a"}, {{{0, 0}, {1, 0}, {2, nan}, {3, 0}}}});
  CHECK(broken.count(0, 114, 178) < whole.count(0, 114, 178) / 2);
}

TEST_CASE("curve: no points, one point and extreme values can be drawn") {
  CHECK(Plot({"x", "y", {}, {}}).width > 640);
  CHECK(Plot({"x", "y", {"a"}, {{}}}).width > 640);
  CHECK(Plot({"x", "y", {"a"}, {{{1e20, -1e20}}}}).count(0, 114, 178) > 0);
  CHECK(Plot({"x", "y", {"a"}, {{{-1e299, 0}, {1e299, 1e-300}, {INFINITY, 1}}}}).count(0, 114, 178) > 0);
}
