// `hourglass bench`: compares training steps with those of PyTorch and with the rate of matrix products.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <thread>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/streams.hpp"
#include "base/version.hpp"
#include "bench/children.hpp"
#include "bench/comparison.hpp"
#include "bench/precisions.hpp"
#include "bench/report.hpp"
#include "bench/variables.hpp"
#include "cli/commands.hpp"
#include "cli/experiment_options.hpp"
#include "compute/kernels/about.hpp"
#include "compute/kernels/parallel.hpp"
#include "host/registry.hpp"
#include "hourglass/plugin.hpp"
#include "run/environment.hpp"

namespace hourglass::cli {
namespace {

using compute::Precision;

constexpr int kMostRounds = 1000;

int number(const Options& options, const std::string& name, int most) {
  return static_cast<int>(options.integer(name, 1, most));
}

// More threads than cores would wait for each other. The default is always allowed.
int most_threads() { return std::max(2, static_cast<int>(std::thread::hardware_concurrency())); }

bench::Precisions precisions_of(const Options& options) {
  return bench::choose_precisions(options.choice("precision", {"f32", "bf16", "both"}),
                                  compute::missing_for(Precision::bf16));
}

void list_networks(const std::vector<bench::BenchNetwork>& networks) {
  for (const auto& network : networks) base::print("{}\n", network.name);
}

bench::Circumstances circumstances(const std::vector<bench::Row>& rows, const Arguments& arguments) {
  std::string pytorch = "no PyTorch";
  for (const auto& row : rows) {
    if (row.products.pytorch) pytorch = "PyTorch " + row.products.pytorch->backend.version;
  }
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  char date[16] = "";
  if (const auto* utc = std::gmtime(&now)) std::strftime(date, sizeof date, "%Y-%m-%d", utc);
  return {.machine = fmt::format("{}, {} cores, {}", run::cpu_model(), compute::threads(), compute::instruction_set()),
          .versions = fmt::format("hourglass {}, oneDNN {}, {}, {}", base::kVersion, compute::engine_version(),
                                  HOURGLASS_BUILD_STAMP, pytorch),
          .date = date,
          .command = fmt::format("hourglass bench {}", fmt::join(arguments, " "))};
}

Usage usage_of_bench() {
  Usage usage{
      "hourglass bench [NETWORK ...] [options]",
      "Times the training steps of several networks, alternating between Hourglass and PyTorch, and the matrix "
      "products that limit both.\nA NETWORK may be a prefix, which selects all networks that start with it; the "
      "default is all networks. Close other programs first."};
  usage.integer("threads", "N", "number of threads for Hourglass, and the maximum for PyTorch", compute::threads());
  usage.text("precision", "FORMAT", "number format of products and convolutions: f32, bf16 or both", "f32");
  usage.integer("rounds", "R", "measure everything R times and keep the best", 2);
  usage.flag("no-pytorch", "measure only Hourglass");
  usage.flag("operations", "also print the time of each operation of a step");
  usage.text("format", "FORMAT", "table, md or json", "table");
  usage.text("output", "FILE", "also write the results to FILE as Markdown, and bench.json next to it");
  usage.flag("list", "print the names of the networks");
  add_plugin_path_option(usage);
  usage.arguments("network");
  usage.text("child", "WHAT", "measure only this: a network, or `ceiling`").hidden = true;
  usage.flag("quick", "one step: tests that it works, not how fast").hidden = true;
  return usage;
}

/// Returns the file of --output, if it is given.
std::optional<std::filesystem::path> page_of(const Options& options) {
  if (!options.given("output")) return std::nullopt;
  const std::filesystem::path page = options.text("output");
  if (page.empty() || std::filesystem::is_directory(page)) {
    throw base::UserError(fmt::format("--output '{}' is not a file name; use for example {}", page.string(),
                                      (page / "README.md").string()));
  }
  return page;
}

}  // namespace

int bench(const Arguments& arguments) {
  auto usage = usage_of_bench();
  const auto options = parse(usage, arguments);
  if (!options) return 0;
  const auto networks = bench::networks_named(options->texts("network"));
  const auto precisions = precisions_of(*options);
  const auto format = results::format_of(options->choice("format", {"table", "md", "json"}));
  const auto rounds = number(*options, "rounds", kMostRounds);
  const bench::BenchSettings settings{.threads = number(*options, "threads", most_threads()),
                                      .operations = options->given("operations"),
                                      .quick = options->given("quick"),
                                      .plugin_path = options->texts("plugin-path")};
  if (options->given("child")) return bench::bench_child(options->text("child"), precisions.measured[0], settings);
  if (options->given("list")) {
    list_networks(networks);
    return 0;
  }

  // Fail now rather than after minutes of measuring.
  const auto registry = registry_of(*options);
  const auto page = page_of(*options);

  const auto python = options->given("no-pytorch") ? std::nullopt : bench::find_pytorch();
  if (!python && !options->given("no-pytorch")) {
    base::say("python3 has no PyTorch: only Hourglass is measured\n");
  }
  if (!precisions.note.empty()) base::say("{}\n", precisions.note);
  bench::Comparison comparison(settings, python);
  for (const auto precision : precisions.measured) {
    for (const auto& network : networks) comparison.add(network, precision);
  }
  for (int round = 0; round < rounds; ++round) comparison.run_round();
  const auto rows = comparison.rows();
  const auto variables = bench::own_variables();
  base::print("{}", bench::render_rows(rows, variables, format));
  if (page) {
    if (page->has_parent_path()) base::create_folders(page->parent_path());
    base::write_file(*page, bench::render_page(rows, variables, circumstances(rows, arguments)));
    base::write_file(page->parent_path() / "bench.json", bench::render_rows(rows, variables, results::Format::json));
  }
  return comparison.failed() ? 1 : 0;
}

}  // namespace hourglass::cli
