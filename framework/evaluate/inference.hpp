// A trained model applied to any number of images or codes.
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

/// Tells whether computing `to` takes another leaf: labels, as in a conditional autoencoder, or the image, as in a
/// decoder with skip connections. `from` is given; an empty node when nothing is.
bool needs(const subject::Autoencoder& autoencoder, compute::Leaf leaf, Node from, Node to);

/// Tells whether anything that tasks ask of the network reads labels: codes, reconstructions, draws from the prior or
/// densities. Labels that training alone reads do not count.
bool reads_labels(const subject::Autoencoder& autoencoder);

/// Rows that a plan takes at a time. All batches have one size, the last one filled up with zeros, so that a result
/// depends neither on how many rows are asked for at once nor on the other rows of a batch.
inline constexpr std::int64_t kInferenceBatch = 256;

/// Throws std::invalid_argument unless there is one label in [0, classes) for each of `rows`.
void check_labels(const subject::Autoencoder& autoencoder, Labels labels, std::int64_t rows);

/// Writes labels one-hot to the plan's labels, [batch, classes]; rows without a label get zeros.
void feed_labels(const subject::Autoencoder& autoencoder, compute::Plan& plan, Labels labels);

/// One way through the network, from a node that the caller gives to a node that it gets; compiled at the first use.
/// Not for several threads. Autoencoder and model must outlive it.
class Inference {
 public:
  Inference(const subject::Autoencoder& autoencoder, compute::Model& model, Node from, Node to, StopFlag stop);

  bool reads_labels() const { return reads_labels_; }

  /// Maps rows, [n, from] -> [n, to]. Throws std::invalid_argument for sizes that do not agree, for missing labels, and
  /// when `to` takes the image as well, which only `from` could give. Labels that are not read are ignored.
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
