// Questions that reading, checking and writing experiments ask of a schema.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "experiment/document.hpp"
#include "experiment/schema.hpp"

namespace hourglass::experiment {

const TableSchema* find_table(const Schema& schema, std::string_view path);
const base::Alternative* find_alternative(const TableSchema& table, std::string_view name);
const ParamSpec* find_spec(const std::vector<ParamSpec>& specs, std::string_view name);

/// Returns the key of an alternative or of all alternatives, or null.
const ParamSpec* find_spec(const TableSchema& table, const base::Alternative& alternative, std::string_view name);

/// Returns what a key of the table concerns.
Concerns concerns_of(const TableSchema& table, const ParamSpec& spec);

/// Tells whether some alternative declares the key `name`.
bool any_declares(const TableSchema& table, std::string_view name);

/// Returns the names of tables directly below `path`: `optimizer` for `train`.
std::vector<std::string> child_tables(const Schema& schema, std::string_view path);

std::vector<std::string> alternative_names(const TableSchema& table);
/// The keys of an alternative and those of all, without the selector.
std::vector<std::string> key_names(const TableSchema& table, const base::Alternative& alternative);

/// Writes a table's header as in a file: `[train.optimizer]`, `[[task]]`; "" for the keys above all tables.
std::string header(const TableSchema& table);

/// Replaces the short form `optimizer = "adam"` by a table with the selector, everywhere.
void expand_short_forms(TomlNode& root, const Schema& schema);

/// Tells whether `key`, common to all alternatives, has no effect with this one.
bool is_idle(const TableSchema& table, const base::Alternative& alternative, std::string_view key);

/// Removes the keys of the table at `node` that some alternatives have but `chosen` lacks, or that are idle with it.
void drop_foreign_keys(TomlNode& node, const TableSchema& table, const base::Alternative& chosen);

/// Lays `overlay` over the table `base` at `path`: tables merge key by key, everything else replaces. Where a selector
/// changes, keys that the new alternative lacks are dropped.
void merge(TomlNode& base, TomlNode overlay, const std::string& path, const Schema& schema);

}  // namespace hourglass::experiment
