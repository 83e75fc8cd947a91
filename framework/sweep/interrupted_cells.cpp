#include "sweep/interrupted_cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/error.hpp"
#include "results/run_folder.hpp"
#include "results/run_lock.hpp"
#include "results/run_record.hpp"
#include "run/cell.hpp"
#include "run/command.hpp"

namespace hourglass::sweep {
namespace {

/// More differences are another experiment rather than a change of this one.
constexpr std::size_t kMostKeys = 3;

/// Returns the status of a run that was stopped or killed before its end; nothing for other runs.
std::optional<results::Status> interrupted(const results::RunFolder& folder) {
  try {
    auto status = folder.read_status();
    if (!status) return std::nullopt;
    const bool killed = status->state == results::State::running && !results::RunLock::held(folder.path());
    return killed || status->state == results::State::interrupted ? status : std::nullopt;
  } catch (const base::UserError&) {  // the commands that show results report it
    return std::nullopt;
  }
}

std::vector<results::ListedCell> listed_in(const results::ExperimentFolder& experiment) {
  try {
    return experiment.cells();
  } catch (const base::UserError&) {
    return {};
  }
}

bool has_begun(const std::filesystem::path& results, const results::ListedCell& cell) {
  return std::filesystem::exists(results::run_path(results, cell.run));
}

/// Returns the keys that decide the training in which two cells differ, with the values of `earlier`.
std::vector<std::string> differences(const results::ListedCell& earlier, const results::ListedCell& cell) {
  std::vector<std::string> changes;
  for (const auto& [key, value] : earlier.settings) {
    if (key.starts_with("task.")) continue;
    const auto now = std::ranges::find(cell.settings, key, &results::Setting::key);
    if (now != cell.settings.end() && !results::same(now->value, value))
      changes.push_back(run::shell_word(fmt::format("{}={}", key, run::text_of(value))));
  }
  return changes;
}

}  // namespace

std::vector<std::string> notes_on_interrupted(const results::ExperimentFolder& experiment,
                                              const std::vector<results::ListedCell>& cells,
                                              const std::filesystem::path& results) {
  std::vector<std::string> notes;
  for (const auto& former : listed_in(experiment)) {
    if (std::ranges::find(cells, former.run, &results::ListedCell::run) != cells.end()) continue;
    const results::RunFolder folder(results::run_path(results, former.run));
    const auto status = interrupted(folder);
    if (!status) continue;
    const results::ListedCell* nearest = nullptr;
    std::vector<std::string> changes;
    for (const auto& cell : cells) {
      if (cell.seed != former.seed || has_begun(results, cell)) continue;
      auto here = differences(former, cell);
      if (here.empty() || here.size() > kMostKeys || (nearest && here.size() >= changes.size())) continue;
      nearest = &cell;
      changes = std::move(here);
    }
    if (!nearest) continue;
    notes.push_back(fmt::format(
        "{} is another cell than {}, which was interrupted after {} of {} epochs, and starts at epoch 1; the same "
        "command with {} continues that one",
        nearest->label, folder.path().string(), status->epoch, status->epochs, fmt::join(changes, " ")));
  }
  return notes;
}

}  // namespace hourglass::sweep
