// Plots curves: a frame with ticks, one line of pixels per series, a legend on the right.
#include "results/curve_plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "results/canvas.hpp"

namespace hourglass::results {
namespace {

constexpr std::int64_t kPlotWidth = 640, kPlotHeight = 400, kMargin = 12, kTick = 5, kThickness = 2;
constexpr int kTicks = 5;  // about as many per axis

using Colour = std::array<std::uint8_t, 3>;
constexpr Colour kBlack = {0, 0, 0};
// Distinguishable for colour-blind readers (Okabe & Ito 2008).
constexpr std::array<Colour, 7> kColours = {
    {{0, 114, 178}, {213, 94, 0}, {0, 158, 115}, {204, 121, 167}, {230, 159, 0}, {86, 180, 233}, {0, 0, 0}}};

/// The range of one axis and the distance of its ticks.
struct Axis {
  double low = std::numeric_limits<double>::infinity(), high = -low, step = 1;

  void include(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  /// Makes the range valid, and chooses ticks at multiples of 1, 2 or 5 times a power of ten.
  void finish() {
    if (low > high) low = 0, high = 1;
    const double room = low == high ? std::max(0.5, std::abs(low) / 2) : 0;
    low -= room, high += room;
    const double rough = (high - low) / kTicks, power = std::pow(10.0, std::floor(std::log10(rough)));
    step = power * (rough < 1.5 * power ? 1 : rough < 3.5 * power ? 2 : rough < 7.5 * power ? 5 : 10);
  }
  double share(double value) const { return (value - low) / (high - low); }
  std::vector<double> ticks() const {
    std::vector<double> values;
    const auto first = static_cast<std::int64_t>(std::ceil(low / step - 1e-9)),
               last = static_cast<std::int64_t>(std::floor(high / step + 1e-9));
    for (auto i = first; i <= last; ++i) values.push_back(static_cast<double>(i) * step);
    return values;
  }
  static std::string text(double value) { return fmt::format("{:.6g}", value); }
};

/// Returns whether a point can be drawn: differences of such numbers are finite.
bool is_finite(const std::pair<double, double>& point) {
  constexpr double kMost = 1e300;
  return std::abs(point.first) < kMost && std::abs(point.second) < kMost;
}

void fill(Canvas& canvas, std::int64_t x, std::int64_t y, std::int64_t w, std::int64_t h, const Colour& colour) {
  for (std::size_t c = 0; c < colour.size(); ++c) canvas.fill(x, y, w, h, static_cast<std::int64_t>(c), colour[c]);
}

/// The frame of a plot inside a canvas.
struct Frame {
  Canvas& canvas;
  std::int64_t left, top;
  Axis x, y;

  std::int64_t column(double value) const {
    return left + std::lround(x.share(value) * static_cast<double>(kPlotWidth - 1));
  }
  std::int64_t row(double value) const {
    return top + kPlotHeight - 1 - std::lround(y.share(value) * static_cast<double>(kPlotHeight - 1));
  }
  void draw() const {
    fill(canvas, left, top, 1, kPlotHeight, kBlack);
    fill(canvas, left, top + kPlotHeight - 1, kPlotWidth, 1, kBlack);
    for (const double tick : y.ticks()) {
      const auto text = Axis::text(tick);
      fill(canvas, left - kTick, row(tick), kTick, 1, kBlack);
      draw_text(canvas, left - 2 * kTick - text_width(text), row(tick) - text_height() / 2, text);
    }
    for (const double tick : x.ticks()) {
      const auto text = Axis::text(tick);
      fill(canvas, column(tick), top + kPlotHeight, 1, kTick, kBlack);
      draw_text(canvas, column(tick) - text_width(text) / 2, top + kPlotHeight + 2 * kTick, text);
    }
  }
  /// Draws a straight line, pixel by pixel.
  void line(const std::pair<double, double>& from, const std::pair<double, double>& to, const Colour& colour) const {
    const auto x0 = column(from.first), y0 = row(from.second), x1 = column(to.first), y1 = row(to.second);
    const auto steps = std::max<std::int64_t>({std::abs(x1 - x0), std::abs(y1 - y0), 1});
    for (std::int64_t i = 0; i <= steps; ++i)
      fill(canvas, x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps, kThickness, kThickness, colour);
  }
};

}  // namespace

void write_curve(const std::filesystem::path& path, const Curve& curve) {
  Axis x, y;
  for (const auto& points : curve.points) {
    for (const auto& point : points) {
      if (is_finite(point)) x.include(point.first), y.include(point.second);
    }
  }
  x.finish();
  y.finish();
  std::int64_t numbers = 0, legend = 0;
  for (const double tick : y.ticks()) numbers = std::max(numbers, text_width(Axis::text(tick)));
  for (const auto& name : curve.series) legend = std::max(legend, text_width(name));
  const auto left = std::max(kMargin + numbers + 2 * kTick, kMargin + text_width(Axis::text(x.low)));
  const auto line = text_height() + kTick, top = kMargin + 2 * line, right = left + kPlotWidth + 2 * kMargin;
  const auto series = static_cast<std::int64_t>(curve.series.size());
  const auto width = std::max({right + 3 * kMargin + legend, left + text_width(curve.y_name),
                               left + kPlotWidth + text_width(Axis::text(x.high)), left + text_width(curve.x_name)}) +
                     kMargin;
  Canvas canvas(width, std::max(top + kPlotHeight + 2 * line + 2 * kTick, top + series * line) + kMargin, 3);
  const Frame frame{canvas, left, top, x, y};
  frame.draw();
  draw_text(canvas, kMargin, kMargin, curve.y_name);
  draw_text(canvas, left + std::max<std::int64_t>(0, (kPlotWidth - text_width(curve.x_name)) / 2),
            top + kPlotHeight + 2 * kTick + line, curve.x_name);
  for (std::size_t i = 0; i < curve.series.size(); ++i) {
    const auto& colour = kColours[i % kColours.size()];
    const auto at = top + static_cast<std::int64_t>(i) * line;
    fill(canvas, right, at + text_height() / 2, 2 * kMargin, kThickness, colour);
    draw_text(canvas, right + 3 * kMargin, at, curve.series[i]);
    const auto& points = curve.points[i];
    for (std::size_t j = 0; j < points.size(); ++j) {
      if (!is_finite(points[j])) continue;
      const bool joins = j > 0 && is_finite(points[j - 1]);
      frame.line(joins ? points[j - 1] : points[j], points[j], colour);
    }
  }
  write_canvas(path, canvas);
}

}  // namespace hourglass::results
