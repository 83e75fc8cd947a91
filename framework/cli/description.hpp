// What `hourglass plugins describe` tells: about a plugin, a table of experiment files, or what a table may name.
#pragma once

#include <string>
#include <vector>

#include "experiment/schema.hpp"
#include "host/registry.hpp"

namespace hourglass::cli {

/// A table of experiment files, with one of the plugins or built-ins that it may name, or without.
struct Description {
  const experiment::TableSchema* table = nullptr;
  const base::Alternative* alternative = nullptr;  ///< null: the table itself, which offers several
  std::string library;                             ///< of a plugin
  std::vector<ParamSpec> params;  ///< of the alternative and of all; of a table that offers several, those of all
};

/// Finds what `wanted` means: KIND/NAME, a NAME that one table alone offers, TABLE, or TABLE/NAME. UserError with the
/// nearest one. `schema` and `registry` must outlive the result.
Description description_of(const std::string& wanted, const experiment::Schema& schema, const host::Registry& registry);

std::string as_text(const Description& description);
std::string as_json(const Description& description);

}  // namespace hourglass::cli
