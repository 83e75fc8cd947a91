// Composes an experiment from its file, the files that it includes, and overrides on the command line.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "experiment/document.hpp"
#include "experiment/problems.hpp"
#include "experiment/schema.hpp"

namespace hourglass::experiment {

/// A composed experiment, not checked yet.
struct Composition {
  TomlNode root;
  std::string question;                 ///< the main file's first comment
  std::vector<std::string> notes = {};  ///< one sentence for each choice that drops keys
};

/// Reads and composes an experiment; `overrides` are `key=value`. Problems are added to `problems`; if a file cannot be
/// read to its end, they are thrown at once as a base::UserError, since the rest cannot be checked.
Composition compose(const std::filesystem::path& file, const std::vector<std::string>& overrides, const Schema& schema,
                    Problems& problems);

/// Reads the entries of a repeated table from a file, which may include others and may be a whole experiment, whose
/// other tables are ignored. Throws base::UserError if the file cannot be read to its end, has keys or tables that no
/// experiment has, or has no entry.
TomlList read_entries(const std::filesystem::path& file, const TableSchema& table, const Schema& schema);

/// Sets the value at a dotted path, in which repeated tables are indexed from 0: `task.0.l2`. Creates missing tables.
/// Reports to `problems` a path that leads through a value or beyond the end of a list. Keys that a new choice drops
/// are added to `dropped`, as by merge().
void set_value(TomlNode& root, const std::string& path, TomlNode value, const Schema& schema, Problems& problems,
               TomlTable* dropped = nullptr);

}  // namespace hourglass::experiment
