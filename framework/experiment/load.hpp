// Makes a checked configuration from an experiment file, or from another configuration with some values replaced.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "experiment/config.hpp"
#include "experiment/document.hpp"

namespace hourglass::experiment {

/// Reads, composes (`include`, overrides `key=value` in order) and checks an experiment file. All problems are reported
/// at once in one base::UserError. `added` are further entries of repeated tables, such as those of read_entries(),
/// each with the path of its table. `schema` and `registry` must outlive the result.
Config load_config(const std::filesystem::path& file, const std::vector<std::string>& overrides, const Schema& schema,
                   const host::Registry& registry, const std::vector<TomlEntry>& added = {}, Idle idle = Idle::refused);

/// Returns `config` with the values of `assignments`, checked like the rest and without axes. If a selector changes,
/// keys of its table that the new alternative lacks are dropped. `added` is as for load_config(). Throws
/// base::UserError with all problems.
Config with_assignments(const Config& config, const std::vector<Assignment>& assignments,
                        const std::vector<TomlEntry>& added = {});

}  // namespace hourglass::experiment
