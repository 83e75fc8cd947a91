// An experiment file, resolved with the plugins of this build, for tests that need a configuration.
#pragma once

#include <string>
#include <vector>

#include "experiment/load.hpp"
#include "subject/experiment_schema.hpp"
#include "support/plugins.hpp"
#include "support/process.hpp"

namespace hourglass::test {

/// Returns the schema of this build's plugins.
inline const experiment::Schema& schema() {
  static const experiment::Schema all = subject::schema(registry());
  return all;
}

/// Resolves the text of an experiment file, as `experiment.toml`, with the given plugins; throws the same exceptions as
/// experiment::load_config.
inline experiment::Config resolve_experiment(const std::string& text, const std::vector<std::string>& overrides,
                                             const experiment::Schema& schema, const host::Registry& registry) {
  const TemporaryFolder folder;
  write(folder / "experiment.toml", text);
  return experiment::load_config(folder / "experiment.toml", overrides, schema, registry);
}

/// The same with the plugins of this build.
inline experiment::Config resolve_experiment(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return resolve_experiment(text, overrides, schema(), registry());
}

}  // namespace hourglass::test
