#include "results/configuration.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "base/error.hpp"
#include "results/number.hpp"

namespace hourglass::results {
namespace {

const std::string kTask = "task.";

std::vector<std::string> keys_of(const RunRecord& run) {
  std::vector<std::string> keys;
  for (const auto& entry : run.settings) keys.push_back(entry.key);
  for (const auto& task : run.tasks) {
    for (const auto& entry : task.keys) keys.push_back(kTask + task.name + "." + entry.key);
  }
  return keys;
}

bool equal(const Field* a, const Field* b) { return (!a && !b) || (a && b && same(*a, *b)); }

/// Returns whether the runs that can have a key have different values of it.
bool differs(const std::vector<const RunRecord*>& runs, const std::string& key) {
  const auto task = task_of(key);
  const RunRecord* first = nullptr;
  for (const auto* run : runs) {
    if (!task.empty() && !find_setting(*run, kTask + task + ".plugin")) continue;
    if (!first) first = run;
    if (!equal(find_setting(*first, key), find_setting(*run, key))) return true;
  }
  return false;
}

std::string value_text(const Field& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return '"' + *text;
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return std::to_string(*whole);
  if (const auto* number = std::get_if<double>(&cell)) return number_text(*number);
  return "";
}

bool has_seed_of_two_trainings(const std::vector<RunRecord*>& runs) {
  std::map<std::optional<std::int64_t>, std::string> ids;
  return std::ranges::any_of(
      runs, [&](const RunRecord* run) { return ids.emplace(run->seed, run->id()).first->second != run->id(); });
}

/// Adds what the id of a run depends on besides its settings and seed. A run whose record of it is missing or damaged
/// has no such settings.
void add_circumstances(RunRecord& run) {
  try {
    const auto threads = run.folder.read_threads();
    const auto data = run.folder.read_data();
    if (data) run.settings.push_back({"data", data->substr(0, 8)});
    if (threads && !find_setting(run, "train.threads")) run.settings.push_back({"train.threads", *threads});
  } catch (const base::UserError&) {
    return;
  }
}

}  // namespace

std::string task_of(const std::string& key) {
  const auto dot = key.rfind('.');
  return key.starts_with(kTask) && dot > kTask.size() ? key.substr(kTask.size(), dot - kTask.size()) : "";
}

const Field* find_setting(const RunRecord& run, const std::string& key) {
  for (const auto& entry : run.settings) {
    if (entry.key == key) return &entry.value;
  }
  const auto name = task_of(key);
  for (const auto& task : run.tasks) {
    if (name.empty() || task.name != name) continue;
    for (const auto& entry : task.keys) {
      if (key.ends_with("." + entry.key)) return &entry.value;
    }
  }
  return nullptr;
}

std::string configuration_text(const RunRecord& run) {
  std::string text = run.experiment + '\n';
  for (const auto& entry : run.settings) text += entry.key + '=' + value_text(entry.value) + '\n';
  return text;
}

void tell_trainings_apart(std::vector<RunRecord>& runs) {
  std::map<std::string, std::vector<RunRecord*>> configurations;
  for (auto& run : runs) {
    if (!run.settings.empty()) configurations[configuration_text(run)].push_back(&run);
  }
  for (auto& [text, members] : configurations) {
    if (!has_seed_of_two_trainings(members)) continue;
    for (auto* run : members) add_circumstances(*run);
  }
}

std::vector<std::string> differing_keys(const std::vector<RunRecord>& runs) {
  std::vector<const RunRecord*> readable;
  for (const auto& run : runs) {
    if (!run.settings.empty()) readable.push_back(&run);
  }
  std::vector<std::string> keys;
  for (const auto* run : readable) {
    auto place = keys.begin();
    for (const auto& key : keys_of(*run)) {
      const auto known = std::find(keys.begin(), keys.end(), key);
      place = (known == keys.end() ? keys.insert(place, key) : known) + 1;
    }
  }
  std::erase_if(keys, [&](const std::string& key) { return !differs(readable, key); });
  return keys;
}

}  // namespace hourglass::results
