#include "results/configuration.hpp"

#include <algorithm>

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
