// Small run folders for tests.
#pragma once

#include <string>
#include <vector>

#include "host/error.hpp"
#include "results/run_folder.hpp"
#include "support/process.hpp"

namespace hourglass::test {

/// Returns what a UserError says, or "no error".
template <class Body>
std::string error_of(const Body& body) {
  try {
    body();
  } catch (const host::UserError& error) {
    return error.what();
  }
  return "no error";
}

inline results::TaskMetric mse(double value, std::string baseline = "") {
  return {"denoising",
          {"mse", Split::test, value, "1/px", Direction::lower, "clean against output", std::move(baseline)}};
}

inline results::TaskMetric accuracy(double value, Split split = Split::test) {
  return {"linear_probe", {"accuracy", split, value, "1", Direction::higher, "all labels", ""}};
}

inline std::string experiment_text(double sigma, int seed) {
  return "# Does noise help?\nseeds = 1\nseed = " + std::to_string(seed) +
         "\n\n[dataset]\nplugin = \"shapes\"\n\n[noise]\nplugin = \"gaussian\"\nsigma = " +
         std::to_string(sigma).substr(0, 3) +
         "\n\n[architecture]\nhidden = [32, 16]\n\n[[task]]\nplugin = \"denoising\"\n";
}

/// Writes a run folder of the experiment's second level below `results`.
inline results::RunFolder make_run(const std::filesystem::path& results, const std::string& experiment,
                                   const std::string& cell, double sigma, int seed,
                                   const std::vector<results::TaskMetric>& metrics,
                                   results::State state = results::State::finished, const std::string& reason = "") {
  const results::RunFolder run(results / experiment / cell);
  run.write_experiment(experiment_text(sigma, seed));
  run.write_status({state, state == results::State::finished ? 20 : 3, 20, reason, "hourglass run small.toml"});
  if (state == results::State::finished) run.write_result({state, metrics});
  return run;
}

}  // namespace hourglass::test
