// The validation loss: the loss of a model on a split.
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

/// Returns the parts of a loss from the sums of the reconstruction loss and of each unweighted penalty over `images`
/// images. The objective uses `weights`, one for each penalty.
results::LossParts loss_parts(double reconstruction, std::span<const double> penalties, std::span<const double> weights,
                              std::int64_t images);

/// Returns the part that [train] monitor names: "reconstruction", a penalty of the network, or "objective", here with
/// the final weight of each penalty, so that epochs are comparable while a weight rises.
double monitored(const results::LossParts& parts, const std::string& monitor, const compute::Network& network);

/// Measures the loss without dropout and with the same noise that tasks see. Subject and model must outlive it. To be
/// used by one thread at a time.
class Validation {
 public:
  Validation(const subject::Subject& subject, compute::Model& model) : subject_(subject), model_(model) {}

  /// Returns the loss on the first `count` images of a split, at least 1, with these weights of the penalties.
  results::LossParts loss(const subject::SplitView& split, std::int64_t count, std::span<const double> weights);

 private:
  compute::Plan& plan(std::int64_t images);

  const subject::Subject& subject_;
  compute::Model& model_;
  std::map<std::int64_t, compute::Plan> plans_;  ///< by batch size
};

}  // namespace hourglass::train
