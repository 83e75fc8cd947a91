// Which libraries compute with plugins now, and which of them have changed since a result was computed: the one
// definition of a stale result.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "host/registry.hpp"

namespace hourglass::run {

/// Hashes of plugin libraries, each read once. The registry must outlive it. Not for several threads.
class PluginHashes {
 public:
  explicit PluginHashes(const host::Registry& registry) : registry_(registry) {}

  /// Returns the hash of the library that holds the plugin "kind/name"; empty when there is no such plugin.
  const std::string& of(const std::string& plugin);
  /// Returns those of the plugins, "kind/name" with the hashes of a record, whose library is another now. A plugin that
  /// is not there now says nothing: it may come from a folder that only --plugin-path names.
  std::vector<std::string> changed(const std::map<std::string, std::string>& recorded);

 private:
  const host::Registry& registry_;
  std::map<std::string, std::string> hashes_;
};

}  // namespace hourglass::run
