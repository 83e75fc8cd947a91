// Pictures: decoded again and compared pixel by pixel.
#include "results/image_grid.hpp"

#include <doctest/doctest.h>
#include <png.h>

#include <limits>

#include "results/bitmap_font.hpp"
#include "runs.hpp"

using namespace hourglass;
using namespace hourglass::results;
using test::error_of;
using test::TemporaryFolder;

namespace {

struct Picture {
  int width = 0, height = 0, channels = 0;
  std::vector<std::uint8_t> bytes;

  int at(int x, int y, int c = 0) const { return bytes[static_cast<std::size_t>((y * width + x) * channels + c)]; }
};

Picture decode(const std::filesystem::path& path) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  REQUIRE(png_image_begin_read_from_file(&image, path.c_str()) != 0);
  const bool colour = (image.format & PNG_FORMAT_FLAG_COLOR) != 0;
  image.format = colour ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  Picture picture{static_cast<int>(image.width), static_cast<int>(image.height), colour ? 3 : 1, {}};
  picture.bytes.resize(PNG_IMAGE_SIZE(image));
  REQUIRE(png_image_finish_read(&image, nullptr, picture.bytes.data(), 0, nullptr) != 0);
  return picture;
}

Picture draw(const Grid& grid) {
  const TemporaryFolder folder;
  write_png(folder / "samples/grid.png", grid);
  return decode(folder / "samples/grid.png");
}

// Values that are whole multiples of 1/255, different at each place.
std::vector<float> ramp(std::size_t size, int first) {
  std::vector<float> values(size);
  for (std::size_t i = 0; i < size; ++i)
    values[i] = static_cast<float>((static_cast<int>(i) * 7 + first) % 256) / 255.0F;
  return values;
}

int byte_of(float value) { return static_cast<int>(value * 255.0F + 0.5F); }

}  // namespace

TEST_CASE("image grid: large grey images keep every pixel, two white pixels between and around") {
  const Grid grid{{1, 48, 50}, {}, {ramp(3 * 48 * 50, 0), ramp(2 * 48 * 50, 100)}};
  const auto picture = draw(grid);
  CHECK(picture.channels == 1);
  CHECK(picture.width == 2 + 3 * 52);
  CHECK(picture.height == 2 + 2 * 50);
  std::size_t wrong = 0;
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      const int column = (x - 2) / 52, row = (y - 2) / 50, i = (x - 2) % 52, j = (y - 2) % 50;
      const auto index = static_cast<std::size_t>((column * 48 + j) * 50 + i);
      const bool image =
          x >= 2 && y >= 2 && i < 50 && j < 48 && index < grid.rows[static_cast<std::size_t>(row)].size();
      wrong += picture.at(x, y) != (image ? byte_of(grid.rows[static_cast<std::size_t>(row)][index]) : 255);
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("image grid: small images are enlarged by the smallest integer factor that gives 48 pixels") {
  const Grid grid{{1, 28, 28}, {}, {ramp(28 * 28, 3)}};
  const auto picture = draw(grid);
  CHECK(picture.width == 2 + 56 + 2);
  CHECK(picture.height == 2 + 56 + 2);
  std::size_t wrong = 0;
  for (int y = 0; y < 56; ++y) {
    for (int x = 0; x < 56; ++x)
      wrong += picture.at(2 + x, 2 + y) != byte_of(grid.rows[0][static_cast<std::size_t>(y / 2 * 28 + x / 2)]);
  }
  CHECK(wrong == 0);
}

TEST_CASE("image grid: the values of an image of one row are bars of 24 pixels") {
  const auto picture = draw({{1, 1, 40}, {}, {ramp(2 * 40, 0), ramp(2 * 40, 9)}});
  CHECK(picture.width == 2 + 2 * 82);
  CHECK(picture.height == 2 + 2 * 26);
  for (const int y : {2, 25}) CHECK(picture.at(2 + 82 + 2, y) == byte_of(ramp(80, 0)[41]));
  CHECK(picture.at(2, 26) == 255);
  CHECK(picture.at(2, 28) == 9);
}

TEST_CASE("image grid: three channels are red, green and blue") {
  const Grid grid{{3, 48, 48}, {}, {ramp(3 * 48 * 48, 0)}};
  const auto picture = draw(grid);
  CHECK(picture.channels == 3);
  std::size_t wrong = 0;
  for (int c = 0; c < 3; ++c) {
    for (int i = 0; i < 48 * 48; ++i) {
      wrong +=
          picture.at(2 + i % 48, 2 + i / 48, c) != byte_of(grid.rows[0][static_cast<std::size_t>(c * 48 * 48 + i)]);
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("image grid: two channels are shown side by side in grey") {
  Grid grid{{2, 48, 48}, {}, {std::vector<float>(2 * 48 * 48, 0.2F)}};
  std::fill(grid.rows[0].begin() + 48 * 48, grid.rows[0].end(), 0.6F);
  const auto picture = draw(grid);
  CHECK(picture.channels == 1);
  CHECK(picture.width == 2 + 96 + 2);
  CHECK(picture.at(2 + 47, 10) == 51);
  CHECK(picture.at(2 + 48, 10) == 153);
}

TEST_CASE("image grid: values outside [0, 1] are clamped, and NaN is black") {
  std::vector<float> values(48 * 48, 0.5F);
  values[0] = -3;
  values[1] = 7;
  values[2] = std::numeric_limits<float>::quiet_NaN();
  values[3] = std::numeric_limits<float>::infinity();
  const auto picture = draw({{1, 48, 48}, {}, {values}});
  CHECK(picture.at(2, 2) == 0);
  CHECK(picture.at(3, 2) == 255);
  CHECK(picture.at(4, 2) == 0);
  CHECK(picture.at(5, 2) == 255);
}

TEST_CASE("image grid: labels are drawn on the left, in the font's pixels twice as large") {
  const std::string label = "pca 0.3~";
  const auto picture = draw({{1, 48, 48}, {label, ""}, {std::vector<float>(48 * 48), std::vector<float>(48 * 48)}});
  const int text_width = static_cast<int>(label.size()) * 12 - 2, left = 4, top = 2 + (48 - 2 * kGlyphHeight) / 2;
  CHECK(picture.width == 2 + text_width + 6 + 2 + 48 + 2);
  std::size_t wrong = 0;
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < left + text_width; ++x) {
      const int letter = (x - left) / 12, i = (x - left) % 12 / 2, j = (y - top) / 2;
      const bool inside = x >= left && y >= top && i < kGlyphWidth && j < kGlyphHeight;
      const bool ink =
          inside && (glyph_of(label[static_cast<std::size_t>(letter)])[static_cast<std::size_t>(i)] >> j & 1) != 0;
      wrong += picture.at(x, y) != (ink ? 0 : 255);
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("image grid: no two printable characters look the same, and a letter outside ASCII is one box") {
  for (std::size_t i = 0; i < kGlyphs.size(); ++i) {
    for (std::size_t j = i + 1; j < kGlyphs.size(); ++j) CHECK(kGlyphs[i] != kGlyphs[j]);
  }
  const std::vector<std::vector<float>> rows = {std::vector<float>(48 * 48)};
  CHECK(draw({{1, 48, 48}, {"σ"}, rows}).bytes == draw({{1, 48, 48}, {"é"}, rows}).bytes);
  CHECK(draw({{1, 48, 48}, {"σ"}, rows}).width == draw({{1, 48, 48}, {"s"}, rows}).width);
}

TEST_CASE("image grid: the same grid gives the same bytes") {
  const TemporaryFolder folder;
  const Grid grid{{1, 28, 28}, {"clean"}, {ramp(10 * 28 * 28, 5)}};
  write_png(folder / "a.png", grid);
  write_png(folder / "b.png", grid);
  CHECK(test::read(folder / "a.png") == test::read(folder / "b.png"));
}

TEST_CASE("image grid: an inconsistent grid is refused, and nothing is written") {
  const TemporaryFolder folder;
  const auto path = folder / "x.png";
  const auto problem = [&](const Grid& grid) { return error_of([&] { write_png(path, grid); }); };
  const auto one = std::vector<float>(4);
  CHECK(problem({{1, 2, 2}, {}, {one, std::vector<float>(5)}}) ==
        path.string() + ": row 2 of the image grid expects a multiple of 4 values (1 x 2 x 2), but got 5");
  CHECK(problem({{1, 2, 2}, {"a"}, {one, one}}) ==
        path.string() + ": the image grid has 1 labels for 2 rows; give each row one label, or give no labels");
  CHECK(problem({{1, 2, 2}, {}, {{}}}) ==
        path.string() + ": the image grid is empty; give it at least one row with an image");
  CHECK(problem({{1, 0, 2}, {}, {one}}) ==
        path.string() + ": images of 1 x 0 x 2 cannot be drawn; each dimension must be at least 1");
  CHECK(problem({{1, -2, -2}, {}, {one}}) ==
        path.string() + ": images of 1 x -2 x -2 cannot be drawn; each dimension must be at least 1");
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("image grid: long rows continue below, each part with all rows") {
  // 37 images of 50 pixels and gaps fit into 1920 pixels.
  const Grid grid{{1, 50, 50}, {}, {ramp(40 * 2500, 0), ramp(40 * 2500, 90)}};
  const auto picture = draw(grid);
  CHECK(picture.width == 2 + 36 * 52);
  CHECK(picture.height == 2 + 2 * (2 * 52 + 12) - 12);
  const auto top = 2 + 2 * 52 + 12;
  for (const int image : {36, 39}) {
    const auto x = 2 + (image - 36) * 52;
    CHECK(picture.at(x, top) == byte_of(grid.rows[0][static_cast<std::size_t>(image) * 2500]));
    CHECK(picture.at(x, top + 52) == byte_of(grid.rows[1][static_cast<std::size_t>(image) * 2500]));
  }
  CHECK(picture.at(2 + 4 * 52, top) == 255);
}
