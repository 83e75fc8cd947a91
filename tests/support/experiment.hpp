// An experiment file, resolved with the plugins of this build, for tests that need a configuration.
#pragma once

#include <string>
#include <vector>

#include "host/config.hpp"
#include "support/plugins.hpp"
#include "support/process.hpp"
#include "train/schema.hpp"

namespace hourglass::test {

/// The schema of this build's plugins.
inline const host::Schema& schema() {
  static const host::Schema all = train::schema(registry());
  return all;
}

/// Resolves the text of an experiment file, as `experiment.toml`, with these plugins; throws what host::load_config
/// throws.
inline host::Config experiment(const std::string& text, const std::vector<std::string>& overrides,
                               const host::Schema& schema, const host::Registry& registry) {
  const TemporaryFolder folder;
  write(folder / "experiment.toml", text);
  return host::load_config(folder / "experiment.toml", overrides, schema, registry);
}

/// The same with the plugins of this build.
inline host::Config experiment(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return experiment(text, overrides, schema(), registry());
}

}  // namespace hourglass::test
