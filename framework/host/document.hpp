// An experiment file as written, before it is known what its keys mean: values, tables and lists with their places.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "host/config.hpp"

namespace hourglass::host {

struct Entry;
struct Node;

/// A value that TOML has and experiments do not: a date or a time, as text.
struct Moment {
  std::string text;
};
using NodeList = std::vector<Node>;
using NodeTable = std::vector<Entry>;

/// A value, a list or a table (in the order of writing) with the place of its first character.
struct Node {
  std::variant<NodeTable, NodeList, bool, std::int64_t, double, std::string, Moment> value;
  Origin origin;

  template <class T>
  bool is() const {
    return std::holds_alternative<T>(value);
  }
  NodeTable& table() { return std::get<NodeTable>(value); }
  const NodeTable& table() const { return std::get<NodeTable>(value); }
  NodeList& list() { return std::get<NodeList>(value); }
  const NodeList& list() const { return std::get<NodeList>(value); }
  const std::string& text() const { return std::get<std::string>(value); }
};

struct Entry {
  std::string key;
  Origin origin;  ///< of the key
  Node node;
};

/// Returns the node of `key` in a table, or null when there is none or `node` is no table.
const Node* child(const Node& node, std::string_view key);
Node* child(Node& node, std::string_view key);

/// Returns the node at a dotted path through tables, or null. An empty path is the node itself.
const Node* at_path(const Node& node, std::string_view path);
Node* at_path(Node& node, std::string_view path);

/// Makes a node of a checked value; every part of it has the same origin.
Node node_of(const Value& value, const Origin& origin);

/// Describes what was written, for messages: `the string "0.3"`, `the integer 3`, `a table`, `a list`.
std::string written(const Node& node);

/// Joins a path and a key with a dot.
std::string joined_path(std::string_view path, std::string_view key);

/// Splits `task.0.l2` at its dots.
std::vector<std::string> split_path(std::string_view path);

/// Reads a whole number without sign, such as the index in `task.0`.
std::optional<std::size_t> index_of(std::string_view text);

}  // namespace hourglass::host
