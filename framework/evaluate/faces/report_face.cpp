#include "evaluate/faces/report_face.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "base/guest_code.hpp"
#include "results/csv.hpp"
#include "results/curve_plot.hpp"
#include "results/image_grid.hpp"

namespace hourglass::evaluate {
namespace {

/// Checks the name of a metric, a picture or a table, which becomes a key, a column or a file name.
void check_name(std::string_view what, std::string_view name) {
  const auto is_allowed = [](unsigned char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  if (!name.empty() && std::ranges::all_of(name, is_allowed)) return;
  throw std::invalid_argument(
      fmt::format("the name of a {} expects one or more of a-z, 0-9 and _, but got '{}'", what, name));
}

}  // namespace

void ReportFace::begin(std::filesystem::path folder) {
  folder_ = std::move(folder);
  metrics_.clear();
  notes_.clear();
  written_.clear();
}

void ReportFace::metric(Metric metric) {
  check_name("metric", metric.name);
  if (metric.condition.find_first_of("\n\r\t") != std::string::npos) {
    throw std::invalid_argument(fmt::format("the condition of metric '{}' expects one line", metric.name));
  }
  if (std::isnan(metric.value)) {
    throw std::runtime_error(fmt::format("metric '{}' of {}{} is not a number", metric.name, to_string(metric.split),
                                         metric.baseline.empty() ? "" : " (" + metric.baseline + ")"));
  }
  const auto is_same = [&](const Metric& other) {
    return other.name == metric.name && other.split == metric.split && other.baseline == metric.baseline &&
           other.condition == metric.condition;
  };
  if (std::ranges::any_of(metrics_, is_same)) {
    throw std::runtime_error(fmt::format("metric '{}' of {}{} was reported twice", metric.name, to_string(metric.split),
                                         metric.baseline.empty() ? "" : " (" + metric.baseline + ")"));
  }
  metrics_.push_back(std::move(metric));
}

void ReportFace::picture(std::string_view name, const Grid& grid) {
  const bool is_vector = grid.shape.channels == 1 && grid.shape.height == 1;
  if (is_vector && !grid.range.bounded()) return;
  results::write_png(claim("picture", name, ".png"), grid);
}

void ReportFace::table(std::string_view name, const std::vector<std::string>& columns,
                       const std::vector<std::vector<std::string>>& cells) {
  for (const auto& row : cells) {
    if (row.size() == columns.size()) continue;
    throw std::invalid_argument(
        fmt::format("table '{}' expects {} cells in each row, but got {}", name, columns.size(), row.size()));
  }
  results::write_csv(claim("table", name, ".csv"), columns, cells);
}

void ReportFace::curve(std::string_view name, const Curve& curve) {
  if (curve.series.size() != curve.points.size()) {
    throw std::invalid_argument(fmt::format("curve '{}' expects points for its {} series, but got {}", name,
                                            curve.series.size(), curve.points.size()));
  }
  std::vector<std::vector<std::string>> cells;
  for (std::size_t line = 0; line < curve.series.size(); ++line) {
    for (const auto& [x, y] : curve.points[line])
      cells.push_back({curve.series[line], fmt::format("{}", x), fmt::format("{}", y)});
  }
  table(name, {"series", curve.x_name, curve.y_name}, cells);
  results::write_curve(claim("picture", name, ".png"), curve);
}

std::filesystem::path ReportFace::claim(std::string_view what, std::string_view name, const char* extension) {
  base::restore_process_state();  // plugins may have changed the file mode mask
  check_name(what, name);
  auto file = folder_ / (std::string(name) + extension);
  if (written_.insert(file).second) return file;
  throw std::invalid_argument(fmt::format("the {} '{}' already exists; choose another name", what, name));
}

}  // namespace hourglass::evaluate
