#include "host/registry.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <boost/dll/runtime_symbol_info.hpp>
#include <boost/dll/shared_library.hpp>
#include <cstdlib>
#include <tuple>

#include "base/ending.hpp"
#include "base/error.hpp"
#include "base/guest_code.hpp"
#include "base/printable.hpp"
#include "host/check_plugin.hpp"
#include "host/library_file.hpp"

namespace hourglass::host {
namespace {

using EntryPoint = const PluginLibrary*();
constexpr const char* kEntryPoint = "hourglass_plugins";

/// Keeps a library loaded until the process ends: objects and statics of plugins may live as long.
void keep_loaded(boost::dll::shared_library library) {
  static auto& kept = *new std::vector<boost::dll::shared_library>;
  kept.push_back(std::move(library));
}

/// Returns the absolute path of the file that a path leads to, or of the path itself if it leads to none.
std::filesystem::path real_path(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_regular_file(path, error)) return std::filesystem::canonical(path);
  return std::filesystem::absolute(path).lexically_normal();
}

/// Explains why the system refused a library, and how to fix it.
std::string load_failure(const std::filesystem::path& library, std::string reason) {
  const std::string prefix = library.string() + ": ";
  if (reason.starts_with(prefix)) reason.erase(0, prefix.size());
  if (!is_elf(library)) return "is not a shared library (" + reason + "): remove it or build it again";
  if (reason.find("cannot open shared object file") != std::string::npos) {
    return "needs a library that was not found (" + reason + "): install it or add its folder to LD_LIBRARY_PATH";
  }
  if (reason.find("undefined symbol") != std::string::npos) {
    return "uses a function that none of its libraries defines (" + reason +
           "): link the plugin with the library that does";
  }
  return "cannot be loaded (" + reason + "): build it again";
}

}  // namespace

Registry::Registry(const std::vector<std::filesystem::path>& folders) {
  std::vector<std::filesystem::path> seen;
  for (const auto& folder : folders) {
    std::error_code error;
    std::vector<std::filesystem::path> libraries;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
      if (entry.path().extension() == ".so") libraries.push_back(real_path(entry.path()));
    }
    if (error) {
      throw base::UserError(folder.string() + ": this plugin folder cannot be read: " + error.message() +
                            "; give an existing one with --plugin-path or in HOURGLASS_PLUGIN_PATH");
    }
    std::ranges::sort(libraries);
    for (const auto& library : libraries) {
      if (std::ranges::find(seen, library) != seen.end()) continue;  // a folder may be listed twice
      seen.push_back(library);
      load(library);
    }
  }
  std::ranges::sort(plugins_, [](const Plugin& a, const Plugin& b) {
    return std::tie(a.info->kind, a.info->name) < std::tie(b.info->kind, b.info->name);
  });
}

void Registry::load(const std::filesystem::path& path) {
  const auto refuse = [&](std::string kind, std::string name, const std::string& fact) {
    problems_.push_back({path, std::move(kind), std::move(name), path.string() + ": " + fact});
  };
  if (const auto fault = library_fault(path); !fault.empty()) return refuse("", "", fault);
  const base::GuestCode guest("loading " + path.filename().string());
  base::note_plugin_library(path);
  boost::dll::shared_library library;
  boost::dll::fs::error_code error;
  library.load(path.string(), boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local, error);
  if (error) {
    const char* reason = ::dlerror();
    return refuse("", "", "the plugin library " + load_failure(path, reason ? reason : error.message()));
  }
  keep_loaded(library);
  if (!library.has(kEntryPoint)) {
    return refuse("", "",
                  "the library has no symbol hourglass_plugins, so it is not a plugin: end its source with "
                  "HOURGLASS_PLUGINS(...) or move it out of the plugin folder");
  }
  const PluginLibrary* content = nullptr;
  try {
    content = library.get<EntryPoint>(kEntryPoint)();
  } catch (...) {
    return refuse("", "",
                  "the library threw an error while listing its plugins: " + base::current_exception_text() +
                      "; fix its declarations");
  }
  if (!content) return refuse("", "", "the library lists no plugins: hourglass_plugins() returned null");
  if (content->api_version != kApiVersion) {
    return refuse("", "",
                  "the plugin library was built for version " + std::to_string(content->api_version) +
                      " of the plugin interface, this program has version " + std::to_string(kApiVersion) +
                      ": build it again with this version's headers");
  }
  if (!content->build_stamp || std::string_view(content->build_stamp) != HOURGLASS_BUILD_STAMP) {
    return refuse("", "",
                  std::string("the plugin library was built with '") +
                      (content->build_stamp ? base::printable(std::string(content->build_stamp).substr(0, 200))
                                            : "an unknown compiler") +
                      "', this program with '" + HOURGLASS_BUILD_STAMP + "': build it again with the same compiler");
  }
  if (content->plugins.empty()) return refuse("", "", "the library lists no plugins: HOURGLASS_PLUGINS() is empty");
  note_folder_name(path, *content);
  for (const PluginInfo& info : content->plugins) {
    std::string fault = plugin_fault(info);
    if (const Plugin* other = find(info.kind, info.name); fault.empty() && other) {
      if (other->library != path) {
        problems_.push_back({path, info.kind, info.name,
                             "plugin " + info.kind + "/" + info.name + " is loaded from " + other->library.string() +
                                 ", which hides the one of the same name in " + path.string() +
                                 "; rename or remove one of them to avoid this"});
        continue;
      }
      fault = "occurs twice in this library: rename one of them";
    }
    if (fault.empty()) {
      plugins_.push_back({&info, path});
    } else {
      refuse(info.kind, info.name, "plugin " + info.kind + "/" + info.name + " " + fault);
    }
  }
}

void Registry::note_folder_name(const std::filesystem::path& path, const PluginLibrary& content) {
  std::error_code error;
  if (!std::filesystem::equivalent(path.parent_path(), own_folder(), error)) return;
  const auto& plugins = content.plugins;
  const auto file = path.stem().string();
  if (std::ranges::any_of(plugins, [&](const auto& info) { return info.kind + "_" + info.name == file; })) return;
  const auto& first = plugins.front();
  problems_.push_back({path, first.kind, first.name,
                       "plugin " + first.kind + "/" + first.name + " is built from a folder of another name as " +
                           file + ".so; rename the folder or the plugin, so that others find its source"});
}

std::vector<std::filesystem::path> Registry::search_path(const std::vector<std::filesystem::path>& extra) {
  std::vector<std::filesystem::path> folders = extra;
  if (const char* variable = std::getenv("HOURGLASS_PLUGIN_PATH")) {
    std::string_view rest = variable;
    while (!rest.empty()) {
      const auto end = std::min(rest.find(':'), rest.size());
      if (end > 0) folders.emplace_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  if (auto own = own_folder(); !own.empty()) folders.push_back(std::move(own));
  return folders;
}

std::filesystem::path Registry::own_folder() {
  const std::filesystem::path program = boost::dll::program_location().string();
  const auto prefix = program.parent_path().parent_path();
  for (auto own : {prefix / "plugins", prefix / "lib" / "hourglass" / "plugins"}) {
    if (std::filesystem::is_directory(own)) return own;
  }
  return {};
}

const Plugin* Registry::find(std::string_view kind, std::string_view name) const {
  const auto found = std::ranges::find_if(
      plugins_, [&](const Plugin& plugin) { return plugin.info->kind == kind && plugin.info->name == name; });
  return found == plugins_.end() ? nullptr : &*found;
}

std::vector<std::string> Registry::names(std::string_view kind) const {
  std::vector<std::string> names;
  for (const auto& plugin : plugins_) {
    if (plugin.info->kind == kind) names.push_back(plugin.info->name);
  }
  return names;
}

const PluginProblem* Registry::problem(std::string_view kind, std::string_view name) const {
  const auto found = std::ranges::find_if(problems_, [&](const PluginProblem& problem) {
    if (!problem.name.empty()) return problem.kind == kind && problem.name == name;
    return problem.library.stem() == std::string(kind).append("_").append(name);
  });
  return found == problems_.end() ? nullptr : &*found;
}

}  // namespace hourglass::host
