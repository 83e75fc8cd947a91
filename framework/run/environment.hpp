// environment.json: the program, machine, plugins and data with which a run was computed.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "base/json.hpp"
#include "experiment/config.hpp"
#include "run/plugin_hashes.hpp"

namespace hourglass::run {

/// Returns the processor's name in /proc/cpuinfo, or the machine's architecture if there is none.
std::string cpu_model();

/// Returns the libraries of the plugins that training uses: "kind/name" -> hash. The results of tasks depend on them as
/// well: a task reads the data, adds the noise and runs the network.
std::map<std::string, std::string> training_plugins(const experiment::Config& config, PluginHashes& hashes);

/// Returns the folders of the plugins that an experiment uses, except the program's own folder: "kind/name" -> folder.
std::map<std::string, std::string> plugin_folders(const experiment::Config& config, const host::Registry& registry);

/// Describes program, compiler, engine, CPU, threads, `plugins` ("kind/name" -> hash), data and the git state of the
/// experiment file's folder. Contains no times, so that equal runs write equal bytes.
base::Json describe_environment(const experiment::Config& config, const host::Registry& registry,
                                const std::map<std::string, std::string>& plugins, const std::string& data_hash,
                                int threads);

}  // namespace hourglass::run
