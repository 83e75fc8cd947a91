// The plugins of this build and the example plugins.
#pragma once

#include <filesystem>

#include "host/registry.hpp"
#include "subject/experiment_schema.hpp"

namespace hourglass::test {

inline const host::Registry& examples() {
  static const auto build = std::filesystem::path(HOURGLASS_BINARY_DIR);
  static const host::Registry all({build / "plugins", build / "test_plugins" / "reach"});
  return all;
}

inline const experiment::Schema& example_schema() {
  static const experiment::Schema schema = subject::schema(examples());
  return schema;
}

}  // namespace hourglass::test
