// An experiment file as written, before its keys are checked: values, tables and lists with their locations.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "experiment/origin.hpp"
#include "hourglass/params.hpp"

namespace hourglass::experiment {

struct TomlEntry;
struct TomlNode;

/// A TOML date or time, as text; no key of an experiment has this type.
struct Moment {
  std::string text;
};
using TomlList = std::vector<TomlNode>;
using TomlTable = std::vector<TomlEntry>;

/// A value, a list or a table (in the file's order) with the location of its first character.
struct TomlNode {
  std::variant<TomlTable, TomlList, bool, std::int64_t, double, std::string, Moment> value;
  Origin origin;

  template <class T>
  bool is() const {
    return std::holds_alternative<T>(value);
  }
  TomlTable& table() { return std::get<TomlTable>(value); }
  const TomlTable& table() const { return std::get<TomlTable>(value); }
  TomlList& list() { return std::get<TomlList>(value); }
  const TomlList& list() const { return std::get<TomlList>(value); }
  const std::string& text() const { return std::get<std::string>(value); }
};

struct TomlEntry {
  std::string key;
  Origin origin;  ///< of the key
  TomlNode node;
};

/// Returns the node of `key` in a table, or null if there is none or `node` is not a table.
const TomlNode* child(const TomlNode& node, std::string_view key);
TomlNode* child(TomlNode& node, std::string_view key);

/// Returns the node at a dotted path through tables, or null. For an empty path it is `node` itself.
const TomlNode* at_path(const TomlNode& node, std::string_view path);
TomlNode* at_path(TomlNode& node, std::string_view path);

/// Returns whether a node is a table or a list of tables.
bool is_table_like(const TomlNode& node);

/// Converts a checked value to a node in which every part has the same origin.
TomlNode node_of(const Value& value, const Origin& origin);

/// Describes a node in messages: `the string "0.3"`, `the integer 3`, `true`, `a table`, `a list`.
std::string written(const TomlNode& node);

/// Writes a boolean, number or string as TOML; "" for other nodes.
std::string source(const TomlNode& node);

/// Joins a path and a key with a dot.
std::string joined_path(std::string_view path, std::string_view key);

/// Splits `task.0.l2` at its dots.
std::vector<std::string> split_path(std::string_view path);

/// Reads an index, such as the 0 in `task.0`; nothing if the text is not an unsigned integer.
std::optional<std::size_t> index_of(std::string_view text);

}  // namespace hourglass::experiment
