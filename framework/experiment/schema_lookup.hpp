// Looks up tables, alternatives and keys in a schema, and edits documents according to it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "experiment/document.hpp"
#include "experiment/schema.hpp"

namespace hourglass::experiment {

/// The functions below return null if there is no match.
const TableSchema* find_table(const Schema& schema, std::string_view path);
const base::Alternative* find_alternative(const TableSchema& table, std::string_view name);
const ParamSpec* find_spec(const std::vector<ParamSpec>& specs, std::string_view name);
/// The alternative that the value of a selector names; `selector` may be null.
const base::Alternative* named(const TableSchema& table, const TomlNode* selector);

/// Looks among the keys of the alternative and the common keys of the table.
const ParamSpec* find_spec(const TableSchema& table, const base::Alternative& alternative, std::string_view name);

/// Returns what a key of the table concerns, after inheritance.
Concerns concerns_of(const TableSchema& table, const ParamSpec& spec);

/// Returns whether any alternative declares the key `name`.
bool any_declares(const TableSchema& table, std::string_view name);

/// Returns the names of the direct subtables of `path`: `optimizer` for `train`.
std::vector<std::string> child_tables(const Schema& schema, std::string_view path);

std::vector<std::string> alternative_names(const TableSchema& table);
/// Returns the common keys and those of the alternative, without the selector.
std::vector<std::string> key_names(const TableSchema& table, const base::Alternative& alternative);

/// Returns a table's header as in a file: `[train.optimizer]`, `[[task]]`; "" for the top-level keys.
std::string header(const TableSchema& table);

/// Replaces each short form such as `optimizer = "adam"` by a table with the selector.
void expand_short_forms(TomlNode& root, const Schema& schema);

/// Returns whether `key` is a common key that has no effect with this alternative.
bool is_idle(const TableSchema& table, const base::Alternative& alternative, std::string_view key);

/// Removes from the table at `node` the keys that only other alternatives have, and those that have no effect with
/// `chosen`.
void drop_foreign_keys(TomlNode& node, const TableSchema& table, const base::Alternative& chosen);

/// Merges `overlay` into the table `base` at `path`: tables are merged key by key, everything else is replaced,
/// also a value that is written as a table. If a
/// selector changes, the keys that were written for the former alternative are dropped, also those that the new one
/// has, and added to `dropped` with their paths as keys; those on the same command line as the selector are kept.
/// Without `dropped`, as for the values of a sweep, whose alternatives share keys, only those that the new one lacks
/// are dropped.
void merge(TomlNode& base, TomlNode overlay, const std::string& path, const Schema& schema,
           TomlTable* dropped = nullptr);

}  // namespace hourglass::experiment
