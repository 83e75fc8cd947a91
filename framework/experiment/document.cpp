#include "experiment/document.hpp"

#include <algorithm>
#include <charconv>

#include "host/value_text.hpp"
#include "hourglass/plugin.hpp"

namespace hourglass::experiment {
namespace {

TomlNode one(bool value, const Origin& origin) { return {value, origin}; }
TomlNode one(std::int64_t value, const Origin& origin) { return {value, origin}; }
TomlNode one(double value, const Origin& origin) { return {value, origin}; }
TomlNode one(const std::string& value, const Origin& origin) { return {value, origin}; }
TomlNode one(const Varying& value, const Origin& origin) {
  const auto entry = [&](const char* key, auto number) { return TomlEntry{key, origin, one(number, origin)}; };
  if (value.by == Varying::By::image) {
    return {TomlTable{entry("min", value.from), entry("max", value.to)}, origin};
  }
  return {
      TomlTable{entry("from", value.from), entry("to", value.to), entry("begin", value.begin), entry("end", value.end)},
      origin};
}
TomlNode one(const PluginChoice& choice, const Origin& origin) {
  TomlTable table;
  table.push_back({"plugin", origin, {choice.info->name, origin}});
  for (std::size_t i = 0; i < choice.values.size(); ++i) {
    table.push_back({choice.info->params[i].name, origin, node_of(choice.values[i], origin)});
  }
  return {std::move(table), origin};
}
template <class T>
TomlNode one(const std::vector<T>& values, const Origin& origin) {
  TomlList list;
  for (const auto& value : values) list.push_back(one(value, origin));
  return {std::move(list), origin};
}

}  // namespace

const TomlNode* child(const TomlNode& node, std::string_view key) {
  if (!node.is<TomlTable>()) return nullptr;
  const auto found = std::ranges::find(node.table(), key, &TomlEntry::key);
  return found == node.table().end() ? nullptr : &found->node;
}

TomlNode* child(TomlNode& node, std::string_view key) { return const_cast<TomlNode*>(child(std::as_const(node), key)); }

const TomlNode* at_path(const TomlNode& node, std::string_view path) {
  const TomlNode* found = &node;
  while (found && !path.empty()) {
    const auto end = std::min(path.find('.'), path.size());
    found = child(*found, path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return found;
}

TomlNode* at_path(TomlNode& node, std::string_view path) {
  return const_cast<TomlNode*>(at_path(std::as_const(node), path));
}

bool is_table_like(const TomlNode& node) {
  return node.is<TomlTable>() || (node.is<TomlList>() && !node.list().empty() && node.list().front().is<TomlTable>());
}

TomlNode node_of(const Value& value, const Origin& origin) {
  return std::visit([&](const auto& alternative) { return one(alternative, origin); }, value);
}

std::string written(const TomlNode& node) {
  struct Text {
    std::string operator()(const TomlTable&) const { return "a table"; }
    std::string operator()(const TomlList& list) const {
      const bool tables = !list.empty() && list.front().is<TomlTable>();
      return list.empty() ? "an empty list" : tables ? "a list of tables" : "a list";
    }
    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(std::int64_t value) const { return "the integer " + std::to_string(value); }
    std::string operator()(double value) const { return "the number " + host::to_toml(value); }
    std::string operator()(const std::string& value) const {
      return "the string " + host::shortened(host::to_toml(std::string_view(value)));
    }
    std::string operator()(const Moment& moment) const { return "the date or time " + moment.text; }
  };
  return std::visit(Text{}, node.value);
}

std::string source(const TomlNode& node) {
  if (node.is<std::int64_t>()) return std::to_string(std::get<std::int64_t>(node.value));
  if (node.is<double>()) return host::to_toml(std::get<double>(node.value));
  if (node.is<bool>()) return std::get<bool>(node.value) ? "true" : "false";
  return node.is<std::string>() ? host::to_toml(std::string_view(node.text())) : "";
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

}  // namespace hourglass::experiment
