// Measures the training steps of one network in this process, with the trainer that experiments use.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "bench/networks.hpp"
#include "compute/graph/plan.hpp"
#include "compute/kernels/precision.hpp"
#include "host/registry.hpp"
#include "train/trainer.hpp"

namespace hourglass::bench {

struct StepOptions {
  compute::Precision precision = compute::Precision::f32;
  std::int64_t steps = 1;        ///< of one repetition, at least 1
  std::int64_t repetitions = 1;  ///< at least 1
  bool operations = false;       ///< times each operation, at the cost of two clock readings
};

struct StepMeasurement {
  std::int64_t parameters = 0;
  double flops = 0;                           ///< of a step: training_flops()
  train::Profile profile;                     ///< of the best repetition; `total` is its time
  std::vector<compute::StepCost> operations;  ///< of all steps, as mean seconds of one
  double peak_mib = 0;                        ///< of this process at the end of training
};

/// Trains on random 8-bit images in memory-mapped files, on compute::threads() threads, and times consecutive steps of
/// the trainer: gather, conversion, noise (none), forward, loss, backward, Adam. Call it once per process: its peak
/// memory is the process's. Returns nothing if `stop` became true. Errors of plugins are UserErrors.
std::optional<StepMeasurement> measure_step(const BenchNetwork& network, const host::Registry& registry,
                                            const StepOptions& options, const std::atomic<bool>& stop);

/// Counts the floating-point operations that a training step needs, whatever a kernel saves or wastes: 3 (forward,
/// gradients of inputs, gradients of parameters) x 2 (multiply, add) for every use of every element of every parameter.
/// A parameter is used once per image and position: a dense layer has one position, a convolution as many as the
/// smaller of its input and output has pixels, a bias as many as its output has.
double training_flops(const compute::Network& network, std::int64_t batch);

}  // namespace hourglass::bench
