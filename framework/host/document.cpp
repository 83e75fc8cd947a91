#include "host/document.hpp"

#include <algorithm>
#include <charconv>

#include "host/value_text.hpp"

namespace hourglass::host {
namespace {

/// Long values would hide the message around them.
std::string shortened(const std::string& text) {
  constexpr std::size_t kLongest = 60;
  return text.size() <= kLongest ? text : text.substr(0, kLongest) + "...";
}

Node one(bool value, const Origin& origin) { return {value, origin}; }
Node one(std::int64_t value, const Origin& origin) { return {value, origin}; }
Node one(double value, const Origin& origin) { return {value, origin}; }
Node one(const std::string& value, const Origin& origin) { return {value, origin}; }
template <class T>
Node one(const std::vector<T>& values, const Origin& origin) {
  NodeList list;
  for (const auto& value : values) list.push_back(one(value, origin));
  return {std::move(list), origin};
}

}  // namespace

const Node* child(const Node& node, std::string_view key) {
  if (!node.is<NodeTable>()) return nullptr;
  const auto found = std::ranges::find(node.table(), key, &Entry::key);
  return found == node.table().end() ? nullptr : &found->node;
}

Node* child(Node& node, std::string_view key) { return const_cast<Node*>(child(std::as_const(node), key)); }

const Node* at_path(const Node& node, std::string_view path) {
  const Node* found = &node;
  while (found && !path.empty()) {
    const auto end = std::min(path.find('.'), path.size());
    found = child(*found, path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return found;
}

Node* at_path(Node& node, std::string_view path) { return const_cast<Node*>(at_path(std::as_const(node), path)); }

Node node_of(const Value& value, const Origin& origin) {
  return std::visit([&](const auto& alternative) { return one(alternative, origin); }, value);
}

std::string written(const Node& node) {
  struct Text {
    std::string operator()(const NodeTable&) const { return "a table"; }
    std::string operator()(const NodeList& list) const {
      const bool tables = !list.empty() && list.front().is<NodeTable>();
      return list.empty() ? "an empty list" : tables ? "a list of tables" : "a list";
    }
    std::string operator()(bool value) const { return std::string("the switch ") + (value ? "true" : "false"); }
    std::string operator()(std::int64_t value) const { return "the integer " + std::to_string(value); }
    std::string operator()(double value) const { return "the number " + to_toml(value); }
    std::string operator()(const std::string& value) const {
      return "the string " + shortened(to_toml(std::string_view(value)));
    }
    std::string operator()(const Moment& moment) const { return "the date or time " + moment.text; }
  };
  return std::visit(Text{}, node.value);
}

std::string joined_path(std::string_view path, std::string_view key) {
  return path.empty() ? std::string(key) : std::string(path) + "." + std::string(key);
}

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> parts;
  while (true) {
    const auto end = path.find('.');
    parts.emplace_back(path.substr(0, end));
    if (end == std::string_view::npos) return parts;
    path.remove_prefix(end + 1);
  }
}

std::optional<std::size_t> index_of(std::string_view text) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return index;
}

}  // namespace hourglass::host
