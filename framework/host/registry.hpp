// Finds plugin libraries, checks them before trusting any of their contents, and keeps the list of their plugins.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/plugin.hpp"

namespace hourglass::host {

/// A plugin that passed all checks.
struct Plugin {
  const PluginInfo* info;
  std::filesystem::path library;  ///< absolute
};

/// A library that failed to load, or a plugin of it that was refused, is hidden or has a folder of another name.
struct PluginProblem {
  std::filesystem::path library;
  std::string kind, name;  ///< empty if the library failed before listing it
  std::string message;     ///< one sentence: the library, what is wrong, and the fix
};

/// The plugins of one or more folders. Libraries stay loaded until the process ends. Not thread-safe while loading.
class Registry {
 public:
  /// Loads every `*.so` of `folders`, in each folder in the order of file names. A bad library is not an exception: it
  /// is listed in `problems()` and is fatal only to experiments that use it. Throws base::UserError if a folder does
  /// not exist.
  explicit Registry(const std::vector<std::filesystem::path>& folders);

  /// Returns the folders to search: `extra` (--plugin-path), then HOURGLASS_PLUGIN_PATH (colon-separated), then the
  /// plugin folder of the build or installation, next to the program.
  static std::vector<std::filesystem::path> search_path(const std::vector<std::filesystem::path>& extra);
  /// Returns the plugin folder of the build or installation; empty if there is none.
  static std::filesystem::path own_folder();

  const std::vector<Plugin>& plugins() const { return plugins_; }  ///< sorted by kind, then name
  const std::vector<PluginProblem>& problems() const { return problems_; }
  const Plugin* find(std::string_view kind, std::string_view name) const;  ///< null if there is none
  std::vector<std::string> names(std::string_view kind) const;
  /// Returns why the plugin KIND/NAME is missing: it was refused, or the library KIND_NAME.so was. Null if no reason is
  /// known.
  const PluginProblem* problem(std::string_view kind, std::string_view name) const;

 private:
  void load(const std::filesystem::path& library);
  /// Adds a problem if no plugin of a library of this build is named like its folder.
  void note_folder_name(const std::filesystem::path& library, const PluginLibrary& content);

  std::vector<Plugin> plugins_;
  std::vector<PluginProblem> problems_;
};

}  // namespace hourglass::host
