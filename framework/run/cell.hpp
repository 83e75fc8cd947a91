// A cell: one configuration of a sweep with one seed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "experiment/config.hpp"
#include "results/experiment_folder.hpp"

namespace hourglass::run {

/// One fully resolved configuration with one seed.
struct Cell {
  /// The configuration, with `name` set, `seeds` = 1 and `seed` of this cell, so that its experiment.toml runs only
  /// this cell.
  experiment::Config config;
  std::string experiment;  ///< name of the experiment
  std::uint64_t seed = 0;
  std::vector<experiment::Assignment> assignments;  ///< values of the swept keys
  /// The file whose stem is the experiment's name; empty if the key `name` sets it.
  std::filesystem::path named_by = {};
  std::string listed = {};  ///< label under which the experiment lists a trained cell; empty: made of `assignments`
  /// Names of the tasks in `config` that `hourglass evaluate` added to the experiment's cell.
  std::set<std::string> added = {};
  /// Tasks that `hourglass evaluate` added but that cannot be evaluated now, such as those without their plugin.
  std::vector<results::ListedTask> unavailable = {};

  /// Returns what distinguishes the cell from the others of its experiment: `noise.sigma=0.3 seed=2`.
  std::string label() const;
};

/// Returns an assignment as `noise.sigma=0.3`.
std::string label_of(const experiment::Assignment& assignment);

/// Returns the configuration of a cell without its added tasks: that of its experiment's file.
experiment::Config own_config(const Cell& cell);

/// Converts a value to a field: numbers stay numbers, everything else becomes text; lists as in an experiment file.
results::Field field_of(const Value& value);

/// Returns the text of a setting, without quotes.
std::string text_of(const results::Field& value);

/// Returns a setting as TOML, which reads back to a value of the type of `like`: a string is in quotes.
std::string toml_of(const results::Field& value, const Value& like);

/// Returns the plugin of a [[task]] and all its own keys, which evaluate it again on the same run.
std::vector<results::Setting> settings_of(const experiment::Section& task);
/// Returns the plugin among such keys; "" if they lack it.
std::string plugin_of(const std::vector<results::Setting>& keys);

/// Returns the keys of the dataset that name files or folders, such as dataset.train_images, and their values.
std::vector<results::Setting> data_paths(const Cell& cell);

/// Returns the configuration of a cell as lists and tables show it: all keys that a result depends on and all
/// swept keys, in the order of a resolved file, without name, seeds, seed and the keys of added tasks.
std::vector<results::Setting> settings_of(const Cell& cell);

}  // namespace hourglass::run
