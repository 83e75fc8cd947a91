#include "sweep/cells.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/printable.hpp"
#include "experiment/load.hpp"
#include "host/data_access.hpp"
#include "host/value_text.hpp"
#include "subject/settings.hpp"
#include "sweep/cell_problems.hpp"

namespace hourglass::sweep {
namespace {

/// Calls `visit` with every combination of the axes' values.
template <class Visit>
void for_each_combination(const std::vector<experiment::Axis>& axes, const Visit& visit) {
  std::vector<std::size_t> at(axes.size(), 0);
  while (true) {
    std::vector<experiment::Assignment> assignments;
    for (std::size_t i = 0; i < axes.size(); ++i)
      assignments.push_back({axes[i].path, axes[i].values[at[i]], axes[i].origin});
    visit(assignments);
    std::size_t axis = axes.size();
    while (axis > 0 && ++at[axis - 1] == axes[axis - 1].values.size()) at[--axis] = 0;
    if (axis == 0) return;
  }
}

bool can_be_folder(const std::string& name) {
  const bool spaced = name.starts_with(' ') || name.ends_with(' ');
  return !spaced && !name.starts_with('.') && !name.starts_with('-') && name.size() <= 200 &&
         name.find_first_of("/\n\t") == std::string::npos && base::printable(name) == name;
}

}  // namespace

std::vector<run::Cell> expand(const experiment::Config& config) {
  const auto experiment = config.as<subject::ExperimentSettings>("");
  const auto name = experiment.name.empty() ? config.name : experiment.name;
  if (!can_be_folder(name)) {
    throw base::UserError(
        fmt::format("{}: 'name' must be usable as a folder name, but got '{}'; use at most 200 bytes without '/', "
                    "control characters, spaces at its ends, and '.' or '-' at its start",
                    experiment.name.empty() ? config.file.string() + ":1:1"
                                            : experiment::place_text(experiment::origin_of(config.table(""), "name")),
                    host::shortened(name)));
  }
  std::vector<run::Cell> cells;
  std::vector<std::string> problems;
  for (const auto& axis : config.axes) {
    if (axis.path == "seed" || axis.path == "seeds" || axis.path == "name") {
      problems.push_back(
          fmt::format("{}: [sweep.grid] '{}' cannot be swept, because it does not configure a cell; for several seeds, "
                      "set the top-level key seeds = {}",
                      experiment::place_text(axis.origin), axis.path, std::max<std::size_t>(2, axis.values.size())));
    }
  }
  double count = static_cast<double>(experiment.seeds);
  for (const auto& axis : config.axes) count *= static_cast<double>(axis.values.size());
  if (count > static_cast<double>(experiment::kMostCells)) {
    const auto longest =
        std::ranges::max_element(config.axes, {}, [](const experiment::Axis& axis) { return axis.values.size(); });
    const auto& origin =
        longest == config.axes.end() ? experiment::origin_of(config.table(""), "seeds") : longest->origin;
    problems.push_back(
        fmt::format("{}: [sweep.grid] and seeds give {:.3g} cells, but at most {} are allowed; sweep fewer values",
                    experiment::place_text(origin), count, experiment::kMostCells));
  }
  if (!problems.empty()) throw base::UserError(problems);
  CellProblems of_cells;
  std::size_t combinations = 0;
  for_each_combination(config.axes, [&](const std::vector<experiment::Assignment>& assignments) {
    ++combinations;
    for (std::int64_t i = 0; i < experiment.seeds; ++i) {
      auto all = assignments;
      all.push_back({"name", name});
      all.push_back({"seeds", std::int64_t{1}});
      all.push_back({"seed", experiment.seed + i});
      try {
        cells.push_back({experiment::with_assignments(config, all), name,
                         static_cast<std::uint64_t>(experiment.seed + i), assignments,
                         experiment.name.empty() ? config.file : std::filesystem::path()});
      } catch (const base::UserError& error) {
        of_cells.add(assignments, error);
        return;
      }
    }
  });
  of_cells.throw_if_any(combinations);
  return cells;
}

}  // namespace hourglass::sweep
