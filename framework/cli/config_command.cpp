// `hourglass config`: prints each effective value of an experiment and its origin, or a complete experiment file.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/suggest.hpp"
#include "cli/commands.hpp"
#include "cli/experiment_options.hpp"
#include "cli/options.hpp"

namespace hourglass::cli {

namespace po = boost::program_options;

int config(const Arguments& arguments) {
  Usage usage;
  usage.synopsis = "hourglass config FILE [key=value ...] [--docs] [--format FORMAT]";
  usage.summary =
      "Prints each effective value of an experiment file, with includes and overrides applied, and its origin.\n"
      "With --format toml, prints a complete experiment file with all defaults filled in.";
  usage.options.add_options()("docs", "print the allowed values and meaning of each key instead of its value's origin");
  usage.options.add_options()("format", po::value<std::string>()->default_value("table")->value_name("FORMAT"),
                              "table or toml");
  add_experiment_options(usage);
  const auto options = parse(usage, arguments);
  if (!options) return 0;
  const std::vector<std::string> formats = {"table", "toml"};
  const auto format = (*options)["format"].as<std::string>();
  if (std::ranges::find(formats, format) == formats.end()) {
    throw base::UserError(fmt::format("option '--format' expects one of table, toml, but got '{}'{}", format,
                                      base::did_you_mean(format, formats)));
  }
  const auto experiment = load_experiment(*options);
  fmt::print("{}", format == "toml" ? experiment->config.to_toml()
                                    : experiment->config.explain(options->contains("docs"), text_width()));
  return 0;
}

}  // namespace hourglass::cli
