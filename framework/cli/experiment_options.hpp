// Loads an experiment file with its plugins, for several subcommands.
#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cli/options.hpp"
#include "experiment/config.hpp"
#include "host/registry.hpp"

namespace hourglass::cli {

/// Plugins and the schema of experiment files that they define. Not movable: the schema points to the plugins.
struct Plugins {
  explicit Plugins(const std::vector<std::string>& plugin_path);
  Plugins(const Plugins&) = delete;
  Plugins& operator=(const Plugins&) = delete;

  host::Registry registry;
  experiment::Schema schema;
};

/// Adds --plugin-path.
void add_plugin_path_option(Usage& usage);

/// Finds the plugins of the --plugin-path folders and of the default folders.
host::Registry registry_of(const Options& options);

/// Loads the plugins of these folders and of the default folders.
std::unique_ptr<Plugins> load_plugins(const std::vector<std::string>& plugin_path);

/// A registry, schema and configuration, in the order of their dependencies. Not movable: they point to one another.
struct Experiment {
  /// Loads `file` with `key=value` overrides and the plugins of the `--plugin-path` folders and the default folders.
  /// Throws a UserError with all problems.
  Experiment(const std::filesystem::path& file, const std::vector<std::string>& overrides,
             const std::vector<std::string>& plugin_path);
  Experiment(const Experiment&) = delete;
  Experiment& operator=(const Experiment&) = delete;

  host::Registry registry;
  experiment::Schema schema;
  experiment::Config config;
};

/// Adds the options of all commands that take an experiment file: FILE, key=value ..., --threads, --plugin-path.
void add_experiment_options(Usage& usage);

/// Loads the experiment that these options describe, and prints notes on what a user may not expect to standard error.
/// Throws UserError if FILE is missing.
std::unique_ptr<Experiment> load_experiment(const Options& options);

/// Prints these sentences to standard error.
void print_notes(const std::set<std::string>& notes);

}  // namespace hourglass::cli
