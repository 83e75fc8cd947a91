// The exponential moving average of weights.
#pragma once

#include <cstdint>
#include <span>

namespace hourglass::compute {

/// Returns the weight of the old average at update `step`, counted from 1: min(decay, (1 + step) / (10 + step)), so
/// that the initial weights are soon forgotten (TensorFlow's ExponentialMovingAverage with num_updates).
double average_decay(double decay, std::int64_t step);

/// Sets `average` to decay x average + (1 - decay) x weights; both have the same size. One pass; the same bits on any
/// number of threads.
void move_average(std::span<float> average, std::span<const float> weights, double decay);

}  // namespace hourglass::compute
