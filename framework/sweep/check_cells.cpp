#include "sweep/check_cells.hpp"

#include <fmt/format.h>

#include <exception>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "evaluate/needs.hpp"
#include "experiment/effects.hpp"
#include "experiment/problems.hpp"
#include "host/create_plugin.hpp"
#include "hourglass/noise.hpp"
#include "hourglass/task.hpp"
#include "subject/opened_data.hpp"
#include "subject/other_data.hpp"
#include "subject/subject.hpp"
#include "sweep/cell_problems.hpp"

namespace hourglass::sweep {
namespace {

/// Throws what noise models among the values of a task say about images of `shape`.
void check_noises(const std::vector<Value>& values, const ImageShape& shape) {
  for (const auto& value : values) {
    const auto* choices = std::get_if<std::vector<PluginChoice>>(&value);
    if (!choices) continue;
    for (const auto& choice : *choices) {
      if (choice.info->kind == Noise::kKind) host::create<Noise>(*choice.info, choice.values)->check(shape);
    }
  }
}

void check_tasks(const subject::Subject& subject) {
  std::vector<std::string> problems;
  for (const auto* table : subject.config.all(Task::kKind)) {
    const auto place = [&](const std::string& text) {
      return experiment::place_text(table->culprit(text)) + ": [[task]] " + text;
    };
    try {
      const auto task = host::create<Task>(*table->alternative->plugin, table->values());
      for (const auto& reason : evaluate::unmet_needs(*task, subject))
        problems.push_back(place(fmt::format("{} {}", table->alternative->name, reason)));
      check_noises(table->values(), subject.data.shape());
      subject::other_data_identity(*table->alternative->plugin, table->values(), subject.data);
    } catch (const std::exception& error) {
      problems.push_back(place(error.what()));
    }
  }
  if (!problems.empty()) throw base::UserError(problems);
}

/// Finds keys that have no effect in any cell.
class IdleKeys {
 public:
  void add(const subject::Subject& subject) {
    for (auto& key : experiment::conditional_keys(subject.config, subject.facts())) {
      const bool acts = key.acts;
      if (auto& first = keys_.try_emplace(key.path, std::move(key)).first->second; acts) first.acts = true;
    }
  }

  /// Returns one message for each of them.
  std::vector<std::string> messages() const {
    std::vector<std::string> messages;
    for (const auto& [path, key] : keys_) {
      if (!key.acts) messages.push_back(experiment::message_of(key.origin, key.section, key.sentence));
    }
    return messages;
  }

 private:
  std::map<std::string, experiment::ConditionalKey> keys_;  ///< by path: that of the first cell that has it
};

void check_cell(const run::Cell& cell, subject::OpenedData& opened, std::set<std::string>& notes, IdleKeys& idle) {
  const subject::Subject subject(cell.config, cell.seed, opened.of(cell.config));
  if (cell.listed.empty()) idle.add(subject);
  subject::check(subject);
  check_tasks(subject);
  if (!subject.data.note().empty()) notes.insert(subject.data.note());
}

}  // namespace

std::set<std::string> check_cells(const std::vector<run::Cell>& cells) {
  CellProblems problems;
  subject::OpenedData opened;
  IdleKeys idle;
  std::set<std::string> notes;
  std::size_t checked = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto& cell = cells[i];
    if (i > 0 && cell.listed.empty() && cell.assignments == cells[i - 1].assignments)
      continue;  // the same configuration with another seed
    ++checked;
    try {
      check_cell(cell, opened, notes, idle);
    } catch (const base::UserError& error) {
      if (cell.listed.empty()) {
        problems.add(cell.assignments, error);
      } else {
        problems.add(cell.experiment + " " + cell.listed, error);
      }
    }
  }
  problems.throw_if_any(checked, idle.messages());
  return notes;
}

}  // namespace hourglass::sweep
