#include "cli/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options/errors.hpp>
#include <boost/program_options/parsers.hpp>
#include <cstdint>
#include <sstream>

#include "base/error.hpp"
#include "base/suggest.hpp"
#include "base/wrap.hpp"

namespace hourglass::cli {
namespace {

namespace po = boost::program_options;

/// Returns the words of a synopsis that precede the arguments: `hourglass runs list`.
std::string command_of(const Usage& usage) {
  std::istringstream words(usage.synopsis);
  std::string command, word;
  while (words >> word && word.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos) {
    command += (command.empty() ? "" : " ") + word;
  }
  return command;
}

std::vector<std::string> option_names(const Usage& usage) {
  std::vector<std::string> names;
  for (const auto& option : usage.options.options()) names.push_back("--" + option->long_name());
  return names;
}

/// Returns the value of an option as given on the command line: `--epochs=x` or `--epochs x`.
std::string given_value(const Arguments& arguments, const std::string& option) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].starts_with(option + "=")) return arguments[i].substr(option.size() + 1);
    if (arguments[i] == option && i + 1 < arguments.size()) return arguments[i + 1];
  }
  return "";
}

std::string expected_value(const Usage& usage, const std::string& option) {
  const auto* description = usage.options.find_nothrow(option.substr(option.find_first_not_of('-')), false);
  const auto* typed = description ? dynamic_cast<const po::typed_value_base*>(description->semantic().get()) : nullptr;
  if (!typed) return "another value";
  const auto& type = typed->value_type();
  if (type == typeid(double) || type == typeid(float)) return "a number";
  return type == typeid(std::string) ? "a string" : "an integer";
}

/// Returns how an unknown option of a command that takes overrides may be written as one, if it was meant as a key of
/// the experiment: `--epochs 3` as `train.epochs=3`. Empty if the command takes no overrides.
std::vector<std::string> as_overrides(const Usage& usage, const Arguments& arguments, const std::string& option) {
  if (!usage.hidden.find_nothrow("override", false) || !option.starts_with("--")) return {};
  const std::string value = given_value(arguments, option);
  const std::string text = option.substr(2) + "=" + (value.empty() ? "VALUE" : value);
  auto meant = usage.meant_overrides ? usage.meant_overrides(text) : std::vector<std::string>{};
  if (meant.empty()) meant.push_back(text);
  return meant;
}

/// Returns the fix for an unknown option: an override of exactly this name, the nearest option, or another override.
std::string fix_of(const Usage& usage, const Arguments& arguments, const std::string& option, const std::string& help) {
  const auto overrides = as_overrides(usage, arguments, option);
  const auto exact = [&](const std::string& text) {
    return text.substr(0, text.find('=')).ends_with("." + option.substr(2));
  };
  const std::string guess = base::did_you_mean(option, option_names(usage));
  if (!guess.empty() && std::ranges::none_of(overrides, exact)) return guess;
  if (overrides.empty()) return help;
  return fmt::format("; a key of the experiment is written without dashes, as {}{}", fmt::join(overrides, " or "),
                     help);
}

[[noreturn]] void refuse(const Usage& usage, const Arguments& arguments) {
  const std::string help = fmt::format("; `{} --help` lists the options", command_of(usage));
  try {
    throw;
  } catch (const po::unknown_option& error) {
    const auto given = error.get_option_name();
    const auto option = given.substr(0, given.find('='));
    throw base::UserError(fmt::format("unknown option '{}'{}", option, fix_of(usage, arguments, option, help)));
  } catch (const po::multiple_occurrences& error) {
    throw base::UserError(fmt::format("option '{}' was given more than once", error.get_option_name()));
  } catch (const po::validation_error& error) {
    const std::string option = error.get_option_name();
    throw base::UserError(fmt::format("option '{}' expects {}, but got '{}'", option, expected_value(usage, option),
                                      given_value(arguments, option)));
  } catch (const po::too_many_positional_options_error&) {
    throw base::UserError(
        fmt::format("too many arguments: expected {}, but got {}", usage.synopsis, fmt::join(arguments, " ")));
  } catch (const po::invalid_command_line_syntax& error) {
    const bool missing = error.kind() == po::invalid_syntax::missing_parameter ||
                         error.kind() == po::invalid_syntax::empty_adjacent_parameter;
    throw base::UserError(
        fmt::format("option '{}' {}{}", error.get_option_name(), missing ? "needs a value" : "takes no value", help));
  } catch (const po::error& error) {
    throw base::UserError(std::string(error.what()) + help);
  }
}

bool is_empty(const boost::any& value) {
  if (const auto* text = boost::any_cast<std::string>(&value)) return text->empty();
  const auto* list = boost::any_cast<std::vector<std::string>>(&value);
  return list && std::ranges::any_of(*list, &std::string::empty);
}

/// Refuses empty texts, as variables of the shell that are not set give them: an empty path would be the working
/// directory.
void refuse_empty(const Usage& usage, const po::variables_map& values) {
  for (const auto* group : {&usage.options, &usage.hidden}) {
    for (const auto& option : group->options()) {
      const auto found = values.find(option->long_name());
      const bool takes_value = option->semantic()->max_tokens() > 0;
      if (!takes_value || found == values.end() || !is_empty(found->second.value())) continue;
      if (group == &usage.hidden) {
        throw base::UserError(
            fmt::format("an argument is empty: expected {}; fill it in or remove it", usage.synopsis));
      }
      throw base::UserError(
          fmt::format("option '--{}' needs a value, but got an empty one; `{} --help` lists the options",
                      option->long_name(), command_of(usage)));
    }
  }
}

}  // namespace

std::optional<po::variables_map> parse(Usage& usage, const Arguments& arguments) {
  usage.options.add_options()("help,h", "show this help");
  po::options_description all;
  all.add(usage.options).add(usage.hidden);
  po::variables_map values;
  try {
    // No abbreviations: a prefix that is unique today would break scripts when an option is added.
    const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    po::store(po::command_line_parser(arguments).options(all).positional(usage.positional).style(style).run(), values);
    po::notify(values);
  } catch (const po::error&) {
    // --help works even if other arguments are wrong.
    const bool asks = std::ranges::any_of(arguments, [](const auto& word) { return word == "--help" || word == "-h"; });
    if (!asks) refuse(usage, arguments);
    values.insert({"help", po::variable_value()});
  }
  if (values.contains("help")) {
    std::ostringstream options;
    options << usage.options;
    fmt::print("{}\n\n{}\n\n{}", base::wrapped("usage: " + usage.synopsis, text_width()),
               base::wrapped(usage.summary, text_width()), options.str());
    return std::nullopt;
  }
  refuse_empty(usage, values);
  return values;
}

}  // namespace hourglass::cli
