// Options and messages of the commands that read or write results.
#include "cli/results_view.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <set>

#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "base/removal.hpp"
#include "base/streams.hpp"
#include "cli/experiment_options.hpp"
#include "host/registry.hpp"
#include "results/selection.hpp"
#include "run/command.hpp"
#include "run/plugin_hashes.hpp"

namespace hourglass::cli {
namespace {

constexpr int kDone = 0, kRunFailed = 1, kCellsFailed = 3;

}  // namespace

void add_results_option(Usage& usage) { usage.text("results", "DIR", "the results folder", run::kResultsFolder); }

void add_new_results_option(Usage& usage) {
  usage.text("results", "DIR", "the folder to write results to", run::kResultsFolder);
}

int closing(const sweep::Tally& tally) {
  base::say("{}\n", tally.text());
  if (tally.done == tally.cells) return kDone;
  if (tally.interrupted > 0 || base::stop_requested()) return base::interrupted_code();
  return tally.cells == 1 ? kRunFailed : kCellsFailed;
}

int closing(const Selected& shown) {
  const auto damaged = std::ranges::count_if(shown.runs, &results::RunRecord::damaged);
  if (damaged > 0) {
    base::say("warning: {} of {} {} damaged results; `hourglass run FILE` makes them again\n", damaged,
              shown.runs.size(), damaged == 1 ? "cells has" : "cells have");
  }
  return damaged == 0 && shown.complete ? kDone : kCellsFailed;
}

std::filesystem::path results_folder(const Options& options) {
  const std::filesystem::path folder = options.text("results");
  std::error_code ignored;
  if (options.given("results") && !std::filesystem::is_directory(folder, ignored)) {
    throw base::UserError(fmt::format(
        "--results {}: the folder does not exist; give the folder that `hourglass run` wrote to", folder.string()));
  }
  return folder;
}

void require_writable(const std::filesystem::path& results) {
  for (const auto* part : {"experiments", "runs"}) {
    base::refuse_links(results, part);
    const auto folder = results / part;
    const auto probe = folder / fmt::format(".{}.tmp", ::getpid());
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (!error) std::filesystem::create_directory(probe, error);
    if (error) {
      throw base::UserError(fmt::format(
          "{}: results cannot be written to this folder: {}; make it writable or give another one with --results DIR",
          folder.string(), error.message()));
    }
    std::filesystem::remove(probe, error);
  }
}

Selected select_runs(const std::filesystem::path& results, const std::vector<std::string>& names) {
  std::vector<std::string> problems;
  auto runs = results::select_runs(results, names, problems);
  warn(problems);
  return {std::move(runs), problems.empty()};
}

void mark_stale(std::vector<results::RunRecord>& runs, const Options& options) {
  if (runs.empty()) return;
  const auto registry = registry_of(options);
  run::PluginHashes hashes(registry);
  for (auto& run : runs) run::mark_stale(run, hashes);
  if (const auto& reasons = hashes.unknown(); !reasons.empty()) {
    base::say("note: whether results are stale cannot be verified, because {}{}\n", *reasons.begin(),
              reasons.size() == 1 ? "" : fmt::format("; {} more are like this", reasons.size() - 1));
  }
  for (const auto& [plugin, folder] : hashes.absent()) {
    base::say(
        "note: whether results of {} are stale cannot be verified, because the plugin is not found; give its "
        "folder with {}\n",
        plugin, folder.empty() ? "--plugin-path or HOURGLASS_PLUGIN_PATH" : "--plugin-path " + run::shell_word(folder));
  }
}

void warn(const std::vector<std::string>& problems) {
  for (const auto& problem : std::set(problems.begin(), problems.end())) base::say("warning: {}\n", problem);
}

void add_format_option(Usage& usage) {
  usage.text("format", "FORMAT", "format of the table: table, csv, md or json", "table");
}

results::Format table_format(const Options& options) { return results::format_of(options.text("format")); }

void suggest_run(const Options& options, const std::vector<std::string>& names) {
  const auto& results = options.text("results");
  std::string file = "experiments/quickstart.toml", of;
  for (const auto& name : names) {
    of += fmt::format("{} {}", of.empty() ? " of" : ",", name);
    if (name.ends_with(".toml")) file = name;
  }
  base::say("no runs{} in {}; run an experiment first, such as `{}`\n", of, results,
            run::hourglass_command({"run", file}, results, options.texts("plugin-path")));
}

}  // namespace hourglass::cli
