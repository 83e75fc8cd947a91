#include "run/plugin_hashes.hpp"

#include <fmt/format.h>

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
    if (now.empty()) absent_.try_emplace(plugin);
    if (!now.empty() && !hash.empty() && now != hash) changed.push_back(plugin);
  }
  return changed;
}

void PluginHashes::place_absent(const std::map<std::string, std::string>& folders) {
  for (auto& [plugin, folder] : absent_) {
    if (const auto known = folders.find(plugin); known != folders.end()) folder = known->second;
  }
}

std::map<std::string, std::string> continued_plugins(const std::map<std::string, std::string>& earlier,
                                                     const std::map<std::string, std::string>& now) {
  std::map<std::string, std::string> plugins;
  for (const auto& [plugin, hash] : now) {
    const auto known = earlier.find(plugin);
    auto& all = plugins[plugin];
    if (known == earlier.end() || known->second.empty()) continue;
    all = known->second.find(hash) == std::string::npos ? known->second + " " + hash : known->second;
  }
  return plugins;
}

void mark_stale(results::RunRecord& run, PluginHashes& hashes) {
  if (!run.trained()) return;
  try {
    const auto plugins = run.folder.read_plugins();
    run.stale = hashes.changed(plugins);
    for (const auto& [plugin, hash] : plugins) {
      if (hash.empty())
        hashes.add_unknown(
            fmt::format("{}/environment.json does not have the version of {}", run.folder.path().string(), plugin));
    }
    hashes.place_absent(run.folder.read_plugin_folders());
  } catch (const base::UserError& error) {
    hashes.add_unknown(error.what());  // the rest of the run can still be shown
  }
  for (auto& task : run.tasks) task.stale = hashes.changed(task.plugins);
}

}  // namespace hourglass::run
