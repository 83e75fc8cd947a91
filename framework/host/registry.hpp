// Finds plugin libraries, checks them before anything of theirs is trusted, and keeps what they hold.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/plugin.hpp"

namespace hourglass::host {

/// A plugin that passed every check.
struct Plugin {
  const PluginInfo* info;
  std::filesystem::path library;  ///< absolute
};

/// A library that did not load, or a plugin of it that was refused.
struct PluginProblem {
  std::filesystem::path library;
  std::string kind, name;  ///< empty when the library did not get that far
  std::string message;     ///< one sentence that names the library, what is wrong, and the fix
};

/// All plugins of some folders. Libraries stay loaded until the process ends. Not for several threads while loading.
class Registry {
 public:
  /// Loads every `*.so` of `folders`, each folder's in the order of their names. Never throws for a bad library: it is
  /// listed in `problems()` and is fatal only to experiments that name it. A folder that does not exist is a
  /// base::UserError.
  explicit Registry(const std::vector<std::filesystem::path>& folders);

  /// Returns the folders to search: `extra` (--plugin-path), then HOURGLASS_PLUGIN_PATH (colon-separated), then the
  /// build's or installation's own folder beside the program.
  static std::vector<std::filesystem::path> search_path(const std::vector<std::filesystem::path>& extra);
  /// Returns the build's or installation's own folder of plugins; empty when there is none.
  static std::filesystem::path own_folder();

  const std::vector<Plugin>& plugins() const { return plugins_; }  ///< sorted by kind, then name
  const std::vector<PluginProblem>& problems() const { return problems_; }
  const Plugin* find(std::string_view kind, std::string_view name) const;  ///< null when there is none
  std::vector<std::string> names(std::string_view kind) const;
  /// Returns why the plugin KIND/NAME is not there: it was refused, or the library KIND_NAME.so was. Null when nothing
  /// is known.
  const PluginProblem* problem(std::string_view kind, std::string_view name) const;

 private:
  void load(const std::filesystem::path& library);

  std::vector<Plugin> plugins_;
  std::vector<PluginProblem> problems_;
};

/// Creates a plugin's object. Whatever the plugin throws becomes a base::UserError that names the plugin.
template <class T>
std::unique_ptr<T> create(const PluginInfo& info, const std::vector<Value>& values);

std::unique_ptr<Component> create_component(const PluginInfo& info, const std::vector<Value>& values);

template <class T>
std::unique_ptr<T> create(const PluginInfo& info, const std::vector<Value>& values) {
  return std::unique_ptr<T>(static_cast<T*>(create_component(info, values).release()));
}

}  // namespace hourglass::host
