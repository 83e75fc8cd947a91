// The loss of a model on a split, as validation has it.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "compute/graph/model.hpp"
#include "compute/graph/plan.hpp"
#include "results/epoch_metrics.hpp"
#include "subject/subject.hpp"

namespace hourglass::train {

/// Returns the parts of a loss from sums over `images` images: of the reconstruction loss and of each penalty, not
/// weighted. The objective takes each penalty's final weight.
results::LossParts loss_parts(const compute::Network& network, double reconstruction, std::span<const double> penalties,
                              std::int64_t images);

/// Returns the part that [train] monitor names: "objective", "reconstruction" or a penalty of the network.
double monitored(const results::LossParts& parts, const std::string& monitor, const compute::Network& network);

/// Measures the loss without dropout, under the noise that tasks see. Subject and model must outlive it. Not for
/// several threads.
class Validation {
 public:
  Validation(const subject::Subject& subject, compute::Model& model) : subject_(subject), model_(model) {}

  /// Of the first `count` images of a split, at least 1.
  results::LossParts loss(const subject::SplitView& split, std::int64_t count);

 private:
  compute::Plan& plan(std::int64_t images);

  const subject::Subject& subject_;
  compute::Model& model_;
  std::map<std::int64_t, compute::Plan> plans_;  ///< by batch size
};

}  // namespace hourglass::train
