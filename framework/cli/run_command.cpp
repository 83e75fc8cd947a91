// `hourglass run`: every cell of an experiment file, then the table.
#include <fmt/format.h>

#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "bench/breakdown.hpp"
#include "cli/commands.hpp"
#include "cli/experiment_options.hpp"
#include "cli/progress.hpp"
#include "results/summary.hpp"
#include "run/run_cell.hpp"
#include "subject/settings.hpp"
#include "sweep/cells.hpp"
#include "sweep/check_cells.hpp"

namespace hourglass::cli {
namespace {

namespace po = boost::program_options;
using results::State;

constexpr int kDone = 0, kRunFailed = 1, kCellsFailed = 3, kInterrupted = 130;

run::Existing existing_of(const po::variables_map& options) {
  const bool resume = options.contains("resume"), fresh = options.contains("fresh");
  if (resume && fresh)
    throw base::UserError("--resume and --fresh exclude each other: go on from the last checkpoint, or start over?");
  return fresh ? run::Existing::fresh : resume ? run::Existing::resume : run::Existing::keep;
}

void print_profile(const run::CellOutcome& outcome) {
  const auto& profile = outcome.profile;
  if (profile.steps == 0) {
    if (outcome.computed && outcome.state != State::finished) return;  // it says itself why nothing was trained
    fmt::print(stderr, "no step to profile: {}; --fresh trains it again\n",
               outcome.computed ? "its training had ended before" : "this cell is already there");
    return;
  }
  fmt::print(stderr, "time of a training step, mean of {}; overhead holds validation and checkpoints\n{}",
             profile.steps, results::render(bench::split_table(profile), results::Format::table));
}

std::string describe(const run::CellOutcome& outcome) {
  const auto folder = outcome.folder.string();
  if (!outcome.computed && outcome.state == State::diverged) {
    return fmt::format("diverged before: {}: {}; --fresh tries again", folder, outcome.reason);
  }
  if (!outcome.computed) return fmt::format("already there: {}", folder);
  switch (outcome.state) {
    case State::finished: return fmt::format("finished: {}", folder);
    case State::interrupted: return fmt::format("stopped: {}; --resume goes on from there", folder);
    default: return fmt::format("{}: {}: {}", to_string(outcome.state), folder, outcome.reason);
  }
}

}  // namespace

int run(const Arguments& arguments) {
  Usage usage{"hourglass run FILE [key=value ...] [options]",
              "Trains and evaluates every cell of an experiment file and prints the table of their results. A cell "
              "that is already there is\n"
              "not computed again. Ctrl-C stops cleanly after the current step."};
  usage.options.add_options()("results", po::value<std::string>()->default_value("results")->value_name("DIR"),
                              "where to put run folders")(
      "resume", "go on with cells that stopped half-way, from their last checkpoint")(
      "fresh", "compute every cell again, even finished ones")(
      "format", po::value<std::string>()->default_value("table")->value_name("FORMAT"),
      "of the table: table, csv, md or json")("profile", "print where the time of a training step went")(
      "quiet", "print no progress");
  add_experiment_options(usage);
  const auto options = parse(usage, arguments);
  if (!options) return 0;

  const auto& stop = base::stop_requested();
  const auto format = results::format_of((*options)["format"].as<std::string>());
  const auto existing = existing_of(*options);
  const std::filesystem::path results_folder = (*options)["results"].as<std::string>();
  const auto experiment = load_experiment(*options);
  const auto cells = sweep::expand(experiment->config);
  sweep::check_cells(cells);
  Progress progress(options->contains("quiet"));
  std::vector<results::RunFolder> folders;
  int failed = 0;
  bool interrupted = false;
  for (std::size_t i = 0; i < cells.size() && !interrupted; ++i) {
    progress.begin_cell(static_cast<std::int64_t>(i) + 1, static_cast<std::int64_t>(cells.size()), cells[i].label(),
                        cells[i].config.as<subject::TrainSettings>("train").epochs);
    const auto outcome = run::run_cell(cells[i], experiment->registry, results_folder, existing, stop, progress);
    progress.end_cell(describe(outcome));
    if (options->contains("profile")) print_profile(outcome);
    folders.emplace_back(outcome.folder);
    if (outcome.state == State::failed || outcome.state == State::diverged) ++failed;
    interrupted = outcome.state == State::interrupted || (stop && i + 1 < cells.size());
  }
  fmt::print("{}", results::render_summary(folders, {}, format));
  if (interrupted) return kInterrupted;
  if (failed > 0) return cells.size() == 1 ? kRunFailed : kCellsFailed;
  return kDone;
}

}  // namespace hourglass::cli
