// Descriptions for `hourglass plugins describe`: of a plugin, of a table of experiment files, or of one of its
// alternatives.
#pragma once

#include <string>
#include <vector>

#include "experiment/schema.hpp"
#include "host/registry.hpp"

namespace hourglass::cli {

/// A table of experiment files or one of its alternatives.
struct Description {
  const experiment::TableSchema* table = nullptr;
  const base::Alternative* alternative = nullptr;  ///< null: the table, which has several alternatives
  std::string library;                             ///< path of the plugin's library
  std::vector<ParamSpec> params;                   ///< the table's common keys, then those of the alternative
};

/// Finds the plugin KIND/NAME, the alternative TABLE/NAME, the table TABLE, or the alternative NAME if only one table
/// has it. Throws UserError with the nearest name. `schema` and `registry` must outlive the result.
Description description_of(const std::string& wanted, const experiment::Schema& schema, const host::Registry& registry);

std::string as_text(const Description& description);
std::string as_json(const Description& description);

}  // namespace hourglass::cli
