// Options of subcommands: Boost.ProgramOptions with the help and the error messages of this program.
#pragma once

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/positional_options.hpp>
#include <boost/program_options/variables_map.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/text_width.hpp"

namespace hourglass::cli {

struct Usage {
  std::string synopsis;  ///< "hourglass runs list [--results DIR]"
  std::string summary;   ///< one sentence or short paragraphs; --help wraps them
  boost::program_options::options_description options{"options", static_cast<unsigned>(text_width())};
  boost::program_options::positional_options_description positional{};  ///< options that can be given by position
  boost::program_options::options_description hidden{};                 ///< options that --help does not list
  /// Returns the overrides that may be meant by `key=value`, without or with a wrong table; empty: this is not known.
  std::function<std::vector<std::string>(const std::string& text)> meant_overrides = {};
};

/// Parses `arguments`. Adds --help, and returns nothing after printing the help. Throws UserError for a wrong option,
/// with the nearest name.
std::optional<boost::program_options::variables_map> parse(Usage& usage, const Arguments& arguments);

}  // namespace hourglass::cli
