// An experiment file as written, before it is known what its keys mean: values, tables and lists with their places.
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

/// A value that TOML has and experiments do not: a date or a time, as text.
struct Moment {
  std::string text;
};
using TomlList = std::vector<TomlNode>;
using TomlTable = std::vector<TomlEntry>;

/// A value, a list or a table (in the order of writing) with the place of its first character.
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

/// Returns the node of `key` in a table, or null when there is none or `node` is no table.
const TomlNode* child(const TomlNode& node, std::string_view key);
TomlNode* child(TomlNode& node, std::string_view key);

/// Returns the node at a dotted path through tables, or null. An empty path is the node itself.
const TomlNode* at_path(const TomlNode& node, std::string_view path);
TomlNode* at_path(TomlNode& node, std::string_view path);

/// Makes a node of a checked value; every part of it has the same origin.
TomlNode node_of(const Value& value, const Origin& origin);

/// Describes what was written, for messages: `the string "0.3"`, `the integer 3`, `a table`, `a list`.
std::string written(const TomlNode& node);

/// Joins a path and a key with a dot.
std::string joined_path(std::string_view path, std::string_view key);

/// Splits `task.0.l2` at its dots.
std::vector<std::string> split_path(std::string_view path);

/// Reads a whole number without sign, such as the index in `task.0`.
std::optional<std::size_t> index_of(std::string_view text);

}  // namespace hourglass::experiment
