// Architectures: the encoder's trunk and the decoder, described once as a graph.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hourglass/layers.hpp"
#include "hourglass/plugin.hpp"

namespace hourglass {

/// A layer of an encoder that can be trained alone, before the whole network is (greedy layer-wise pretraining, Bengio
/// et al. 2007; with a corrupted input, Vincent et al. 2010).
struct Layer {
  Node input;           ///< [N, ...]: the image, or what the layers below make of it
  Node reconstruction;  ///< of `input`'s shape, made from the layer's output; trained by squared error
};

/// The argument of encode(). The host may add members at the end.
struct EncoderInput {
  Node image;                  ///< [N, C, H, W], noisy in training
  Node labels = {};            ///< [N, classes], one-hot; empty unless the architecture reads_labels()
  std::int64_t code_size = 0;  ///< K, [bottleneck] size; used only by an encoder whose features are the code
};

/// The result of encode(). Features are the encoder's last activations; the bottleneck makes the code from them.
struct Encoding {
  Node features;  ///< [N, H]
  /// Nodes that decode() of the same architecture uses again, such as weights to tie or activations of skip
  /// connections; nothing else reads them. A decoder that uses activations cannot run from a code alone.
  std::vector<Node> carry = {};
  bool is_code = false;            ///< `features` [N, code_size] are the code: the bottleneck adds no dense layer
  std::vector<Layer> layers = {};  ///< for [train] pretrain, from the image on; empty: no layer can be trained alone
};

/// The argument of decode(). The host may add members at the end.
struct DecoderInput {
  Node code;                 ///< [N, D]: Code::decoder_input
  Node labels;               ///< [N, classes], one-hot; empty unless the architecture reads_labels()
  ImageShape shape;          ///< of the output
  const Encoding& encoding;  ///< the result of encode()
};

/// The units [N, size] that a bottleneck makes its code from: the features themselves when they are the code, else one
/// dense layer on them.
inline Node code_units(const Encoding& encoding, std::int64_t size) {
  return encoding.is_code ? encoding.features : dense(encoding.features, size);
}

/// Called from one thread, once for each network that is built: encode(), the bottleneck, decode(). Exceptions are
/// reported with the place of the plugin's table.
class Architecture : public Component {
 public:
  static constexpr const char* kKind = "architecture";

  /// Describes image [N, C, H, W] -> features [N, H].
  virtual Encoding encode(Graph& graph, const EncoderInput& input) const = 0;

  /// Describes code [N, D] -> output [N, C, H, W] of `input.shape`, before the output's non-linearity, which belongs to
  /// the loss.
  virtual Node decode(Graph& graph, const DecoderInput& input) const = 0;

  /// Names the bottleneck of an experiment file that names none.
  virtual std::string default_bottleneck() const { return "dense"; }

  /// Returns whether encoder or decoder read the labels. Such a network is refused, before it is trained, on a dataset
  /// without labels.
  virtual bool reads_labels() const { return false; }
};

}  // namespace hourglass
