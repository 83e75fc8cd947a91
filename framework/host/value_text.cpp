#include "host/value_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "hourglass/dataset.hpp"
#include "hourglass/plugin.hpp"

namespace hourglass::host {
namespace {

std::string text_of(bool value) { return value ? "true" : "false"; }
std::string text_of(std::int64_t value) { return std::to_string(value); }
std::string text_of(double value) { return to_toml(value); }
std::string text_of(const std::string& value) { return to_toml(std::string_view(value)); }
std::string text_of(const Varying& value) {
  if (value.by == Varying::By::image) {
    return fmt::format("{{ min = {}, max = {} }}", to_toml(value.from), to_toml(value.to));
  }
  return fmt::format("{{ from = {}, to = {}, begin = {}, end = {} }}", to_toml(value.from), to_toml(value.to),
                     value.begin, value.end);
}
/// Writes the values of the parameters for which `selected` is true, sorted by name, so that the order of declarations
/// does not matter.
template <class Selected>
std::string text_of(const PluginChoice& choice, const Selected& selected) {
  std::map<std::string, std::string> settings;
  for (std::size_t i = 0; i < choice.values.size(); ++i) {
    const auto& spec = choice.info->params[i];
    if (selected(spec)) settings[spec.name] = to_toml(choice.values[i]);
  }
  std::string text = "{ plugin = " + to_toml(std::string_view(choice.info->name));
  for (const auto& [name, value] : settings) text += fmt::format(", {} = {}", name, value);
  return text + " }";
}
std::string text_of(const PluginChoice& choice) {
  return text_of(choice, [](const ParamSpec&) { return true; });
}
template <class T>
std::string text_of(const std::vector<T>& values) {
  std::string text = "[";
  for (std::size_t i = 0; i < values.size(); ++i) text += (i == 0 ? "" : ", ") + text_of(values[i]);
  return text + "]";
}

bool holds_integers(const Value& value) {
  return std::holds_alternative<std::int64_t>(value) || std::holds_alternative<std::vector<std::int64_t>>(value);
}

/// Formats the bound of a range as a person would: integers, and small whole numbers, without a decimal point.
std::string bound_text(double bound, bool integers) {
  if (bound == std::floor(bound) && std::abs(bound) < (integers ? 9.2e18 : 1e7)) {
    return std::to_string(static_cast<std::int64_t>(bound));
  }
  return to_toml(bound);
}

/// Returns a number, of one that varies the largest; nothing for values of other types.
std::optional<double> number_of(const Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
  if (const auto* number = std::get_if<double>(&value)) return *number;
  if (const auto* varying = std::get_if<Varying>(&value)) return std::max(varying->from, varying->to);
  return std::nullopt;
}

std::string text_of(const Condition& condition) {
  static constexpr std::string_view kSigns[] = {"=", "is not", ">"};
  return fmt::format("{} {} {}", condition.key, kSigns[static_cast<std::size_t>(condition.is)],
                     to_toml(condition.value));
}

bool one_allowed(bool, const ParamSpec&) { return true; }
bool one_allowed(std::int64_t value, const ParamSpec& spec) {
  const auto number = static_cast<double>(value);
  return number >= spec.range.min && number <= spec.range.max;
}
bool one_allowed(double value, const ParamSpec& spec) {
  return std::isfinite(value) && value >= spec.range.min && value <= spec.range.max;
}
bool one_allowed(const std::string& value, const ParamSpec& spec) {
  return spec.choices.empty() || std::ranges::find(spec.choices, value) != spec.choices.end();
}
bool one_allowed(const Varying& value, const ParamSpec& spec) {
  return one_allowed(value.from, spec) && one_allowed(value.to, spec);
}
bool one_allowed(const PluginChoice&, const ParamSpec&) { return true; }
template <class T>
bool one_allowed(const std::vector<T>& values, const ParamSpec& spec) {
  return std::ranges::all_of(values, [&](const T& value) { return one_allowed(value, spec); });
}

}  // namespace

std::string to_toml(const Value& value) {
  return std::visit([](const auto& alternative) { return text_of(alternative); }, value);
}

std::string to_toml(const Value& value, const ParamSpec& spec) {
  const auto* choices = std::get_if<std::vector<PluginChoice>>(&value);
  return choices && !spec.is_list && choices->size() == 1 ? text_of(choices->front()) : to_toml(value);
}

std::string to_identity(const Value& value, const ParamSpec& spec) {
  const auto* choices = std::get_if<std::vector<PluginChoice>>(&value);
  if (!choices || spec.plugin_kind != Dataset::kKind) return to_toml(value, spec);
  std::string text;
  for (const auto& choice : *choices) {
    text += text_of(choice, [](const ParamSpec& one) { return concerns_of(Dataset::kKind, one) != Concerns::nothing; });
  }
  return text;
}

Concerns concerns_of(std::string_view kind, const ParamSpec& spec) {
  return spec.concerns == Concerns::inherited && spec.is_path && kind == Dataset::kKind ? Concerns::nothing
                                                                                        : spec.concerns;
}

std::string to_toml(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  std::string text = fmt::format("{}", value);
  if (const auto exponent = text.find('e'); exponent != std::string::npos) {
    const auto digits = text.find_first_not_of("+-0", exponent + 1);  // 1e-05 -> 1e-5, 1e+20 -> 1e20
    return text.substr(0, exponent + 1) + (text[exponent + 1] == '-' ? "-" : "") + text.substr(digits);
  }
  if (text.find('.') == std::string::npos) text += ".0";
  return text;
}

std::string to_toml(std::string_view value) {
  std::string text = "\"";
  for (const char c : value) {
    switch (c) {
      case '"': text += "\\\""; break;
      case '\\': text += "\\\\"; break;
      case '\n': text += "\\n"; break;
      case '\t': text += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          text += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
        } else {
          text += c;
        }
    }
  }
  return text + "\"";
}

std::string_view type_text(const Value& value) {
  static constexpr std::string_view kNames[] = {"boolean",         "integer",          "number",
                                                "string",          "list of integers", "list of numbers",
                                                "list of strings", "varying number",   "list of plugins"};
  return kNames[value.index()];
}

std::string_view type_text(const ParamSpec& spec) {
  if (!spec.plugin_kind.empty() && !spec.is_list) return "plugin";
  return spec.is_path ? "path" : type_text(spec.default_value);
}

std::string_view concerns_text(const ParamSpec& spec) {
  switch (spec.concerns) {
    case Concerns::training: return "training";
    case Concerns::evaluation: return "evaluation";
    case Concerns::nothing: return "nothing";
    default: return "";
  }
}

std::string allowed_text(const ParamSpec& spec) {
  if (spec.is_path) return "any file or folder";
  if (!spec.plugin_kind.empty()) {
    return fmt::format("{}{{ plugin = \"NAME\", ... }}, a {} plugin with its keys, or its name",
                       spec.is_list ? "any number of " : "", spec.plugin_kind);
  }
  if (std::holds_alternative<bool>(spec.default_value)) return "true or false";
  if (std::holds_alternative<std::string>(spec.default_value) ||
      std::holds_alternative<std::vector<std::string>>(spec.default_value)) {
    std::string text;
    for (const auto& choice : spec.choices) text += (text.empty() ? "" : ", ") + to_toml(std::string_view(choice));
    return text.empty() ? "any string" : text;
  }
  const bool integers = holds_integers(spec.default_value);
  const bool low = std::isfinite(spec.range.min), high = std::isfinite(spec.range.max);
  if (low && high) return bound_text(spec.range.min, integers) + " to " + bound_text(spec.range.max, integers);
  if (low) return "at least " + bound_text(spec.range.min, integers);
  if (high) return "at most " + bound_text(spec.range.max, integers);
  return integers ? "any integer" : "any finite number";
}

std::string acts_if_text(const ParamSpec& spec) {
  std::string text;
  for (const auto& all : spec.acts_if) {
    std::string one;
    for (const auto& condition : all) one += (one.empty() ? "" : " and ") + text_of(condition);
    text += (text.empty() ? "" : ", or ") + one;
  }
  return text;
}

std::string facts_text(const ParamSpec& spec) {
  const auto concerns = concerns_text(spec);
  const auto effect = spec.concerns == Concerns::nothing ? "; affects no result"
                      : concerns.empty()                 ? ""
                                                         : fmt::format("; concerns {}", concerns);
  const auto condition = acts_if_text(spec);
  const bool none = !spec.plugin_kind.empty() && !spec.is_list;
  return fmt::format("{}, default {}; allowed: {}{}{}{}", type_text(spec), none ? "none" : to_toml(spec.default_value),
                     allowed_text(spec), spec.is_severity ? std::string("; may vary: ") + kVaryingForms : "", effect,
                     condition.empty() ? "" : "; acts only if " + condition);
}

bool holds(const Condition& condition, const Value& value) {
  const auto actual = number_of(value), wanted = number_of(condition.value);
  const bool equal = actual && wanted ? *actual == *wanted : value == condition.value;
  switch (condition.is) {
    case Condition::Is::equal: return equal;
    case Condition::Is::not_equal: return !equal;
    default: return actual && wanted && *actual > *wanted;
  }
}

std::string shortened(std::string_view text, std::size_t longest) {
  if (text.size() <= longest) return std::string(text);
  std::size_t end = longest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // keeps characters whole
  return std::string(text.substr(0, end)) + "...";
}

bool is_allowed(const Value& value, const ParamSpec& spec) {
  return std::visit([&](const auto& alternative) { return one_allowed(alternative, spec); }, value);
}

std::string listed(std::span<const std::string> names) { return fmt::format("{}", fmt::join(names, ", ")); }

}  // namespace hourglass::host
