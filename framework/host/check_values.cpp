#include "host/check_values.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "host/suggest.hpp"
#include "host/value_text.hpp"

namespace hourglass::host {
namespace {

/// One element of T read from a node; nothing when the type is another.
template <class T>
std::optional<T> as(const Node& node) {
  if (node.is<T>()) return std::get<T>(node.value);
  return std::nullopt;
}
template <>
std::optional<double> as<double>(const Node& node) {
  if (node.is<std::int64_t>()) return static_cast<double>(std::get<std::int64_t>(node.value));
  if (!node.is<double>()) return std::nullopt;
  const double value = std::get<double>(node.value);
  return value == 0 ? 0.0 : value;  // -0.0 and 0.0 are one configuration
}

bool is_number(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

class Checker {
 public:
  Checker(const ParamSpec& spec, const std::string& name, const std::string& section, Problems& problems)
      : spec_(spec), name_(name), section_(section), problems_(problems) {}

  template <class T>
  std::optional<Value> operator()(const Node& node, const T&) const {
    auto value = as<T>(node);
    if (!value) {
      wrong_type(node, spec_.default_value, "");
      return std::nullopt;
    }
    if (!allowed(node, *value, "")) return std::nullopt;
    return std::optional<Value>(std::in_place, std::in_place_type<T>, std::move(*value));
  }

  template <class T>
  std::optional<Value> operator()(const Node& node, const std::vector<T>&) const {
    if (!node.is<NodeList>()) {
      wrong_type(node, spec_.default_value, as<T>(node) ? "; write [" + source(node) + "]" : "");
      return std::nullopt;
    }
    std::vector<T> values;
    bool good = true;
    for (const Node& item : node.list()) {
      auto value = as<T>(item);
      if (!value) wrong_type(item, Value(T{}), "");
      good = value && allowed(item, *value, "an element of ") && good;
      if (good) values.push_back(std::move(*value));
    }
    if (!good) return std::nullopt;
    return std::optional<Value>(std::in_place, std::in_place_type<std::vector<T>>, std::move(values));
  }

 private:
  static std::string source(const Node& node) {
    if (node.is<std::int64_t>()) return std::to_string(std::get<std::int64_t>(node.value));
    if (node.is<double>()) return to_toml(std::get<double>(node.value));
    if (node.is<bool>()) return std::get<bool>(node.value) ? "true" : "false";
    return node.is<std::string>() ? to_toml(std::string_view(node.text())) : "";
  }

  /// `wanted` has the wanted type: the whole default, or an element of a list.
  void wrong_type(const Node& node, const Value& wanted, std::string fix) const {
    const bool element = wanted.index() != spec_.default_value.index();
    if (fix.empty()) fix = easy_fix(node, wanted);
    const std::string example = element ? "" : " such as " + to_toml(spec_.default_value);
    std::string type(type_text(wanted));
    const bool vowel = type.starts_with("i");
    if (std::holds_alternative<bool>(wanted)) type = "switch, true or false";
    problems_.add(
        node.origin, section_,
        fmt::format("wrong type for {}'{}': got {}, wanted {} {}{}{}", element ? "an element of " : "", name_,
                    written(node), vowel ? "an" : "a", type, std::holds_alternative<bool>(wanted) ? "" : example, fix));
  }

  static std::string easy_fix(const Node& node, const Value& wanted) {
    const bool wants_number = std::holds_alternative<std::int64_t>(wanted) || std::holds_alternative<double>(wanted);
    if (node.is<std::string>()) {
      const std::string& text = node.text();
      const bool wants_switch = std::holds_alternative<bool>(wanted) && (text == "true" || text == "false");
      if ((wants_number && is_number(text)) || wants_switch) return "; write " + text + " without quotes";
    }
    if (node.is<double>() && std::holds_alternative<std::int64_t>(wanted)) {
      const double value = std::get<double>(node.value);
      if (value == std::floor(value) && std::abs(value) < 9e15) {
        return "; write " + std::to_string(static_cast<std::int64_t>(value));
      }
    }
    if (node.is<std::int64_t>() && std::holds_alternative<bool>(wanted)) {
      const auto value = std::get<std::int64_t>(node.value);
      if (value == 0 || value == 1) return std::string("; write ") + (value == 1 ? "true" : "false");
    }
    if (std::holds_alternative<std::string>(wanted) && !source(node).empty()) return "; write \"" + source(node) + "\"";
    if (node.is<NodeList>() && node.list().size() == 1 && !source(node.list().front()).empty()) {
      return "; write " + source(node.list().front()) + " without brackets";
    }
    return "";
  }

  template <class T>
  bool allowed(const Node& node, const T& value, const std::string& part) const {
    if (is_allowed(Value(value), spec_)) return true;
    std::string sentence;
    if constexpr (std::is_same_v<T, std::string>) {
      sentence = fmt::format("{}'{}' is not one of its choices: got {}, allowed are {}{}", part, name_,
                             to_toml(Value(value)), allowed_text(spec_), did_you_mean(value, spec_.choices));
    } else {
      const bool finite = std::isfinite(static_cast<double>(value));
      sentence =
          fmt::format("{}'{}' is {}: got {}, allowed is {}", part, name_,
                      finite ? "out of range" : "not a finite number", to_toml(Value(value)), allowed_text(spec_));
    }
    problems_.add(node.origin, section_, sentence);
    return false;
  }

  const ParamSpec& spec_;
  const std::string& name_;
  const std::string& section_;
  Problems& problems_;
};

}  // namespace

std::optional<Value> checked(const Node& node, const ParamSpec& spec, const std::string& name,
                             const std::string& section, Problems& problems) {
  const Checker checker(spec, name, section, problems);
  return std::visit([&](const auto& type) { return checker(node, type); }, spec.default_value);
}

}  // namespace hourglass::host
