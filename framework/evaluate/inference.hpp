// Applies a trained model to any number of images or codes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "compute/graph/model.hpp"
#include "compute/graph/plan.hpp"
#include "evaluate/stop.hpp"
#include "hourglass/task.hpp"
#include "subject/autoencoder.hpp"

namespace hourglass::evaluate {

/// Returns whether `to` depends on a leaf other than `from`: on labels, as in a conditional autoencoder, or on the
/// image, as in a decoder with skip connections. `from` may be an empty node.
bool needs(const subject::Autoencoder& autoencoder, compute::Leaf leaf, Node from, Node to);

/// Returns whether any output that tasks use reads labels: codes, reconstructions, samples from the prior or densities.
/// Labels that only training reads do not count.
bool reads_labels(const subject::Autoencoder& autoencoder);

/// Rows per batch. All batches have this size, the last one padded with zeros, so that a result depends neither on the
/// number of rows in a call nor on the other rows of a batch.
inline constexpr std::int64_t kInferenceBatch = 256;

/// Throws std::invalid_argument unless there are `rows` labels, each in [0, classes).
void check_labels(const subject::Autoencoder& autoencoder, Labels labels, std::int64_t rows);

/// Writes labels one-hot to the plan's input, [batch, classes]; rows without a label are zero.
void feed_labels(const subject::Autoencoder& autoencoder, compute::Plan& plan, Labels labels);

/// Computes one node of the network from another; compiled at the first use. Not thread-safe. Autoencoder and model
/// must outlive it.
class Inference {
 public:
  Inference(const subject::Autoencoder& autoencoder, compute::Model& model, Node from, Node to, StopFlag stop);

  bool reads_labels() const { return reads_labels_; }

  /// Maps rows, [n, from] -> [n, to]. Throws std::invalid_argument if sizes do not match, if labels are missing, or if
  /// `to` also depends on an image that `from` does not provide. Labels that are not read are ignored.
  void apply(std::span<const float> in, std::span<float> out, Labels labels);

 private:
  void compile();

  const subject::Autoencoder& autoencoder_;
  compute::Model& model_;
  Node from_, to_;
  bool reads_labels_;
  StopFlag stop_;
  std::optional<compute::Plan> plan_;
};

}  // namespace hourglass::evaluate
