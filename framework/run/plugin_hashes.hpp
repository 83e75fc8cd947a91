// Hashes of plugin libraries, which define whether a result is stale: whether a plugin has changed since it was
// computed.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "host/registry.hpp"
#include "results/run_record.hpp"

namespace hourglass::run {

/// Hashes plugin libraries, each once. The registry must outlive it. To be used by one thread at a time.
class PluginHashes {
 public:
  explicit PluginHashes(const host::Registry& registry) : registry_(registry) {}

  /// Returns the hash of the library that contains the plugin "kind/name"; "" if there is no such plugin.
  const std::string& of(const std::string& plugin);
  /// Returns the plugins in `recorded` ("kind/name" -> hash) whose library has another hash now. Plugins that are not
  /// loaded are left out, and become absent(): they may come from a folder that was given with --plugin-path. So are
  /// those whose recorded hash is unknown, "".
  std::vector<std::string> changed(const std::map<std::string, std::string>& recorded);
  /// Returns the plugins that changed() could not compare, each with the folder in which it was, or "".
  const std::map<std::string, std::string>& absent() const { return absent_; }
  /// Records that the plugins with which a file's result was computed are not known; `reason` is a sentence.
  void add_unknown(const std::string& reason) { unknown_.insert(reason); }
  /// Returns why results cannot be compared: the reasons of add_unknown().
  const std::set<std::string>& unknown() const { return unknown_; }
  /// Records the folders in which absent() plugins were: "kind/name" -> folder.
  void place_absent(const std::map<std::string, std::string>& folders);

 private:
  const host::Registry& registry_;
  std::map<std::string, std::string> hashes_, absent_;
  std::set<std::string> unknown_;
};

/// Returns the plugins of a training that continues one of the plugins `earlier` with those of `now`. A plugin that has
/// changed in between has the hashes of all its versions, separated by spaces, so that the training stays stale until
/// it is repeated; the hash of one that `earlier` lacks is unknown, "".
std::map<std::string, std::string> continued_plugins(const std::map<std::string, std::string>& earlier,
                                                     const std::map<std::string, std::string>& now);

/// Sets `stale` of a finished run to the plugins, sorted, that have changed since its training, and `stale` of each
/// task to those that have changed since the task ran. What is not recorded becomes PluginHashes::unknown().
void mark_stale(results::RunRecord& run, PluginHashes& hashes);

}  // namespace hourglass::run
