// `hourglass evaluate`: runs tasks on finished runs.
#include <fmt/format.h>

#include <set>

#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "cli/commands.hpp"
#include "cli/experiment_options.hpp"
#include "cli/progress.hpp"
#include "cli/results_view.hpp"
#include "results/selection.hpp"
#include "results/summary.hpp"
#include "run/trained_cell.hpp"
#include "sweep/check_cells.hpp"

namespace hourglass::cli {
namespace {

namespace po = boost::program_options;

std::vector<std::string> list_of(const po::variables_map& options, const char* name) {
  return options.contains(name) ? options[name].as<std::vector<std::string>>() : std::vector<std::string>{};
}

/// Removes cells that ask for the same tasks of the same run, such as those that two experiments share.
std::vector<run::Cell> distinct(const std::vector<run::Cell>& cells, const std::vector<results::ListedCell>& listed) {
  std::vector<run::Cell> kept;
  std::set<std::vector<std::string>> seen;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    std::vector<std::string> results = {listed[i].run};
    for (const auto& task : listed[i].tasks) results.push_back(task.folder);
    if (seen.insert(std::move(results)).second) kept.push_back(cells[i]);
  }
  return kept;
}

/// Returns the results folder that all records are in: `given`, unless they were selected by paths elsewhere.
std::filesystem::path folder_of(const std::vector<results::RunRecord>& records, const std::filesystem::path& given) {
  namespace fs = std::filesystem;
  std::set<fs::path> folders;
  for (const auto& record : records)
    folders.insert(fs::weakly_canonical(fs::absolute(record.folder.path())).parent_path().parent_path());
  if (folders.size() > 1) {
    throw base::UserError(
        fmt::format("the selection is in the results folders {} and {}; evaluate one of them at a time",
                    folders.begin()->string(), std::next(folders.begin())->string()));
  }
  return *folders.begin() == fs::weakly_canonical(fs::absolute(given)) ? given : *folders.begin();
}

/// Counts a cell whose training is not finished.
void count_untrained(sweep::Tally& tally, const std::string& state) {
  ++tally.cells;
  if (state == "not begun") {
    ++tally.not_begun;
  } else if (state == to_string(results::State::interrupted) || state == to_string(results::State::running)) {
    ++tally.interrupted;
  } else {
    ++tally.failed;
  }
}

/// Prints which added tasks are not evaluated, each once.
void report_absent_tasks(const std::vector<results::RunRecord>& records, const host::Registry& registry) {
  std::set<std::string> absent;
  for (const auto& record : records) {
    for (const auto& task : run::absent_tasks(record, registry)) absent.insert(record.experiment + ": " + task);
  }
  for (const auto& task : absent) {
    fmt::print(stderr,
               "{} is left as it is, because its plugin is not found; give its folder with --plugin-path or "
               "HOURGLASS_PLUGIN_PATH to evaluate it\n",
               task);
  }
}

Usage evaluate_usage() {
  Usage usage{
      "hourglass evaluate SELECTION ... [--task FILE|key=value ...] [options]",
      "Runs tasks on trained runs without training. SELECTION is the name of an experiment, its file, the id of a run, "
      "or "
      "the folder of\n"
      "results, an experiment or a run.\n"
      "Without --task, tasks that are not begun, failed or whose plugins have changed are run. --task adds tasks: the "
      "[[task]] tables of\n"
      "a TOML file, or tasks written as plugin=NAME key=value ..., where each plugin= begins a new task."};
  usage.options.add_options()("task", po::value<std::vector<std::string>>()->multitoken()->value_name("FILE|key=value"),
                              "the tasks to add")("fresh", "repeat tasks that are already done")("quiet",
                                                                                                 "print no progress");
  add_results_option(usage);
  add_format_option(usage);
  add_plugin_path_option(usage);
  usage.hidden.add_options()("selection", po::value<std::vector<std::string>>());
  usage.positional.add("selection", -1);
  return usage;
}

}  // namespace

int evaluate(const Arguments& arguments) {
  auto usage = evaluate_usage();
  const auto options = parse(usage, arguments);
  if (!options) return 0;
  const auto selection = list_of(*options, "selection");
  if (selection.empty()) {
    throw base::UserError("no runs were selected; give the name of an experiment, its file, a folder, or a run id");
  }

  const auto& stop = base::stop_requested();
  const auto format = table_format(*options);
  const auto given = results_folder(*options);
  const auto plugins = load_plugins(list_of(*options, "plugin-path"));
  const auto wanted = run::task_entries(list_of(*options, "task"), plugins->schema);
  const auto records = select_runs(given, selection);
  if (records.empty()) {
    suggest_run(given, selection);
    return 2;
  }
  const auto folder = folder_of(records, given);

  std::vector<run::Cell> cells;
  std::vector<const results::RunRecord*> trained;
  std::set<std::string> untrained;
  sweep::Tally skipped;
  for (const auto& record : records) {
    if (record.state != to_string(results::State::finished)) {
      if (untrained.insert(record.id()).second) {
        fmt::print(stderr, "{}: not evaluated, because its training is {}\n", record.folder.path().string(),
                   record.state);
        count_untrained(skipped, record.state);
      }
      continue;
    }
    cells.push_back(run::trained_cell(record, wanted, plugins->schema, plugins->registry));
    trained.push_back(&record);
  }
  if (wanted.empty()) report_absent_tasks(records, plugins->registry);
  sweep::check_cells(cells);
  run::PluginHashes hashes(plugins->registry);
  const run::RunOptions run_options{
      .registry = plugins->registry,
      .hashes = hashes,
      .results = folder,
      .existing = options->contains("fresh") ? run::Existing::fresh : run::Existing::stale,
      .train = false};
  Progress progress(options->contains("quiet"), false);
  const auto listed = sweep::list_cells(cells);
  for (std::size_t i = 0; !wanted.empty() && i < cells.size(); ++i) {
    run::list_added_tasks(*trained[i], cells[i], listed[i], folder);
  }
  auto tally = sweep::run_listed(distinct(cells, listed), run_options, stop, progress);
  tally += skipped;
  std::vector<std::string> known;  // damaged lists were reported above
  auto evaluated = results::select_runs(given, selection, known);
  for (auto& record : evaluated) run::mark_stale(record, hashes);
  fmt::print("{}", results::render_summary(evaluated, {}, format));
  return closing(tally);
}

}  // namespace hourglass::cli
