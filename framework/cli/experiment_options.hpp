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
