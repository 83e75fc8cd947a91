#include "run/environment.hpp"

#include <sys/utsname.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "base/hash.hpp"
#include "base/version.hpp"
#include "compute/kernels/about.hpp"
#include "host/data_access.hpp"
#include "hourglass/task.hpp"

namespace hourglass::run {
namespace {

using Json = nlohmann::ordered_json;

/// Returns what a git command prints, or "" outside a repository.
std::string git(const std::filesystem::path& folder, const std::string& arguments) {
  std::string quoted;
  for (const char c : folder.string()) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  const auto command = "git -C '" + quoted + "' " + arguments + " 2>/dev/null";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string text;
  std::array<char, 256> buffer;
  while (pipe && fgets(buffer.data(), buffer.size(), pipe.get()) != nullptr) text += buffer.data();
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
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
    const auto plugin = info->kind + "/" + info->name;
    plugins[plugin] = hashes.of(plugin);
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

std::string describe_environment(const experiment::Config& config, const host::Registry& registry, PluginHashes& hashes,
                                 const std::string& data_hash, int threads) {
  auto folder = config.file.parent_path();
  if (folder.empty()) folder = ".";
  const auto commit = git(folder, "rev-parse HEAD");
  Json json = {{"hourglass", base::kVersion},
               {"compiler", HOURGLASS_BUILD_STAMP},
               {"onednn", compute::engine_version()},
               {"cpu", cpu_model()},
               {"isa", compute::instruction_set()},
               {"threads", threads},
               {"data", data_hash},
               {"plugins", training_plugins(config, hashes)}};
  // Folders that are needed to load the same plugins again; the program's own plugins need none.
  if (const auto folders = plugin_folders(config, registry); !folders.empty()) json["plugin_folders"] = folders;
  if (!commit.empty()) {
    json["git"] = {{"commit", commit}, {"changed", !git(folder, "status --porcelain --untracked-files=no").empty()}};
  }
  return json.dump(2) + "\n";
}

}  // namespace hourglass::run
