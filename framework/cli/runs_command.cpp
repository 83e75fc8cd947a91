// `hourglass runs`: lists runs, or shows one of them.
#include <fmt/format.h>

#include <cstdio>

#include "base/error.hpp"
#include "base/streams.hpp"
#include "base/suggest.hpp"
#include "cli/commands.hpp"
#include "cli/experiment_options.hpp"
#include "cli/results_view.hpp"
#include "results/listing.hpp"
#include "results/render.hpp"
#include "results/selection.hpp"

namespace hourglass::cli {
namespace {

constexpr const char* kList =
    "hourglass runs list [--experiment NAME] [--results DIR] [--plugin-path DIR] [--format FORMAT]";
constexpr const char* kShow = "hourglass runs show RUN [--epochs N] [--results DIR] [--plugin-path DIR]";

int list(const Arguments& arguments) {
  Usage usage;
  usage.synopsis = kList;
  usage.summary =
      "Lists the cells of experiments with their runs, states, finished epochs, and the first metric of their tasks.\n"
      "A finished run is stale if the library of one of its plugins has changed since it was computed.";
  usage.texts("experiment", "NAME", "only runs of this experiment; may be repeated");
  add_results_option(usage);
  add_plugin_path_option(usage);
  add_format_option(usage);
  const auto values = parse(usage, arguments);
  if (!values) return 0;

  const auto format = table_format(*values);
  const auto folder = results_folder(*values);
  const auto& names = values->texts("experiment");
  auto selected = select_runs(folder, names);
  auto& runs = selected.runs;
  mark_stale(runs, *values);
  if (!runs.empty() || format != results::Format::table) {
    base::print("{}", results::render(results::list_runs(runs), format));
  }
  if (runs.empty()) suggest_run(*values, names);
  return closing(selected);
}

int show(const Arguments& arguments) {
  constexpr std::int64_t kMostEpochs = 1'000'000'000;
  Usage usage;
  usage.synopsis = kShow;
  usage.summary =
      "Shows one run: question, state, configuration, last epochs, metrics with their baselines, and files.\n"
      "RUN is a run folder, a link to it in the folder of an experiment, a run id, or the beginning of a run id.";
  usage.integer("epochs", "N", "how many of the last epochs to show", 5);
  add_results_option(usage);
  add_plugin_path_option(usage);
  usage.argument("run");
  const auto values = parse(usage, arguments);
  if (!values) return 0;
  const auto epochs = static_cast<std::size_t>(values->integer("epochs", 0, kMostEpochs));
  if (!values->given("run")) {
    throw base::UserError(
        "no run was given; give its folder, its id or the beginning of its id, as printed by `hourglass runs list`");
  }
  std::vector<std::string> problems;
  std::vector runs = {results::find_run(results_folder(*values), values->text("run"), problems)};
  std::vector<std::string> damaged;
  auto listings = results::listings_of(runs.front().folder, damaged);
  if (!damaged.empty()) listings.clear();  // what other experiments list is unknown
  problems.insert(problems.end(), damaged.begin(), damaged.end());
  warn(problems);
  mark_stale(runs, *values);
  base::print("{}", results::describe_run(runs.front(), epochs, listings));
  return 0;
}

}  // namespace

int runs(const Arguments& arguments) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h") {
    base::print("usage: {}\n       {}\n\nLists runs, or shows one of them.\n", kList, kShow);
    return arguments.empty() ? 2 : 0;
  }
  const Arguments rest(arguments.begin() + 1, arguments.end());
  if (arguments[0] == "list") return list(rest);
  if (arguments[0] == "show") return show(rest);
  const std::vector<std::string> actions = {"list", "show"};
  throw base::UserError(fmt::format("unknown command 'runs {}': expected one of {}{}", arguments[0],
                                    fmt::join(actions, ", "), base::did_you_mean(arguments[0], actions)));
}

}  // namespace hourglass::cli
