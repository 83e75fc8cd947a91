// Plugins created by the host, from the built libraries, by kind and name.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "host/create_plugin.hpp"
#include "host/registry.hpp"

namespace hourglass::test {

/// Returns the plugins of HOURGLASS_PLUGIN_PATH and of this build, as the program finds them.
inline const host::Registry& registry() {
  static const host::Registry all(host::Registry::search_path({}));
  return all;
}

/// Creates a plugin with its defaults, except for `changed`, whose values must have the type of the default.
template <class T>
std::unique_ptr<T> make(const std::string& name, const std::map<std::string, Value>& changed = {}) {
  const host::Plugin* found = registry().find(T::kKind, name);
  if (!found) throw std::runtime_error(std::string("there is no plugin ") + T::kKind + "/" + name);
  std::vector<Value> values;
  std::size_t used = 0;
  for (const auto& spec : found->info->params) {
    const auto change = changed.find(spec.name);
    values.push_back(change == changed.end() ? spec.default_value : change->second);
    used += change != changed.end();
    if (values.back().index() != spec.default_value.index())
      throw std::runtime_error(spec.name + ": value of another type");
  }
  if (used != changed.size()) throw std::runtime_error(name + ": a changed parameter does not exist");
  return host::create<T>(*found->info, values);
}

}  // namespace hourglass::test
