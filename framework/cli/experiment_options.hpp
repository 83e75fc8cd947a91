// An experiment file loaded with its plugins, as several sub-commands need it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/options.hpp"
#include "experiment/config.hpp"
#include "host/registry.hpp"

namespace hourglass::cli {

/// Plugins and the schema that they make. Not to be moved: the schema points at the plugins.
struct Plugins {
  explicit Plugins(const std::vector<std::string>& plugin_path);
  Plugins(const Plugins&) = delete;
  Plugins& operator=(const Plugins&) = delete;

  host::Registry registry;
  experiment::Schema schema;
};

/// Adds --plugin-path.
void add_plugin_path_option(Usage& usage);

/// Loads the plugins of these folders and the usual ones.
std::unique_ptr<Plugins> load_plugins(const std::vector<std::string>& plugin_path);

/// Registry, schema and configuration, in the order in which they depend on one another. Not to be moved: the parts
/// point at one another.
struct Experiment {
  /// Loads `file` with the plugins of `--plugin-path` folders and the usual ones, and `key=value` overrides. UserError
  /// with all problems.
  Experiment(const std::filesystem::path& file, const std::vector<std::string>& overrides,
             const std::vector<std::string>& plugin_path);
  Experiment(const Experiment&) = delete;
  Experiment& operator=(const Experiment&) = delete;

  host::Registry registry;
  experiment::Schema schema;
  experiment::Config config;
};

/// Adds the options that every command with an experiment file has: FILE, key=value ..., --plugin-path.
void add_experiment_options(Usage& usage);

/// Loads what these options name. A missing FILE is a UserError.
std::unique_ptr<Experiment> load_experiment(const boost::program_options::variables_map& options);

}  // namespace hourglass::cli
