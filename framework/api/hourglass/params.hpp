// Parameters that a plugin declares: name, type, default, allowed range, one line of documentation. From this table
// alone the host checks experiment files, prints `plugins describe`, and writes the resolved values beside every run.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace hourglass {

/// A parameter's value. The alternative that holds the default is the parameter's type.
using Value = std::variant<bool, std::int64_t, double, std::string, std::vector<std::int64_t>, std::vector<double>,
                           std::vector<std::string>>;

/// Allowed values of a number (of each element, for a list). Both ends are allowed.
struct Range {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
};

/// Allowed values of a string (of each element, for a list).
struct Choices {
  std::vector<std::string> values;
};

/// One declared parameter, as the host sees it.
struct ParamSpec {
  std::string name;                  ///< the TOML key: lower_snake_case, says the quantity
  Value default_value;               ///< also fixes the type
  Range range;                       ///< numbers and lists of numbers
  std::vector<std::string> choices;  ///< strings and lists of strings; empty: any
  std::string doc;                   ///< one sentence with the unit, shown by `plugins describe`
};

/// Ties the members of a plain struct `P` to parameters. The member initialisers of `P` are the defaults: there is no
/// second place to write them.
template <class P>
class ParamTable {
 public:
  /// Declares a number or a list of numbers.
  template <class T>
  requires(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) ParamTable& add(std::string name, T P::*member,
                                                                                Range range, std::string doc) {
    return row(std::move(name), member, range, {}, std::move(doc));
  }
  template <class T>
  requires(std::is_arithmetic_v<T>) ParamTable& add(std::string name, std::vector<T> P::*member, Range range,
                                                    std::string doc) {
    return row(std::move(name), member, range, {}, std::move(doc));
  }
  /// Declares a string out of a fixed set; an empty set allows any string.
  ParamTable& add(std::string name, std::string P::*member, Choices choices, std::string doc) {
    return row(std::move(name), member, {}, std::move(choices.values), std::move(doc));
  }
  ParamTable& add(std::string name, std::vector<std::string> P::*member, Choices choices, std::string doc) {
    return row(std::move(name), member, {}, std::move(choices.values), std::move(doc));
  }
  /// Declares a switch.
  ParamTable& add(std::string name, bool P::*member, std::string doc) {
    return row(std::move(name), member, {}, {}, std::move(doc));
  }

  const std::vector<ParamSpec>& specs() const { return specs_; }

  /// Builds a `P` from values in declaration order. Their types must be those of the defaults; the host has checked
  /// ranges and choices before.
  P bind(const std::vector<Value>& values) const {
    P params{};
    for (std::size_t i = 0; i < members_.size(); ++i) {
      std::visit([&](auto member) { assign(params, member, values.at(i)); }, members_[i]);
    }
    return params;
  }

 private:
  using Member = std::variant<bool P::*, std::int64_t P::*, double P::*, std::string P::*,
                              std::vector<std::int64_t> P::*, std::vector<double> P::*, std::vector<std::string> P::*>;

  // Out of line: once GCC 12 has inlined all alternatives, it warns of lists that a small struct has no room for.
  template <class T>
  [[gnu::noinline]] static void assign(P& params, T P::*member, const Value& value) {
    params.*member = std::get<T>(value);
  }
  template <class T>
  ParamTable& row(std::string name, T P::*member, Range range, std::vector<std::string> choices, std::string doc) {
    specs_.push_back({std::move(name), P{}.*member, range, std::move(choices), std::move(doc)});
    members_.emplace_back(member);
    return *this;
  }

  std::vector<ParamSpec> specs_;
  std::vector<Member> members_;
};

/// Returns the table that `T::declare` fills for `T::Params`; built once, then shared. Safe from several threads.
template <class T>
const ParamTable<typename T::Params>& params_of() {
  static const auto table = [] {
    ParamTable<typename T::Params> fresh;
    T::declare(fresh);
    return fresh;
  }();
  return table;
}

}  // namespace hourglass
