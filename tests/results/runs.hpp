// Small run folders for tests.
#pragma once

#include <string>
#include <vector>

#include "base/error.hpp"
#include "results/run_folder.hpp"
#include "support/process.hpp"

namespace hourglass::test {

/// Returns what a UserError says, or "no error".
template <class Body>
std::string error_of(const Body& body) {
  try {
    body();
  } catch (const base::UserError& error) {
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

/// Writes a grid of two noises with three seeds each, one of which diverged.
inline void make_grid(const TemporaryFolder& folder) {
  const auto make = [&](const char* cell, double sigma, int seed, double value) {
    make_run(folder.path(), "small", cell, sigma, seed, {mse(value), mse(0.0673, "mean_image"), accuracy(0.9 + value)});
  };
  make("c1", 0.1, 1, 0.010);
  make("c2", 0.1, 2, 0.012);
  make("c3", 0.1, 3, 0.014);
  make("c4", 0.5, 1, 0.030);
  make("c5", 0.5, 3, 0.031);
  make_run(folder.path(), "small", "c6", 0.5, 2, {}, results::State::diverged, "the loss is nan at epoch 3, batch 17");
}

}  // namespace hourglass::test
