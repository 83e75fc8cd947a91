// Pictures as arrays of bytes; libpng compresses them.
#include "results/canvas.hpp"

#include <fmt/format.h>
#include <png.h>

#include <span>

#include "base/error.hpp"
#include "base/files.hpp"
#include "results/bitmap_font.hpp"

namespace hourglass::results {
namespace {

constexpr std::uint8_t kPaper = 255, kInk = 0;

// Returns one byte for each UTF-8 character: its first.
std::string characters_of(const std::string& label) {
  std::string characters;
  for (const char c : label) {
    if ((c & 0xC0) != 0x80) characters += c;
  }
  return characters;
}

}  // namespace

Canvas::Canvas(std::int64_t w, std::int64_t h, std::int64_t c)
    : width(w), height(h), channels(c), pixels(static_cast<std::size_t>(w * h * c), kPaper) {}

void Canvas::fill(std::int64_t x, std::int64_t y, std::int64_t w, std::int64_t h, std::int64_t channel,
                  std::uint8_t value) {
  for (std::int64_t j = y; j < y + h; ++j) {
    for (std::int64_t i = x; i < x + w; ++i)
      pixels[static_cast<std::size_t>((j * width + i) * channels + channel)] = value;
  }
}

std::int64_t text_width(const std::string& text) {
  const auto count = static_cast<std::int64_t>(characters_of(text).size());
  return count == 0 ? 0 : (count * (kGlyphWidth + 1) - 1) * kTextScale;
}

void draw_text(Canvas& canvas, std::int64_t x, std::int64_t y, const std::string& text) {
  for (const char c : characters_of(text)) {
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

std::int64_t text_height() { return kGlyphHeight * kTextScale; }

void write_canvas(const std::filesystem::path& path, const Canvas& canvas) {
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
