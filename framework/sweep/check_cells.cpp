#include "sweep/check_cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "host/error.hpp"
#include "hourglass/task.hpp"
#include "train/autoencoder.hpp"
#include "train/check.hpp"
#include "train/data.hpp"

namespace hourglass::sweep {
namespace {

void check_tasks(const host::Config& config, const train::Data& data) {
  std::vector<std::string> problems;
  for (const auto* table : config.all(Task::kKind)) {
    const auto task = host::create<Task>(*table->alternative->plugin, table->values());
    if (task->needs_labels() && data.classes() == 0) {
      problems.push_back(fmt::format(
          "{}: [[task]] {} needs labels, and dataset {} has none; remove the task or choose a dataset with labels",
          host::to_string(table->origin), table->alternative->name, config.table(Dataset::kKind).alternative->name));
    }
  }
  if (!problems.empty()) throw host::UserError(problems);
}

void check_cell(const Cell& cell) {
  const train::Data data(cell.config);
  cell.config.create<Noise>(Noise::kKind);
  const auto autoencoder = train::assemble(cell.config, data.shape(), data.classes());
  train::check_settings(cell.config, *autoencoder.network);
  check_tasks(cell.config, data);
}

}  // namespace

void check_cells(const std::vector<Cell>& cells) {
  std::vector<std::string> problems;
  const auto add = [&](const std::string& problem) {
    if (std::ranges::find(problems, problem) == problems.end()) problems.push_back(problem);
  };
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0 && cells[i].assignments == cells[i - 1].assignments) continue;  // another seed of the same
    try {
      check_cell(cells[i]);
    } catch (const host::UserError& error) {
      for (const auto& message : error.messages()) add(message);
    }
  }
  if (!problems.empty()) throw host::UserError(problems);
}

}  // namespace hourglass::sweep
