// environment.json: what a run was computed with.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "experiment/config.hpp"
#include "run/plugin_hashes.hpp"

namespace hourglass::run {

/// Returns the processor's name as the system tells it, or its architecture.
std::string cpu_model();

/// Returns the hashes of the libraries of the plugins that training uses, by "kind/name". Tasks record their own.
std::map<std::string, std::string> training_plugins(const experiment::Config& config, PluginHashes& hashes);

/// Returns the folders of the plugins that an experiment uses and that lie outside the program's own folder, by
/// "kind/name".
std::map<std::string, std::string> plugin_folders(const experiment::Config& config, const host::Registry& registry);

/// Describes program, compiler, engine, CPU, threads, plugins, data and the git state of the experiment file's folder,
/// as JSON. Holds no time, so that equal runs leave equal bytes.
std::string describe_environment(const experiment::Config& config, const host::Registry& registry, PluginHashes& hashes,
                                 const std::string& data_hash, int threads);

}  // namespace hourglass::run
