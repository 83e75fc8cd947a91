// Bottlenecks: what lies between encoder and decoder, and which codes it favours.
#pragma once

#include <cstdint>
#include <functional>
#include <numbers>

#include "hourglass/architecture.hpp"
#include "hourglass/plugin.hpp"

namespace hourglass {

/// How codes are distributed before any image is seen.
struct Prior {
  Node sample = {};  ///< [N, K]: a draw, made from standard_normal() and labels alone; empty: there is no prior
  /// [N, K] -> [N, 1]: the natural logarithm of the density; empty: not known. Called at most once for each network.
  std::function<Node(Node code)> log_density = {};
};

/// A second code of the image whose squared error is a penalty. The decoder's weights are those of the network.
struct AuxiliaryCode {
  enum class Target {
    image,    ///< the decoder, with constant weights, is to reconstruct the clean image from it
    residual  ///< its directions are to sum up to the clean image minus the reconstruction, which is constant. Needs a
              ///< decoder that is one dense layer, and a linear output
  };
  std::string name;  ///< of the penalty
  Node code;         ///< [N, K]
  Target target;
  double weight;  ///< relative to a squared error reduced as [train] reduction says
};

/// The result of constrain(). The host checks every shape.
struct Code {
  Node code;          ///< [N, K]: what tasks see
  Node decoded = {};  ///< [N, K]: what is decoded in training, where that is not the code but drawn, noisy or
                      ///< quantised; empty: the code. This is the node to feed when a code is decoded
  Node decoder_input =
      {};               ///< [N, D]: what the decoder gets, made from `decoded` (and labels); empty: `decoded` itself
  bool sparse = false;  ///< most units are exactly zero: how many, and which never are, is measured, as it is of a
                        ///< relu's units anyway
  Prior prior = {};
  Node log_posterior = {};  ///< [N, 1]: log density, nats, of `decoded` given the image; empty when it is not drawn
  std::vector<AuxiliaryCode> auxiliary = {};  ///< decoded in training alone
};

/// The argument of constrain(). The host may add members at the end.
struct BottleneckInput {
  const Encoding& encoding;  ///< the result of the architecture's encode(): `features` or, from code_units(), the units
  Node labels = {};          ///< [N, classes], one-hot; empty unless the bottleneck reads_labels()
  std::int64_t size = 0;     ///< K
};

/// Called from one thread, once for each network that is built. Exceptions are reported with the place of the plugin's
/// table.
class Bottleneck : public Component {
 public:
  static constexpr const char* kKind = "bottleneck";

  /// Describes features [N, H] -> code [N, size], often from code_units(), and adds penalties to the loss by name.
  virtual Code constrain(Graph& graph, const BottleneckInput& input) const = 0;

  /// Returns whether it reads the labels. Refused, before it is trained, on a dataset without labels.
  virtual bool reads_labels() const { return false; }
};

/// Returns the log density, [N, 1] in nats, of `x` [N, K] under independent normal distributions with `mean` and
/// `log_variance` of the same shape.
inline Node normal_log_density(Node x, Node mean, Node log_variance) {
  const Node terms = square(x - mean) / exp(log_variance) + log_variance;
  const double constant = static_cast<double>(x.shape().size()) * std::log(2 * std::numbers::pi);
  return reshape(-0.5 * (reduce_sum(terms, {0}) + constant), {1});
}

/// The standard normal distribution of codes of `size` units.
inline Prior standard_normal_prior(Graph& graph, std::int64_t size) {
  return {standard_normal(graph, size), [](Node code) {
            const double constant = static_cast<double>(code.shape().size()) * std::log(2 * std::numbers::pi);
            return reshape(-0.5 * (reduce_sum(square(code), {0}) + constant), {1});
          }};
}

}  // namespace hourglass
