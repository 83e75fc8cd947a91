#include "experiment/value_advice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <vector>

#include "experiment/toml_mistakes.hpp"
#include "host/value_text.hpp"

namespace hourglass::experiment {
namespace {

std::string lower_case(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

std::string_view stripped(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\"'");
  return begin == std::string_view::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\"'") - begin + 1);
}

std::optional<Value> integer_of(double value) {
  if (value != std::floor(value) || std::abs(value) >= 9e15) return std::nullopt;
  return Value(static_cast<std::int64_t>(value));
}

/// Reads a text as a value of a type, as a person would: `.5`, `1.`, `True`, `0,3`.
std::optional<Value> read_as(std::string_view text, const Value& type) {
  text = stripped(text);
  const auto word = lower_case(std::string(text));
  if (std::holds_alternative<bool>(type)) {
    for (const auto* yes : {"true", "yes", "on", "1"}) {
      if (word == yes) return Value(true);
    }
    for (const auto* no : {"false", "no", "off", "0"}) {
      if (word == no) return Value(false);
    }
    return std::nullopt;
  }
  if (std::holds_alternative<std::string>(type)) return Value(std::string(text));
  auto number = number_in(text);
  if (!number && std::holds_alternative<double>(type) && std::ranges::count(text, ',') == 1) {
    std::string with_point(text);
    std::ranges::replace(with_point, ',', '.');
    number = number_in(with_point);
  }
  if (!number) return std::nullopt;
  return std::holds_alternative<double>(type) ? std::optional(Value(*number)) : integer_of(*number);
}

/// Reads a node as a value of a type, as a person would.
std::optional<Value> read_as(const TomlNode& node, const Value& type) {
  if (node.is<std::string>()) return read_as(node.text(), type);
  if (node.is<bool>() && std::holds_alternative<bool>(type)) return Value(std::get<bool>(node.value));
  const auto* integer = std::get_if<std::int64_t>(&node.value);
  const auto* decimal = std::get_if<double>(&node.value);
  if (!integer && !decimal) return std::nullopt;
  const double number = integer ? static_cast<double>(*integer) : *decimal;
  if (std::holds_alternative<double>(type)) return Value(number);
  if (std::holds_alternative<std::int64_t>(type)) return integer ? std::optional(Value(*integer)) : integer_of(number);
  if (std::holds_alternative<bool>(type) && (number == 0 || number == 1)) return Value(number == 1);
  return std::holds_alternative<std::string>(type) ? std::optional(Value(source(node))) : std::nullopt;
}

/// Returns the elements of `1,2`, `[1, 2]` or a list, as values of a type that `spec` accepts; none if they are not.
std::vector<Value> elements(const TomlNode& node, const Value& type, const ParamSpec& spec) {
  std::vector<std::optional<Value>> read;
  if (node.is<TomlList>()) {
    for (const TomlNode& item : node.list()) read.push_back(read_as(item, type));
  } else if (node.is<std::string>()) {
    std::string_view text = node.text();
    if (text.starts_with("[")) text.remove_prefix(1);
    if (text.ends_with("]")) text.remove_suffix(1);
    while (true) {
      const auto comma = std::min(text.find(','), text.size());
      read.push_back(stripped(text.substr(0, comma)).empty() ? std::nullopt : read_as(text.substr(0, comma), type));
      if (comma == text.size()) break;
      text.remove_prefix(comma + 1);
    }
  }
  std::vector<Value> values;
  for (auto& value : read) {
    if (!value || !host::is_allowed(*value, spec)) return {};
    values.push_back(std::move(*value));
  }
  return values;
}

std::string list_text(const std::vector<Value>& values) {
  std::string text;
  for (const auto& value : values) text += (text.empty() ? "[" : ",") + host::to_toml(value);
  return text + "]";
}

/// Returns an element's type for lists; nothing for other types.
std::optional<Value> element_type(const Value& type) {
  if (std::holds_alternative<std::vector<std::int64_t>>(type)) return Value(std::int64_t{0});
  if (std::holds_alternative<std::vector<double>>(type)) return Value(0.0);
  if (std::holds_alternative<std::vector<std::string>>(type)) return Value(std::string());
  return std::nullopt;
}

std::string advice_for_list(const TomlNode& node, const Value& element, const ParamSpec& spec) {
  if (node.is<TomlTable>() || node.is<TomlList>()) return "";
  auto values = elements(node, element, spec);
  if (values.empty()) {
    const auto one = read_as(node, element);
    if (!one || !host::is_allowed(*one, spec)) return "";
    values = {*one};
  }
  const auto text = list_text(values);
  return "; write " + (node.origin.kind == Origin::Kind::override ? typed(text) : text);
}

}  // namespace

std::string typed(const std::string& override) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=,+-[]";
  return override.find_first_not_of(kPlain) == std::string::npos ? override : "'" + override + "'";
}

std::string value_advice(const TomlNode& node, const Value& type, const ParamSpec& spec, std::string_view path) {
  if (const auto element = element_type(type)) return advice_for_list(node, *element, spec);
  const bool is_text = std::holds_alternative<std::string>(type);
  const auto value = is_text && !spec.choices.empty() ? std::nullopt : read_as(node, type);
  if (value && host::is_allowed(*value, spec)) {
    const auto text = host::to_toml(*value);
    const bool quoted = node.is<std::string>() && node.text() == text;
    return "; write " + text + (quoted ? " without quotes" : "");
  }
  const bool is_element = type.index() != spec.default_value.index();
  if (node.is<std::string>() && !is_element) {
    const auto word = lower_case(node.text());
    constexpr std::string_view kNothing[] = {"", "none", "null", "nil"};
    const bool nothing = std::ranges::find(kNothing, word) != std::end(kNothing);
    if (nothing && !is_text) return fmt::format("; write {}, the default", host::to_toml(spec.default_value));
  }
  const auto several = elements(node, type, spec);
  if (several.size() == 1 && node.is<TomlList>())
    return "; write " + host::to_toml(several.front()) + " without brackets";
  if (several.size() < 2 || is_element || path.find('.') == std::string_view::npos) return "";
  const bool on_command_line = node.origin.kind == Origin::Kind::override;
  return "; to try several values, write " +
         (on_command_line ? typed(fmt::format("sweep.grid.{}={}", path, list_text(several)))
                          : fmt::format("\"{}\" = {} below [sweep.grid]", path, list_text(several)));
}

}  // namespace hourglass::experiment
