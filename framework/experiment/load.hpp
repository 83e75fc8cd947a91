// From an experiment file, or from another configuration and some values, to a checked configuration.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "experiment/config.hpp"

namespace hourglass::experiment {

/// Reads, composes (`include`, overrides `key=value` in order) and checks an experiment file. All problems are reported
/// at once in one base::UserError. `schema` and `registry` must outlive the result.
Config load_config(const std::filesystem::path& file, const std::vector<std::string>& overrides, const Schema& schema,
                   const host::Registry& registry);

/// Returns `config` with some values replaced, checked like the rest; changing a selector resets its table's other keys
/// that the new alternative lacks. `assignments` come from `config.axes`.
Config with_assignments(const Config& config, const std::vector<Assignment>& assignments);

}  // namespace hourglass::experiment
