// Messages about keys and tables that the schema does not have, each with the nearest fix.
#pragma once

#include <string>

#include "experiment/document.hpp"
#include "experiment/schema.hpp"

namespace hourglass::experiment {

/// Lists the keys that are allowed: `gaussian has sigma, clip`, `the keys are epochs, loss`, `none has no keys`.
std::string keys_text(const TableSchema& table, const base::Alternative& chosen);

/// Returns the message for a key that `chosen`, an alternative of `table`, does not declare. Both are null if the
/// schema does not declare the table itself. `root` is the whole document, in which the fix is looked up.
std::string unknown_key(const Schema& schema, const TomlNode& root, const TableSchema* table,
                        const base::Alternative* chosen, const TomlEntry& entry);

struct UnknownTable {
  std::string sentence;
  std::string meant;  ///< the path of the table that was probably meant; "" if none is near
};

/// Returns the message for a table `key` in the table at `path` that the schema does not have.
UnknownTable unknown_table(const Schema& schema, const std::string& path, const std::string& key);

}  // namespace hourglass::experiment
