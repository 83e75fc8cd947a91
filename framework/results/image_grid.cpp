// Image grids: layout in pixels, and labels.
#include "results/image_grid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "results/canvas.hpp"

namespace hourglass::results {
namespace {

constexpr std::int64_t kGap = 2;           // between images, and around the grid
constexpr std::int64_t kLeastSide = 48;    // smaller images, such as digits of 28 pixels, are enlarged
constexpr std::int64_t kBarHeight = 24;    // of an image of one row, whose pixels are drawn as bars
constexpr std::int64_t kLabelMargin = 6;   // between labels and images
constexpr std::int64_t kMostWidth = 1920;  // of a picture; longer rows of images are continued below
constexpr std::int64_t kBandGap = 12;      // between the parts of such rows

std::uint8_t byte_of(float value, const ValueRange& range) {
  if (std::isnan(value)) return 0;
  const auto mapped = range == ValueRange{} ? value : static_cast<float>((value - range.min) / range.width());
  return static_cast<std::uint8_t>(std::lround(std::clamp(mapped, 0.0F, 1.0F) * 255.0F));
}

/// Returns the range of a grid, with the values of its rows in place of ends that are not finite.
ValueRange drawn_range(const Grid& grid) {
  auto range = grid.range;
  double least = 0, greatest = 0;
  bool any = false;
  for (const auto& row : grid.rows) {
    for (const float value : row) {
      if (!std::isfinite(value)) continue;
      least = any ? std::min(least, static_cast<double>(value)) : value;
      greatest = any ? std::max(greatest, static_cast<double>(value)) : value;
      any = true;
    }
  }
  if (!std::isfinite(range.min)) range.min = least;
  if (!std::isfinite(range.max)) range.max = greatest;
  if (range.max <= range.min) range.max = range.min + 1;
  return range;
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
  const auto label_height = label_width > 0 ? text_height() : 0;
  const auto row_height = std::max(height * pixel_height, label_height);
  const auto step_x = width * scale * planes + kGap, step_y = row_height + kGap;
  const auto across = std::clamp<std::int64_t>((kMostWidth - left) / step_x, 1, most);
  const auto bands = (most + across - 1) / across, rows = static_cast<std::int64_t>(grid.rows.size());
  const auto band_height = rows * step_y + kBandGap;
  const auto range = drawn_range(grid);
  Canvas canvas(left + across * step_x, kGap + bands * band_height - kBandGap, colour ? 3 : 1);

  for (std::int64_t r = 0; r < rows; ++r) {
    const auto top = kGap + r * step_y;
    const auto& row = grid.rows[static_cast<std::size_t>(r)];
    for (std::int64_t band = 0; band < bands && !grid.labels.empty(); ++band) {
      draw_text(canvas, kGap + kGap, top + band * band_height + (row_height - label_height) / 2,
                grid.labels[static_cast<std::size_t>(r)]);
    }
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto index = static_cast<std::int64_t>(i);
      const auto x = index % width, y = index / width % height, c = index / (width * height) % channels;
      const auto image = index / grid.shape.size();
      const auto plane = colour ? 0 : c;
      canvas.fill(left + image % across * step_x + (plane * width + x) * scale,
                  top + image / across * band_height + y * pixel_height, scale, pixel_height, colour ? c : 0,
                  byte_of(row[i], range));
    }
  }
  return canvas;
}

}  // namespace

void write_png(const std::filesystem::path& path, const Grid& grid) {
  check(path, grid);
  write_canvas(path, draw(grid));
}

}  // namespace hourglass::results
