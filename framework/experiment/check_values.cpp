#include "experiment/check_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>
#include <stdexcept>
#include <type_traits>

#include "base/files.hpp"
#include "base/suggest.hpp"
#include "experiment/value_advice.hpp"
#include "host/data_access.hpp"
#include "host/value_text.hpp"

namespace hourglass::experiment {
namespace {

/// Reads a node as a T; returns nothing if it has another type.
template <class T>
std::optional<T> as(const TomlNode& node) {
  if (node.is<T>()) return std::get<T>(node.value);
  return std::nullopt;
}
template <>
std::optional<double> as<double>(const TomlNode& node) {
  if (node.is<std::int64_t>()) return static_cast<double>(std::get<std::int64_t>(node.value));
  if (!node.is<double>()) return std::nullopt;
  const double value = std::get<double>(node.value);
  return value == 0 ? 0.0 : value;  // -0.0 and 0.0 are one configuration
}

/// Returns whether a text is an integer that does not fit into 64 bits.
bool is_beyond_64_bits(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc::result_out_of_range && end == text.data() + text.size();
}

/// Makes a path absolute; an empty one stays empty. A relative path that leads nowhere from the file that contains it
/// is taken from the data directory if it exists there.
std::string resolved_path(const std::string& path, const Origin& origin) {
  namespace fs = std::filesystem;
  if (path.empty()) return "";
  const bool typed = origin.kind == Origin::Kind::override;
  const auto folder = typed ? fs::path() : fs::path(origin.file).parent_path();
  auto nearest = base::without_dots(fs::absolute(folder / path));
  std::error_code ignored;
  if (fs::path(path).is_absolute() || fs::exists(nearest, ignored)) return nearest.string();
  auto shared = base::without_dots(host::HostData::data_directory() / path);
  return (fs::exists(shared, ignored) ? shared : nearest).string();
}

class Checker {
 public:
  Checker(const ParamSpec& spec, const KeyName& key, Problems& problems)
      : spec_(spec), name_(key.name), section_(key.section), path_(key.path), problems_(problems) {}

  template <class T>
  std::optional<Value> operator()(const TomlNode& node, const T&) const {
    auto value = as<T>(node);
    if constexpr (std::is_same_v<T, std::string>) {
      if (!value) value = typed_text(node);
    }
    if (!value) {
      wrong_type(node, spec_.default_value);
      return std::nullopt;
    }
    if (!allowed(node, *value, false)) return std::nullopt;
    if constexpr (std::is_same_v<T, std::string>) {
      if (spec_.is_path) value = resolved_path(*value, node.origin);
    }
    return std::optional<Value>(std::in_place, std::in_place_type<T>, std::move(*value));
  }

  template <class T>
  std::optional<Value> operator()(const TomlNode& node, const std::vector<T>&) const {
    if (!node.is<TomlList>()) {
      wrong_type(node, spec_.default_value);
      return std::nullopt;
    }
    std::vector<T> values;
    bool good = true;
    for (const TomlNode& item : node.list()) {
      auto value = as<T>(item);
      if (!value) wrong_type(item, Value(T{}));
      good = value && allowed(item, *value, true) && good;
      if (good) values.push_back(std::move(*value));
    }
    if (!good) return std::nullopt;
    return std::optional<Value>(std::in_place, std::in_place_type<std::vector<T>>, std::move(values));
  }

 private:
  /// Returns an override's text for keys that expect a string: the shell removes quotes, so `label=3` may mean "3".
  static std::optional<std::string> typed_text(const TomlNode& node) {
    if (node.origin.kind != Origin::Kind::override || node.is<TomlList>() || node.is<TomlTable>()) return std::nullopt;
    return node.origin.file.substr(node.origin.file.find('=') + 1);
  }

  /// Describes what the key expects: `a number such as 0.1`, `one of "mse", "bce"`. `type` is the default or an element
  /// of it.
  std::string expected(const Value& type) const {
    if (std::holds_alternative<bool>(type)) return "true or false";
    if (spec_.is_path) return "the path of a file or folder";
    if (std::holds_alternative<std::string>(type) && !spec_.choices.empty())
      return "one of " + host::allowed_text(spec_);
    const std::string name(host::type_text(type));
    const std::string example = host::to_toml(spec_.default_value);
    const bool shown = type.index() == spec_.default_value.index() && example != "\"\"" && example != "[]";
    return (name.starts_with("i") ? "an " : "a ") + name + (shown ? " such as " + example : "");
  }

  void wrong_type(const TomlNode& node, const Value& type) const {
    if (std::holds_alternative<std::int64_t>(type) && node.is<std::string>() && is_beyond_64_bits(node.text())) {
      return beyond_64_bits(node);
    }
    problems_.add(node.origin, section_,
                  fmt::format("'{}' expects {}{}, but got {}{}", name_,
                              type.index() == spec_.default_value.index() ? "" : "each element to be ", expected(type),
                              written(node), value_advice(node, type, spec_, path_)));
  }

  void beyond_64_bits(const TomlNode& node) const {
    const bool bounded = std::isfinite(spec_.range.min) && std::isfinite(spec_.range.max);
    using Limits = std::numeric_limits<std::int64_t>;
    problems_.add(node.origin, section_,
                  fmt::format("'{}' is out of range: expected {}, but got {}", name_,
                              bounded ? host::allowed_text(spec_)
                                      : fmt::format("an integer from {} to {}", Limits::min(), Limits::max()),
                              host::shortened(node.text())));
  }

  /// Returns the nearest choice, or how several choices are swept.
  std::string advice_of_choice(const TomlNode& node, const std::string& value) const {
    const auto several = value_advice(node, spec_.default_value, spec_, path_);
    return several.empty() ? base::did_you_mean(value, spec_.choices) : several;
  }

  template <class T>
  bool allowed(const TomlNode& node, const T& value, bool is_element) const {
    if (host::is_allowed(Value(value), spec_)) return true;
    std::string sentence;
    if constexpr (std::is_same_v<T, std::string>) {
      sentence = fmt::format("'{}' expects {}one of {}, but got {}{}", name_, is_element ? "each element to be " : "",
                             host::allowed_text(spec_), host::shortened(host::to_toml(Value(value))),
                             advice_of_choice(node, value));
    } else {
      const bool finite = std::isfinite(static_cast<double>(value));
      sentence = fmt::format("{}'{}' is {}: expected {}, but got {}", is_element ? "an element of " : "", name_,
                             finite ? "out of range" : "not a finite number", host::allowed_text(spec_), source(node));
    }
    problems_.add(node.origin, section_, sentence);
    return false;
  }

  const ParamSpec& spec_;
  const std::string& name_;
  const std::string& section_;
  const std::string& path_;
  Problems& problems_;
};

}  // namespace

std::optional<Value> checked(const TomlNode& node, const ParamSpec& spec, const KeyName& key, Problems& problems) {
  const Checker checker(spec, key, problems);
  return std::visit(
      [&]<class T>(const T& type) -> std::optional<Value> {
        if constexpr (std::is_same_v<T, Varying> || std::is_same_v<T, std::vector<PluginChoice>>) {
          throw std::logic_error("no plain value: '" + key.name + "' is checked by checked_setting()");
        } else {
          return checker(node, type);
        }
      },
      spec.default_value);
}

}  // namespace hourglass::experiment
