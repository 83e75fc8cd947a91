// `hourglass table`: compares runs in a table, with spreads over seeds and baselines.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/streams.hpp"
#include "cli/commands.hpp"
#include "cli/experiment_options.hpp"
#include "cli/results_view.hpp"
#include "results/summary.hpp"

namespace hourglass::cli {
namespace {

// "mse,psnr" -> {"mse", "psnr"}
std::vector<std::string> words(const std::vector<std::string>& texts) {
  std::vector<std::string> list;
  for (const auto& text : texts) {
    for (std::size_t begin = 0; begin <= text.size();) {
      const auto end = std::min(text.find(',', begin), text.size());
      if (end > begin) list.push_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return list;
}

/// Says how many cells are of earlier runs of their experiments, and how to leave them out.
void note_earlier_cells(const std::vector<results::RunRecord>& runs) {
  const auto earlier = std::ranges::count(runs, true, &results::RunRecord::earlier);
  if (earlier == 0) return;
  base::say(
      "note: {} of {} cells {} not in the latest run of {}; --latest leaves them out, and `hourglass run FILE "
      "--forget` removes them from the list\n",
      earlier, runs.size(), earlier == 1 ? "is" : "are", earlier == 1 ? "its experiment" : "their experiments");
}

}  // namespace

int table(const Arguments& arguments) {
  Usage usage;
  usage.synopsis = "hourglass table [EXPERIMENT|FOLDER|FILE.toml ...] [options]";
  usage.summary =
      "Compares runs: one row for each configuration, with mean and sample standard deviation over its seeds, "
      "the keys in which\n"
      "configurations differ, and the baselines. Unfinished runs have separate rows. Runs whose plugins have changed "
      "since are stale. The formats table and md have "
      "one table\n"
      "for each task, csv and json a single table.";
  usage.texts("experiment", "NAME", "runs of this experiment, the same as EXPERIMENT; may be repeated");
  usage.texts("metrics", "NAME[,NAME...]",
              "only these metrics, in this order: mse, denoising.mse, or linear_probe.accuracy.train");
  usage.texts("tasks", "NAME[,NAME...]", "only metrics of these tasks");
  usage.text("sort", "COLUMN", "sort rows by a key or a metric, best first");
  usage.flag("latest", "only cells that the latest `hourglass run` of their experiment has");
  usage.flag("group", "one row for all seeds of a configuration (the default)");
  usage.flag("runs", "one row for each run");
  add_results_option(usage);
  add_plugin_path_option(usage);
  add_format_option(usage);
  usage.arguments("name");
  const auto values = parse(usage, arguments);
  if (!values) return 0;
  if (values->given("group") && values->given("runs")) {
    throw base::UserError(
        "--group and --runs exclude each other; give --group for one row per configuration, or --runs for one row per "
        "run");
  }

  const auto format = table_format(*values);
  const auto folder = results_folder(*values);
  auto names = values->texts("name");
  for (const auto& name : values->texts("experiment")) names.push_back(name);
  auto selected = select_runs(folder, names);
  auto& runs = selected.runs;
  if (values->given("latest")) std::erase_if(runs, [](const results::RunRecord& run) { return run.earlier; });
  mark_stale(runs, *values);
  results::SummaryOptions options{!values->given("runs"), words(values->texts("metrics")),
                                  words(values->texts("tasks")), values->text("sort")};
  // Without runs every name in the options is unknown; the message that there are no runs is more helpful.
  if (runs.empty()) options = {};
  base::print("{}", results::render_summary(runs, options, format));
  note_earlier_cells(runs);
  if (runs.empty()) suggest_run(*values, names);
  return closing(selected);
}

}  // namespace hourglass::cli
