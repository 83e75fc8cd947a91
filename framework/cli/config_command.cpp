// `hourglass config`: prints each effective value of an experiment and its origin, or a complete experiment file.
#include <fmt/format.h>

#include "base/streams.hpp"
#include "cli/commands.hpp"
#include "cli/experiment_options.hpp"
#include "cli/options.hpp"
#include "cli/text_width.hpp"
#include "compute/kernels/parallel.hpp"
#include "subject/settings.hpp"

namespace hourglass::cli {

int config(const Arguments& arguments) {
  Usage usage;
  usage.synopsis = "hourglass config FILE [key=value ...] [--docs] [--format FORMAT]";
  usage.summary =
      "Prints each effective value of an experiment file, with includes and overrides applied, and its origin.\n"
      "With --format toml, prints a complete experiment file with all defaults filled in.";
  usage.flag("docs", "print the allowed values and meaning of each key instead of its value's origin");
  usage.text("format", "FORMAT", "table or toml", "table");
  add_experiment_options(usage);
  const auto options = parse(usage, arguments);
  if (!options) return 0;
  const auto& format = options->choice("format", {"table", "toml"});
  const auto experiment = load_experiment(*options);
  experiment::Remarks remarks;
  if (experiment->config.as<subject::TrainSettings>("train").threads == 0)
    remarks["train.threads"] = fmt::format("{} here", compute::threads());
  base::print("{}", format == "toml" ? experiment->config.to_toml()
                                     : experiment->config.explain(options->given("docs"), text_width(), remarks));
  return 0;
}

}  // namespace hourglass::cli
