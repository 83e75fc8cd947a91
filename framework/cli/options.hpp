// Options of subcommands: a command declares them, and gets the values that the user gave.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cli/commands.hpp"

namespace hourglass::cli {

/// The value of an option: nothing for a flag, one text, an integer, or all texts of an option that may be repeated.
using OptionValue = std::variant<std::monostate, std::string, std::int64_t, std::vector<std::string>>;

struct Option {
  std::string name;        ///< without dashes
  std::string value_name;  ///< "DIR"
  std::string help;
  OptionValue fallback;     ///< the value of an option that is not given; its type is the type of the option
  char letter = 0;          ///< of the short form, such as the v of -v; 0: none
  bool multitoken = false;  ///< takes all values that follow it, up to the next option
  bool hidden = false;      ///< --help does not list it
  bool positional = false;  ///< given by its position; takes one word if it is a text, or all others
};

/// What a command accepts. Each function declares an option, in the order of --help, and returns its record, which is
/// valid until the next one is declared: `usage.flag("verbose", "print more").letter = 'v';`
struct Usage {
  Option& flag(std::string name, std::string help);
  Option& text(std::string name, std::string value_name, std::string help, std::string fallback = "");
  Option& integer(std::string name, std::string value_name, std::string help, std::int64_t fallback);
  Option& texts(std::string name, std::string value_name, std::string help);
  Option& argument(std::string name);   ///< a text that is given by its position
  Option& arguments(std::string name);  ///< texts that are given by their positions, after all others

  std::string synopsis;  ///< "hourglass runs list [--results DIR]"
  std::string summary;   ///< one sentence or short paragraphs; --help wraps them
  std::vector<Option> options{};
  /// Returns the overrides that may be meant by `key=value`, without or with a wrong table; empty: this is not known.
  /// Null if the command takes no overrides.
  std::function<std::vector<std::string>(const std::string& text)> meant_overrides{};
};

/// The values of the options of one call. Only declared names may be asked for, by the function of their type.
class Options {
 public:
  Options(const std::vector<Option>& options, std::map<std::string, OptionValue> given);

  bool given(const std::string& name) const { return given_.contains(name); }
  const std::string& text(const std::string& name) const { return get<std::string>(name); }  ///< "": not given
  /// Returns an integer. Throws UserError unless it is in [least, most].
  std::int64_t integer(const std::string& name, std::int64_t least, std::int64_t most) const;
  const std::vector<std::string>& texts(const std::string& name) const { return get<std::vector<std::string>>(name); }
  /// Returns a text. Throws UserError, with the nearest word, unless it is one of `allowed`.
  const std::string& choice(const std::string& name, const std::vector<std::string>& allowed) const;

 private:
  template <class T>
  const T& get(const std::string& name) const {
    const auto found = given_.find(name);
    return std::get<T>(found != given_.end() ? found->second : fallbacks_.at(name));
  }

  std::map<std::string, OptionValue> given_, fallbacks_;
};

/// Parses `arguments`. Adds --help, and returns nothing after printing the help. Throws UserError for a wrong option,
/// with the nearest name.
std::optional<Options> parse(Usage usage, const Arguments& arguments);

}  // namespace hourglass::cli
