// The exponential moving average of weights.
#pragma once

#include <cstdint>
#include <span>

namespace hourglass::train {

/// Returns the share of the old average that update `step`, counted from 1, keeps: min(decay, (1 + step) / (10 +
/// step)), so that the start is soon forgotten (TensorFlow's ExponentialMovingAverage with num_updates).
double average_decay(double decay, std::int64_t step);

/// Moves `average` towards `weights`, of the same size: decay x average + (1 - decay) x weights. One pass; the same
/// bits on any number of threads.
void move_average(std::span<float> average, std::span<const float> weights, double decay);

}  // namespace hourglass::train
