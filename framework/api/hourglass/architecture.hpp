// Architectures: the encoder's trunk and the decoder, described once as a graph.
#pragma once

#include <string>
#include <vector>

#include "hourglass/layers.hpp"
#include "hourglass/plugin.hpp"

namespace hourglass {

/// What an encoder gives. `carry` is private to the architecture: what its own decoder reuses, such as weights to tie
/// or activations to skip across. A decoder that carries activations cannot run from a code alone.
struct Encoding {
  Node features;  ///< [N, H]
  std::vector<Node> carry = {};
  bool is_code = false;  ///< the features are the code's K units already: a bottleneck adds no layer to make them
};

/// The units [N, size] that a bottleneck makes its code from: the features themselves when they are the code, else one
/// dense layer on them.
inline Node code_units(const Encoding& encoding, std::int64_t size) {
  return encoding.is_code ? encoding.features : dense(encoding.features, size);
}

class Architecture : public Component {
 public:
  static constexpr const char* kKind = "architecture";

  /// Describes image [N, C, H, W] -> features [N, H]; `code_size` is K, for features that are to be the code.
  virtual Encoding encode(Graph& graph, Node image, std::int64_t code_size) const = 0;

  /// Describes code [N, K] -> output [N, C, H, W] of `shape`, before the output's non-linearity, which belongs to the
  /// loss.
  virtual Node decode(Graph& graph, Node code, const ImageShape& shape, const Encoding& encoding) const = 0;

  /// Names the bottleneck of an experiment file that names none.
  virtual std::string default_bottleneck() const { return "dense"; }
};

}  // namespace hourglass
