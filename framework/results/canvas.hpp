// A picture in memory: rectangles and text, written as PNG.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace hourglass::results {

inline constexpr std::int64_t kTextScale = 2;  ///< pixels per pixel of the font

/// Pixels [height, width, channels], initially white; 1 channel: grey, 3: RGB.
struct Canvas {
  std::int64_t width, height, channels;
  std::vector<std::uint8_t> pixels;

  Canvas(std::int64_t w, std::int64_t h, std::int64_t c);

  /// Fills a rectangle, which must lie inside, in one channel.
  void fill(std::int64_t x, std::int64_t y, std::int64_t w, std::int64_t h, std::int64_t channel, std::uint8_t value);
};

/// Returns the width of a text in pixels; characters are those of UTF-8.
std::int64_t text_width(const std::string& text);
/// The height of a text in pixels.
std::int64_t text_height();

/// Draws a text in black; (x, y) is its upper left corner. All of it must lie inside.
void draw_text(Canvas& canvas, std::int64_t x, std::int64_t y, const std::string& text);

/// Writes a PNG file. Throws UserError if it cannot be written.
void write_canvas(const std::filesystem::path& path, const Canvas& canvas);

}  // namespace hourglass::results
