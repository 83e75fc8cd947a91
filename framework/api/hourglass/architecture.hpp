// Architectures: the encoder's trunk and the decoder, described once as a graph.
#pragma once

#include <string>
#include <vector>

#include "hourglass/graph.hpp"
#include "hourglass/plugin.hpp"

namespace hourglass {

/// What an encoder gives. `carry` is private to the architecture: what its own decoder reuses, such as weights to tie
/// or activations to skip across. A decoder that carries activations cannot run from a code alone.
struct Encoding {
  Node features;  ///< [N, H]
  std::vector<Node> carry = {};
};

class Architecture : public Component {
 public:
  static constexpr const char* kKind = "architecture";

  /// Describes image [N, C, H, W] -> features [N, H].
  virtual Encoding encode(Graph& graph, Node image) const = 0;

  /// Describes code [N, K] -> output [N, C, H, W] of `shape`, before the output's non-linearity, which belongs to the
  /// loss.
  virtual Node decode(Graph& graph, Node code, const ImageShape& shape, const Encoding& encoding) const = 0;

  /// Names the bottleneck of an experiment file that names none.
  virtual std::string default_bottleneck() const { return "dense"; }
};

}  // namespace hourglass
