// The child processes of `hourglass bench`: our training steps, PyTorch's, and the ceiling.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/report.hpp"
#include "bench/step.hpp"

namespace hourglass::bench {

/// How to measure; the same for all children of a run.
struct BenchSettings {
  int threads = 1;
  bool operations = false;
  bool quick = false;  ///< one step and one small product: tests that it works, not how fast
  std::vector<std::string> plugin_path = {};

  std::int64_t steps(const BenchNetwork& network) const { return quick ? 1 : network.steps; }
  std::int64_t repetitions() const { return quick ? 1 : 3; }
};

/// One way to run PyTorch; together they cover what a user would try.
struct PyTorchSetting {
  int threads = 1;
  bool passive = false;  ///< OMP_WAIT_POLICY=passive
  compute::Precision precision = compute::Precision::f32;

  std::string name() const;  ///< "2 threads, passive wait, bf16"
};

/// Returns the settings to compare with a step of ours on `threads` threads: one thread, all threads, and all threads
/// with passive wait; for bf16, each of them in both number formats.
std::vector<PyTorchSetting> pytorch_settings(int threads, compute::Precision precision);

/// Finds a Python that has PyTorch: the first python3 in PATH, or /usr/bin/python3.
std::optional<std::string> find_pytorch();

// These run a child and wait for it. They return nothing if it fails; its messages then go to standard error. PyTorch
// runs without the variables that own_variables() clears.
std::optional<StepMeasurement> measure_ours(const BenchNetwork& network, compute::Precision precision,
                                            const BenchSettings& settings);
std::optional<PyTorchBest> measure_pytorch(const std::string& python, const BenchNetwork& network,
                                           const PyTorchSetting& setting, const BenchSettings& settings);
/// Measures the same products as measure_ceiling(), on as many threads.
std::optional<PyTorchProducts> measure_pytorch_products(const std::string& python, compute::Precision precision,
                                                        const BenchSettings& settings);

/// What the machine reaches; a member is empty if it has no such product or if its clock cannot be measured.
struct Ceiling {
  std::optional<double> rate;   ///< of the fastest of several products, operations per second
  std::optional<double> clock;  ///< measure_clock()
};
Ceiling measure_ceiling(compute::Precision precision, const BenchSettings& settings);

/// Does the work of a child process: `what` is a network's name, or `ceiling`; the result goes to standard output.
/// Returns the exit code.
int bench_child(const std::string& what, compute::Precision precision, const BenchSettings& settings);

}  // namespace hourglass::bench
