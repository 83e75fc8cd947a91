// Image grids: layout in pixels, labels, and the PNG file.
#include "results/image_grid.hpp"

#include <fmt/format.h>
#include <png.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/files.hpp"
#include "results/bitmap_font.hpp"

namespace hourglass::results {
namespace {

constexpr std::int64_t kGap = 2;          // between images, and around the grid
constexpr std::int64_t kLeastSide = 48;   // smaller images, such as digits of 28 pixels, are enlarged
constexpr std::int64_t kBarHeight = 24;   // of an image of one row, whose pixels are drawn as bars
constexpr std::int64_t kTextScale = 2;    // screen pixels per pixel of the font
constexpr std::int64_t kLabelMargin = 6;  // between labels and images
constexpr std::uint8_t kPaper = 255, kInk = 0;

// An image in memory, [height, width, channels], initially white.
struct Canvas {
  std::int64_t width, height, channels;
  std::vector<std::uint8_t> pixels;

  Canvas(std::int64_t w, std::int64_t h, std::int64_t c)
      : width(w), height(h), channels(c), pixels(static_cast<std::size_t>(w * h * c), kPaper) {}

  void fill(std::int64_t x, std::int64_t y, std::int64_t w, std::int64_t h, std::int64_t channel, std::uint8_t value) {
    for (std::int64_t j = y; j < y + h; ++j) {
      for (std::int64_t i = x; i < x + w; ++i)
        pixels[static_cast<std::size_t>((j * width + i) * channels + channel)] = value;
    }
  }
};

// Returns one byte for each UTF-8 character: its first.
std::string characters_of(const std::string& label) {
  std::string characters;
  for (const char c : label) {
    if ((c & 0xC0) != 0x80) characters += c;
  }
  return characters;
}

std::int64_t text_width(const std::string& label) {
  const auto count = static_cast<std::int64_t>(characters_of(label).size());
  return count == 0 ? 0 : (count * (kGlyphWidth + 1) - 1) * kTextScale;
}

void draw_text(Canvas& canvas, std::int64_t x, std::int64_t y, const std::string& label) {
  for (const char c : characters_of(label)) {
    const auto& glyph = glyph_of(c);
    for (int i = 0; i < kGlyphWidth; ++i) {
      for (int j = 0; j < kGlyphHeight; ++j) {
        if (!(glyph[static_cast<std::size_t>(i)] >> j & 1)) continue;
        for (std::int64_t k = 0; k < canvas.channels; ++k) {
          canvas.fill(x + i * kTextScale, y + j * kTextScale, kTextScale, kTextScale, k, kInk);
        }
      }
    }
    x += (kGlyphWidth + 1) * kTextScale;
  }
}

std::uint8_t byte_of(float value) {
  if (std::isnan(value)) return 0;
  return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0F, 1.0F) * 255.0F));
}

void check(const std::filesystem::path& path, const Grid& grid) {
  const auto fail = [&](const std::string& what) { throw base::UserError(fmt::format("{}: {}", path.string(), what)); };
  const auto size = grid.shape.size();
  const auto [channels, height, width] = grid.shape;
  if (std::min({channels, height, width}) < 1) {
    fail(fmt::format("images of {} x {} x {} cannot be drawn; each dimension must be at least 1", channels, height,
                     width));
  }
  if (!grid.labels.empty() && grid.labels.size() != grid.rows.size()) {
    fail(fmt::format("the image grid has {} labels for {} rows; give each row one label, or give no labels",
                     grid.labels.size(), grid.rows.size()));
  }
  bool any = false;
  for (std::size_t i = 0; i < grid.rows.size(); ++i) {
    const auto values = static_cast<std::int64_t>(grid.rows[i].size());
    any = any || values > 0;
    if (values % size != 0) {
      fail(fmt::format("row {} of the image grid expects a multiple of {} values ({} x {} x {}), but got {}", i + 1,
                       size, grid.shape.channels, grid.shape.height, grid.shape.width, values));
    }
  }
  if (!any) fail("the image grid is empty; give it at least one row with an image");
}

Canvas draw(const Grid& grid) {
  const auto [channels, height, width] = grid.shape;
  const bool colour = channels == 3;
  const auto planes = colour ? 1 : channels;  // drawn side by side
  const auto scale = std::max<std::int64_t>(1, (kLeastSide + std::max(height, width) - 1) / std::max(height, width));
  const auto pixel_height = height == 1 ? std::max(scale, kBarHeight) : scale;
  std::int64_t most = 0, label_width = 0;
  for (const auto& row : grid.rows) most = std::max(most, static_cast<std::int64_t>(row.size()) / grid.shape.size());
  for (const auto& label : grid.labels) label_width = std::max(label_width, text_width(label));
  const auto left = kGap + (label_width > 0 ? label_width + kLabelMargin + kGap : 0);
  const auto text_height = label_width > 0 ? kGlyphHeight * kTextScale : 0;
  const auto row_height = std::max(height * pixel_height, text_height);
  const auto step_x = width * scale * planes + kGap, step_y = row_height + kGap;
  Canvas canvas(left + most * step_x, kGap + static_cast<std::int64_t>(grid.rows.size()) * step_y, colour ? 3 : 1);

  for (std::size_t r = 0; r < grid.rows.size(); ++r) {
    const auto top = kGap + static_cast<std::int64_t>(r) * step_y;
    if (!grid.labels.empty()) draw_text(canvas, kGap + kGap, top + (row_height - text_height) / 2, grid.labels[r]);
    const auto& row = grid.rows[r];
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto index = static_cast<std::int64_t>(i);
      const auto x = index % width, y = index / width % height, c = index / (width * height) % channels;
      const auto image = index / grid.shape.size();
      const auto plane = colour ? 0 : c;
      canvas.fill(left + image * step_x + (plane * width + x) * scale, top + y * pixel_height, scale, pixel_height,
                  colour ? c : 0, byte_of(row[i]));
    }
  }
  return canvas;
}

}  // namespace

void write_png(const std::filesystem::path& path, const Grid& grid) {
  check(path, grid);
  const auto canvas = draw(grid);
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(canvas.width);
  image.height = static_cast<png_uint_32>(canvas.height);
  image.format = canvas.channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::vector<std::uint8_t> bytes(size);
  if (!png_image_write_to_memory(&image, bytes.data(), &size, 0, canvas.pixels.data(), 0, nullptr)) {
    throw base::UserError(fmt::format("{}: an image of {} x {} pixels cannot be written as PNG: {}", path.string(),
                                      canvas.width, canvas.height, image.message));
  }
  base::write_file(path, std::span<const std::uint8_t>(bytes.data(), size));
}

}  // namespace hourglass::results
