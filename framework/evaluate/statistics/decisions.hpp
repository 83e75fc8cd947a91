// Scores of decisions: outliers found, clusters compared with classes, calibrated probabilities.
#pragma once

#include <span>

#include "hourglass/statistics.hpp"

namespace hourglass::evaluate {

/// See Statistics::detection().
Detection detection(std::span<const double> positives, std::span<const double> negatives);

/// See Statistics::agreement().
Agreement agreement(Labels clusters, Labels classes);

/// See Statistics::calibration().
Calibration calibration(std::span<const float> probabilities, Labels labels);

}  // namespace hourglass::evaluate
