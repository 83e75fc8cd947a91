// Fully connected autoencoder: hidden layers from the image to the features, and a decoder that mirrors them.
#include <cstddef>

#include "hourglass/architecture.hpp"

namespace {

using namespace hourglass;

class Mlp final : public Architecture {
 public:
  struct Params {
    std::vector<std::int64_t> hidden = {512, 256};
    Activation activation = Activation::relu;
    double dropout = 0;
    bool tied = false;
  };
  static void declare(ParamTable<Params>& table) {
    const Condition is_deep{"hidden", Condition::Is::not_equal, std::vector<std::int64_t>{}};
    table.add(
        "hidden", &Params::hidden, {1, 65536},
        "widths of the encoder's hidden layers, from the image on; the decoder has the same in reverse; may be empty");
    table.add("activation", &Params::activation, activation_names(), "non-linearity of the hidden layers")
        .acts_if({is_deep});
    table.add("dropout", &Params::dropout, {0, 0.99}, "share of each hidden layer that is set to zero in training")
        .acts_if({is_deep});
    table
        .add("tied", &Params::tied,
             "the decoder uses the transposed weights of the encoder's hidden layers, with its own biases; the layer "
             "after the code is not tied, because its counterpart belongs to the bottleneck")
        .acts_if({is_deep});
  }

  explicit Mlp(Params params) : params_(std::move(params)) {}

  /// Carries the weights of the hidden layers, [D, H1], [H1, H2], ..., for a tied decoder.
  Encoding encode(Graph& graph, const EncoderInput& input) const override {
    Encoding encoding;
    Node x = flatten(input.image);  // [N, D]
    for (const auto width : params_.hidden) {
      const auto weights = dense_weights(graph, x.shape().size(), width, init(x.shape().size(), width));
      encoding.carry.push_back(weights.weight);
      x = hidden_end(dense(x, weights));  // [N, H]
    }
    encoding.features = x;
    return encoding;
  }

  Node decode(Graph& graph, const DecoderInput& input) const override {
    const Node code = input.code;
    const auto& shape = input.shape;
    const auto& carry = input.encoding.carry;
    const auto& hidden = params_.hidden;
    if (hidden.empty()) return to_image(dense(code, shape.size()), shape);

    const auto inputs = code.shape().size();
    Node x =
        hidden_end(dense(code, dense_weights(graph, inputs, hidden.back(), init(inputs, hidden.back()))));  // [N, H]
    for (std::size_t i = hidden.size() - 1; i > 0; --i)
      x = hidden_end(mirror(graph, x, hidden[i - 1], carry[i], params_.activation));
    // The output non-linearity belongs to the loss, so this layer is initialised as a linear one.
    return to_image(mirror(graph, x, shape.size(), carry[0], Activation::identity), shape);
  }

 private:
  Init init(std::int64_t inputs, std::int64_t outputs) const { return init_for(params_.activation, inputs, outputs); }

  /// Returns the layer from [N, H] to [N, width] that mirrors the one with `weight` [width, H], before its activation.
  Node mirror(Graph& graph, Node x, std::int64_t width, Node weight, Activation kind) const {
    if (params_.tied) return dense_transposed(x, weight, graph.parameter("dense", "bias", {width}, {}));
    const auto inputs = x.shape().size();
    return dense(x, dense_weights(graph, inputs, width, init_for(kind, inputs, width)));
  }
  Node hidden_end(Node x) const { return dropout(activation(x, params_.activation), params_.dropout); }

  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Mlp>("mlp", "Fully connected layers; the decoder mirrors the encoder."))
