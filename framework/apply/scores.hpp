// How unusual images are.
#pragma once

#include "apply/classes.hpp"
#include "apply/input.hpp"
#include "apply/restored.hpp"
#include "results/table.hpp"

namespace hourglass::apply {

/// Samples with which log-likelihoods are estimated: one batch of the plan.
inline constexpr std::int64_t kLikelihoodSamples = 256;

/// Scores how unusual images are: the mean squared error of their reconstructions and the distance of their codes from
/// the nearest training code, each with the percentage of the run's test images that have a lower one, and the
/// log-likelihood if the model has one, estimated with kLikelihoodSamples samples.
results::Table score(Restored& restored, const Input& input, const Class& given);

}  // namespace hourglass::apply
