#include "run/plugin_hashes.hpp"

#include <set>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/hash.hpp"

namespace hourglass::run {

const std::string& PluginHashes::of(const std::string& plugin) {
  const auto [place, fresh] = hashes_.try_emplace(plugin);
  if (!fresh) return place->second;
  const auto slash = plugin.find('/');
  if (slash == std::string::npos) return place->second;
  const auto* found = registry_.find(plugin.substr(0, slash), plugin.substr(slash + 1));
  if (found != nullptr) place->second = base::hash_hex(base::read_file(found->library));
  return place->second;
}

std::vector<std::string> PluginHashes::changed(const std::map<std::string, std::string>& recorded) {
  std::vector<std::string> changed;
  for (const auto& [plugin, hash] : recorded) {
    const auto& now = of(plugin);
    if (!now.empty() && now != hash) changed.push_back(plugin);
  }
  return changed;
}

void mark_stale(results::RunRecord& run, PluginHashes& hashes) {
  if (run.state != to_string(results::State::finished)) return;
  std::set<std::string> stale;
  const auto add = [&](const std::map<std::string, std::string>& recorded) {
    for (auto& plugin : hashes.changed(recorded)) stale.insert(std::move(plugin));
  };
  try {
    add(run.folder.read_plugins());
  } catch (const base::UserError&) {
    // The plugins in a damaged environment.json are unknown; the rest of the run can still be shown.
  }
  for (const auto& task : run.tasks) add(task.plugins);
  run.stale.assign(stale.begin(), stale.end());
}

}  // namespace hourglass::run
