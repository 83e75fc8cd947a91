#include "sweep/check_cells.hpp"

#include <fmt/format.h>

#include <string>

#include "evaluate/inference.hpp"
#include "host/error.hpp"
#include "hourglass/task.hpp"
#include "sweep/cell_problems.hpp"
#include "train/autoencoder.hpp"
#include "train/check.hpp"
#include "train/data.hpp"

namespace hourglass::sweep {
namespace {

void check_tasks(const host::Config& config, const train::Data& data, const train::Autoencoder& autoencoder) {
  std::vector<std::string> problems;
  const bool conditional = evaluate::needs(autoencoder, compute::Leaf::labels, autoencoder.image, autoencoder.code);
  for (const auto* table : config.all(Task::kKind)) {
    const auto place = host::place_text(table->culprit()) + ": [[task]] ";
    if (conditional) {
      problems.push_back(
          fmt::format("{}{} cannot be computed: the network of {} needs labels to make a code, and what a "
                      "task gives it comes without; remove the task",
                      place, table->alternative->name, autoencoder.name));
      continue;
    }
    try {
      const auto task = host::create<Task>(*table->alternative->plugin, table->values());
      if (!task->needs_labels() || data.classes() > 0) continue;
    } catch (const host::UserError& error) {
      problems.push_back(place + error.what());
      continue;
    }
    problems.push_back(
        fmt::format("{}{} needs labels, and dataset {} has none; remove the task or choose a dataset with labels",
                    place, table->alternative->name, config.table(Dataset::kKind).alternative->name));
  }
  if (!problems.empty()) throw host::UserError(problems);
}

void check_cell(const Cell& cell) {
  const train::Data data(cell.config);
  cell.config.create<Noise>(Noise::kKind);
  const auto autoencoder = train::assemble(cell.config, data.shape(), data.classes());
  train::check_settings(cell.config, *autoencoder.network, data.split(Split::train).size());
  check_tasks(cell.config, data, autoencoder);
}

}  // namespace

void check_cells(const std::vector<Cell>& cells) {
  CellProblems problems;
  std::size_t checked = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0 && cells[i].assignments == cells[i - 1].assignments) continue;  // another seed of the same
    ++checked;
    try {
      check_cell(cells[i]);
    } catch (const host::UserError& error) {
      problems.add(cells[i].assignments, error);
    }
  }
  problems.throw_if_any(checked);
}

}  // namespace hourglass::sweep
