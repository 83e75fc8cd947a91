// Reads PNG with libpng and JPEG with libjpeg, whose errors become exceptions.
// clang-format off
#include <cstdio>  // first, because jpeglib.h needs its types
// clang-format on
#include <jpeglib.h>
#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

#include "picture.hpp"

namespace hourglass::pictures {
namespace {

/// Larger pictures are refused before memory is taken for them.
constexpr std::uint64_t kMostPixels = std::uint64_t{1} << 28;

/// Where decoding is, and why it failed. The libraries leave their functions with longjmp(), so nothing with a
/// destructor may be made between setjmp() and the end of decoding.
struct Source {
  std::span<const std::uint8_t> bytes;
  std::size_t at = 0;
  std::string reason;
  std::jmp_buf failed;
};

[[noreturn]] void fail_png(png_structp png, png_const_charp message) {
  auto& source = *static_cast<Source*>(png_get_error_ptr(png));
  source.reason = message;
  std::longjmp(source.failed, 1);
}

void ignore_png(png_structp, png_const_charp) {}

void read_png_bytes(png_structp png, png_bytep out, png_size_t count) {
  auto& source = *static_cast<Source*>(png_get_io_ptr(png));
  if (source.bytes.size() - source.at < count) png_error(png, "the file ends early");
  std::memcpy(out, source.bytes.data() + source.at, count);
  source.at += count;
}

/// Returns whether it succeeded; else `source` has the reason.
bool decode_png(Source& source, Picture& picture, std::vector<png_bytep>& rows) {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &source, fail_png, ignore_png);
  png_infop info = png_create_info_struct(png);
  if (setjmp(source.failed) != 0) {
    png_destroy_read_struct(&png, &info, nullptr);
    return false;
  }
  png_set_read_fn(png, &source, read_png_bytes);
  png_read_info(png, info);
  if (std::uint64_t{png_get_image_width(png, info)} * png_get_image_height(png, info) > kMostPixels)
    png_error(png, "the picture is too large");
  png_set_expand(png);  // palettes to RGB, fewer bits to 8, transparent colours to alpha
  png_set_expand_16(png);
  png_set_swap(png);  // to little-endian
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  picture.width = png_get_image_width(png, info);
  picture.height = png_get_image_height(png, info);
  picture.channels = png_get_channels(png, info);
  picture.values.resize(static_cast<std::size_t>(picture.width * picture.height * picture.channels));
  for (std::int64_t y = 0; y < picture.height; ++y)
    rows.push_back(reinterpret_cast<png_bytep>(picture.values.data() + y * picture.width * picture.channels));
  png_read_image(png, rows.data());
  png_read_end(png, nullptr);
  png_destroy_read_struct(&png, &info, nullptr);
  return true;
}

struct JpegErrors {
  jpeg_error_mgr manager;
  Source* source;
};

[[noreturn]] void fail_jpeg(j_common_ptr state) {
  auto& source = *reinterpret_cast<JpegErrors*>(state->err)->source;
  char text[JMSG_LENGTH_MAX];
  state->err->format_message(state, text);
  source.reason = text;
  std::longjmp(source.failed, 1);
}

/// Treats damage that libjpeg would paint over, such as a file that ends early, as an error.
void fail_jpeg_on_damage(j_common_ptr state, int level) {
  if (level < 0) fail_jpeg(state);
}

bool decode_jpeg(Source& source, Picture& picture, std::vector<JSAMPLE>& row) {
  jpeg_decompress_struct jpeg;
  JpegErrors errors;
  jpeg.err = jpeg_std_error(&errors.manager);
  errors.manager.error_exit = fail_jpeg;
  errors.manager.emit_message = fail_jpeg_on_damage;
  errors.source = &source;
  if (setjmp(source.failed) != 0) {
    jpeg_destroy_decompress(&jpeg);
    return false;
  }
  jpeg_create_decompress(&jpeg);
  jpeg_mem_src(&jpeg, source.bytes.data(), source.bytes.size());
  jpeg_read_header(&jpeg, TRUE);
  jpeg.out_color_space = jpeg.jpeg_color_space == JCS_GRAYSCALE ? JCS_GRAYSCALE : JCS_RGB;
  jpeg.dct_method = JDCT_ISLOW;  // the same on every machine
  jpeg_start_decompress(&jpeg);
  picture.width = jpeg.output_width;
  picture.height = jpeg.output_height;
  picture.channels = jpeg.output_components;
  picture.values.resize(static_cast<std::size_t>(picture.width * picture.height * picture.channels));
  row.resize(static_cast<std::size_t>(picture.width * picture.channels));
  while (jpeg.output_scanline < jpeg.output_height) {
    auto* out = picture.values.data() + static_cast<std::size_t>(jpeg.output_scanline) * row.size();
    auto* line = row.data();
    jpeg_read_scanlines(&jpeg, &line, 1);
    std::transform(row.begin(), row.end(), out, [](JSAMPLE value) { return static_cast<std::uint16_t>(value * 257); });
  }
  jpeg_finish_decompress(&jpeg);
  jpeg_destroy_decompress(&jpeg);
  return true;
}

}  // namespace

Picture decode(const MappedBytes& file) {
  Source source{file.bytes, 0, {}, {}};
  Picture picture;
  std::vector<png_bytep> rows;
  std::vector<JSAMPLE> row;
  const auto starts_with = [&](std::string_view magic) {
    return file.bytes.size() >= magic.size() && std::memcmp(file.bytes.data(), magic.data(), magic.size()) == 0;
  };
  const bool is_png = starts_with("\x89PNG\r\n\x1a\n");
  if (!is_png && !starts_with("\xff\xd8\xff"))
    throw std::runtime_error(file.path.string() + ": byte 0: this is neither a PNG nor a JPEG file");
  if (!(is_png ? decode_png(source, picture, rows) : decode_jpeg(source, picture, row)))
    throw std::runtime_error(file.path.string() + ": cannot be decoded: " + source.reason);
  return picture;
}

}  // namespace hourglass::pictures
