// `hourglass run`: runs every cell of an experiment file and prints the table of results.
#include <fmt/format.h>

#include <set>

#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "base/streams.hpp"
#include "cli/commands.hpp"
#include "cli/experiment_options.hpp"
#include "cli/progress.hpp"
#include "cli/results_view.hpp"
#include "results/selection.hpp"
#include "results/summary.hpp"
#include "run/added_tasks.hpp"
#include "sweep/attach_tasks.hpp"
#include "sweep/cells.hpp"
#include "sweep/check_cells.hpp"
#include "sweep/run_cells.hpp"

namespace hourglass::cli {
namespace {

run::Existing existing_of(const Options& options) {
  const bool stale = options.given("stale"), fresh = options.given("fresh");
  if (stale && fresh) {
    throw base::UserError(
        "--stale and --fresh exclude each other; give --stale to recompute the results of changed plugins, or --fresh "
        "to recompute everything");
  }
  return fresh ? run::Existing::fresh : stale ? run::Existing::stale : run::Existing::resume;
}

/// Reads the records of the listed cells of an experiment.
std::vector<results::RunRecord> records_of(const std::vector<results::ListedCell>& listed, const run::Cell& first,
                                           const std::filesystem::path& results, run::PluginHashes& hashes) {
  std::vector<results::RunRecord> records;
  for (const auto& cell : listed) {
    records.push_back(results::read_cell(results, first.experiment, first.config.question, cell));
    run::mark_stale(records.back(), hashes);
  }
  return records;
}

/// Prints which added tasks the cells have, and what users should know of them.
void print_added_tasks(const std::vector<run::Cell>& cells, const std::set<std::string>& sentences,
                       const run::RunOptions& options) {
  std::set<std::string> added;
  for (const auto& cell : cells) {
    added.insert(cell.added.begin(), cell.added.end());
    for (const auto& task : cell.unavailable) added.insert(task.name);
  }
  const auto& experiment = cells.front().experiment;
  if (!added.empty()) {
    base::say("note: {} has added tasks: {}; `{}` removes one\n", experiment, fmt::join(added, ", "),
              run::removing_command(experiment, *added.begin(), options));
  }
  print_notes(sentences);
}

}  // namespace

int run(const Arguments& arguments) {
  Usage usage{
      "hourglass run FILE [key=value ...] [options]",
      "Trains and evaluates every cell of an experiment file and prints the table of results. Finished results are "
      "kept, and\n"
      "interrupted training continues from its last checkpoint. Ctrl-C stops after the current step."};
  usage.flag("stale", "recompute results of plugins that have changed since");
  usage.flag("fresh", "recompute everything, even finished results");
  usage.flag("forget", "remove cells from the experiment's list that this call does not have; their results are kept");
  usage.flag("profile", "print how the time of training steps is spent");
  usage.flag("quiet", "print no progress");
  add_new_results_option(usage);
  add_format_option(usage);
  add_experiment_options(usage);
  const auto options = parse(usage, arguments);
  if (!options) return 0;

  const auto& stop = base::stop_requested();
  const auto format = table_format(*options);
  const auto existing = existing_of(*options);
  const std::filesystem::path results_folder = options->text("results");
  const auto experiment = load_experiment(*options);
  require_writable(results_folder);
  auto cells = sweep::expand(experiment->config);
  print_notes(sweep::check_cells(cells));
  run::PluginHashes hashes(experiment->registry);
  const run::RunOptions run_options{.registry = experiment->registry,
                                    .hashes = hashes,
                                    .results = results_folder,
                                    .existing = existing,
                                    .plugin_path = options->texts("plugin-path"),
                                    .forget = options->given("forget")};
  const results::ExperimentFolder list(results_folder, cells.front().experiment);
  if (const auto sentence = list.set_aside_damaged(); !sentence.empty()) base::say("note: {}\n", sentence);
  const auto sentences = sweep::attach_added_tasks(cells, run_options);
  print_added_tasks(cells, sentences, run_options);
  Progress progress(options->given("quiet"), options->given("profile"));
  const auto [tally, listed] = sweep::run_cells(cells, run_options, stop, progress);
  base::print("{}", results::render_summary(records_of(listed, cells.front(), results_folder, hashes), {}, format));
  return closing(tally);
}

}  // namespace hourglass::cli
