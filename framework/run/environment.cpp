#include "run/environment.hpp"

#include <sys/utsname.h>

#include <fstream>
#include <set>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/hash.hpp"
#include "base/json.hpp"
#include "base/subprocess.hpp"
#include "base/version.hpp"
#include "compute/kernels/about.hpp"
#include "host/create_plugin.hpp"
#include "host/data_access.hpp"
#include "hourglass/task.hpp"

namespace hourglass::run {
namespace {

using base::Json;

/// Returns what a git command prints, or "" outside a repository.
std::string git(const std::filesystem::path& folder, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "git");
  try {
    auto text = base::run_subprocess(
                    {.command = std::move(arguments), .folder = folder, .errors = base::Subprocess::Stream::discarded})
                    .output;
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  } catch (const base::UserError&) {  // git is not installed
    return "";
  }
}

}  // namespace

std::string cpu_model() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  utsname name{};
  uname(&name);
  return name.machine;
}

std::map<std::string, std::string> training_plugins(const experiment::Config& config, PluginHashes& hashes) {
  std::map<std::string, std::string> plugins;
  for (const auto& section : config.tables) {
    const auto* info = section.alternative->plugin;
    if (info == nullptr || section.path == Task::kKind) continue;
    std::set<std::string> all = {info->kind + "/" + info->name};
    host::add_plugins(section.values(), all);
    for (const auto& plugin : all) plugins[plugin] = hashes.of(plugin);
  }
  return plugins;
}

std::map<std::string, std::string> plugin_folders(const experiment::Config& config, const host::Registry& registry) {
  std::map<std::string, std::string> folders;
  const auto own = host::Registry::own_folder();
  for (const auto& table : config.tables) {
    const auto* info = table.alternative->plugin;
    if (info == nullptr) continue;
    const auto folder = registry.find(info->kind, info->name)->library.parent_path();
    std::error_code error;
    if (own.empty() || !std::filesystem::equivalent(folder, own, error)) {
      folders[info->kind + "/" + info->name] = folder.string();
    }
  }
  return folders;
}

Json describe_environment(const experiment::Config& config, const host::Registry& registry,
                          const std::map<std::string, std::string>& plugins, const std::string& data_hash,
                          int threads) {
  const auto folder = config.file.parent_path();
  const auto commit = git(folder, {"rev-parse", "HEAD"});
  Json json = {{"hourglass", base::kVersion},
               {"compiler", HOURGLASS_BUILD_STAMP},
               {"onednn", compute::engine_version()},
               {"cpu", cpu_model()},
               {"isa", compute::instruction_set()},
               {"threads", threads},
               {"data", data_hash},
               {"plugins", plugins}};
  // Folders that are needed to load the same plugins again; the program's own plugins need none.
  if (const auto folders = plugin_folders(config, registry); !folders.empty()) json["plugin_folders"] = folders;
  if (!commit.empty()) {
    json["git"] =
        Json{{"commit", commit}, {"changed", !git(folder, {"status", "--porcelain", "--untracked-files=no"}).empty()}};
  }
  return json;
}

}  // namespace hourglass::run
