// Options of sub-commands: Boost.ProgramOptions with help and errors in this program's manner.
#pragma once

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/positional_options.hpp>
#include <boost/program_options/variables_map.hpp>
#include <optional>
#include <string>

#include "cli/commands.hpp"

namespace hourglass::cli {

struct Usage {
  std::string synopsis;  ///< "hourglass runs list [--results DIR]"
  std::string summary;   ///< one sentence or a short paragraph
  boost::program_options::options_description options{"options"};
  boost::program_options::positional_options_description positional{};  ///< options that may stand without their name
  boost::program_options::options_description hidden{};                 ///< positional ones, not listed
};

/// Parses `arguments`; adds --help and returns nothing after printing it. A bad option is a base::UserError with the
/// nearest name.
std::optional<boost::program_options::variables_map> parse(Usage& usage, const Arguments& arguments);

}  // namespace hourglass::cli
