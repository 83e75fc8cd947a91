#include "cli/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options/errors.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/positional_options.hpp>
#include <boost/program_options/variables_map.hpp>
#include <sstream>
#include <type_traits>

#include "base/error.hpp"
#include "base/streams.hpp"
#include "base/suggest.hpp"
#include "base/wrap.hpp"
#include "cli/text_width.hpp"

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
  for (const auto& option : usage.options) {
    if (!option.hidden) names.push_back("--" + option.name);
  }
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

/// Returns how an unknown option of a command that takes overrides may be written as one, if it was meant as a key of
/// the experiment: `--epochs 3` as `train.epochs=3`. Empty if the command takes no overrides.
std::vector<std::string> as_overrides(const Usage& usage, const Arguments& arguments, const std::string& option) {
  if (!usage.meant_overrides || !option.starts_with("--")) return {};
  const std::string value = given_value(arguments, option);
  const std::string text = option.substr(2) + "=" + (value.empty() ? "VALUE" : value);
  auto meant = usage.meant_overrides(text);
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
    throw base::UserError(
        fmt::format("option '{}' expects an integer, but got '{}'", option, given_value(arguments, option)));
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

/// Returns how --help names the value of an option, with its default: `DIR (=results)`.
std::string label_of(const Option& option) {
  const auto* text = std::get_if<std::string>(&option.fallback);
  const auto* integer = std::get_if<std::int64_t>(&option.fallback);
  if (integer) return fmt::format("{} (={})", option.value_name, *integer);
  return text && !text->empty() ? fmt::format("{} (={})", option.value_name, *text) : option.value_name;
}

/// Returns how Boost reads the value of an option; options_description takes ownership.
const po::value_semantic* semantic_of(const Option& option) {
  const auto of_type = [&]<class T>(const T&) -> const po::value_semantic* {
    if constexpr (std::is_same_v<T, std::monostate>) {
      return new po::untyped_value(true);
    } else {
      auto* value = po::value<T>()->value_name(label_of(option));
      return option.multitoken ? value->multitoken() : value;
    }
  };
  return std::visit(of_type, option.fallback);
}

void describe(const Option& option, po::options_description& description) {
  const auto names = option.letter ? fmt::format("{},{}", option.name, option.letter) : option.name;
  description.add_options()(names.c_str(), semantic_of(option), option.help.c_str());
}

/// Returns the value that was given for an option.
OptionValue read(const Option& option, const po::variable_value& value) {
  const auto of_type = [&]<class T>(const T&) -> OptionValue {
    if constexpr (std::is_same_v<T, std::monostate>) {
      return {};
    } else {
      return value.as<T>();
    }
  };
  return std::visit(of_type, option.fallback);
}

/// Returns the options that were given; only --help if the user asks for it and other arguments are wrong.
std::map<std::string, OptionValue> given_options(const Usage& usage, const Arguments& arguments) {
  po::options_description description;
  po::positional_options_description positional;
  for (const auto& option : usage.options) {
    describe(option, description);
    if (option.positional) positional.add(option.name.c_str(), std::get_if<std::string>(&option.fallback) ? 1 : -1);
  }
  po::variables_map values;
  try {
    // No abbreviations: a prefix that is unique today would break scripts when an option is added.
    const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    po::command_line_parser parser(arguments);
    po::store(parser.options(description).positional(positional).style(style).run(), values);
  } catch (const po::error&) {
    const bool asks = std::ranges::any_of(arguments, [](const auto& word) { return word == "--help" || word == "-h"; });
    if (!asks) refuse(usage, arguments);
    return {{"help", {}}};
  }
  std::map<std::string, OptionValue> given;
  for (const auto& option : usage.options) {
    if (values.contains(option.name)) given.emplace(option.name, read(option, values[option.name]));
  }
  return given;
}

void print_help(const Usage& usage) {
  po::options_description listed("options", static_cast<unsigned>(text_width()));
  for (const auto& option : usage.options) {
    if (!option.hidden) describe(option, listed);
  }
  std::ostringstream options;
  options << listed;
  base::print("{}\n\n{}\n\n{}", base::wrapped("usage: " + usage.synopsis, text_width()),
              base::wrapped(usage.summary, text_width()), options.str());
}

bool is_empty(const OptionValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return text->empty();
  const auto* list = std::get_if<std::vector<std::string>>(&value);
  return list && std::ranges::any_of(*list, &std::string::empty);
}

/// Refuses empty texts, as variables of the shell that are not set give them: an empty path would be the working
/// directory.
void refuse_empty(const Usage& usage, const std::map<std::string, OptionValue>& given) {
  for (const auto& option : usage.options) {
    const auto found = given.find(option.name);
    if (found == given.end() || !is_empty(found->second)) continue;
    if (option.hidden) {
      throw base::UserError(fmt::format("an argument is empty: expected {}; fill it in or remove it", usage.synopsis));
    }
    throw base::UserError(
        fmt::format("option '--{}' needs a value, but got an empty one; `{} --help` lists the options", option.name,
                    command_of(usage)));
  }
}

Option& by_position(Option& option) {
  option.hidden = option.positional = true;
  return option;
}

}  // namespace

Option& Usage::flag(std::string name, std::string help) {
  return options.emplace_back(Option{std::move(name), "", std::move(help), std::monostate()});
}

Option& Usage::text(std::string name, std::string value_name, std::string help, std::string fallback) {
  return options.emplace_back(
      Option{std::move(name), std::move(value_name), std::move(help), OptionValue(std::move(fallback))});
}

Option& Usage::integer(std::string name, std::string value_name, std::string help, std::int64_t fallback) {
  return options.emplace_back(Option{std::move(name), std::move(value_name), std::move(help), fallback});
}

Option& Usage::texts(std::string name, std::string value_name, std::string help) {
  return options.emplace_back(
      Option{std::move(name), std::move(value_name), std::move(help), std::vector<std::string>()});
}

Option& Usage::argument(std::string name) { return by_position(text(std::move(name), "", "")); }

Option& Usage::arguments(std::string name) { return by_position(texts(std::move(name), "", "")); }

Options::Options(const std::vector<Option>& options, std::map<std::string, OptionValue> given)
    : given_(std::move(given)) {
  for (const auto& option : options) fallbacks_.emplace(option.name, option.fallback);
}

const std::string& Options::choice(const std::string& name, const std::vector<std::string>& allowed) const {
  const auto& word = text(name);
  if (std::ranges::find(allowed, word) != allowed.end()) return word;
  throw base::UserError(fmt::format("option '--{}' expects one of {}, but got '{}'{}", name, fmt::join(allowed, ", "),
                                    word, base::did_you_mean(word, allowed)));
}

std::int64_t Options::integer(const std::string& name, std::int64_t least, std::int64_t most) const {
  const auto value = get<std::int64_t>(name);
  if (least <= value && value <= most) return value;
  throw base::UserError(fmt::format("option '--{}' expects {} to {}, but got {}", name, least, most, value));
}

std::optional<Options> parse(Usage usage, const Arguments& arguments) {
  usage.flag("help", "show this help").letter = 'h';
  auto given = given_options(usage, arguments);
  if (given.contains("help")) {
    print_help(usage);
    return std::nullopt;
  }
  refuse_empty(usage, given);
  return Options(usage.options, std::move(given));
}

}  // namespace hourglass::cli
