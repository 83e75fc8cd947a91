// Stacked denoising autoencoder (Vincent et al. 2010): with [train] pretrain = N, each layer first learns to
// reconstruct its own input, starting at the image; then all layers are trained together.
#include "hourglass/architecture.hpp"

namespace {

using namespace hourglass;

class Stacked final : public Architecture {
 public:
  struct Params {
    std::vector<std::int64_t> hidden = {32, 16};
  };
  static void declare(ParamTable<Params>& table) {
    table.add("hidden", &Params::hidden, {1, 65536}, "widths of the layers, starting at the image");
  }
  explicit Stacked(const Params& params) : params_(params) {
    if (params_.hidden.empty()) throw std::invalid_argument("hidden needs at least one width");
  }

  /// Carries weight and bias of each layer's decoder, which pretraining trains as well.
  Encoding encode(Graph& graph, const EncoderInput& input) const override {
    Encoding encoding;
    Node x = flatten(input.image);
    for (const auto width : params_.hidden) {
      const auto inputs = x.shape().size();
      const Node h = sigmoid(dense(x, width));
      const auto back = dense_weights(graph, width, inputs, glorot_uniform(width, inputs));
      encoding.layers.push_back({.input = x, .reconstruction = sigmoid(dense(h, back))});
      encoding.carry.insert(encoding.carry.end(), {back.weight, back.bias});
      x = h;
    }
    encoding.features = x;
    return encoding;
  }

  Node decode(Graph&, const DecoderInput& input) const override {
    const auto& carry = input.encoding.carry;
    Node x = sigmoid(dense(input.code, input.encoding.features.shape().size()));
    for (std::size_t i = carry.size(); i > 2; i -= 2) x = sigmoid(dense(x, {carry[i - 2], carry[i - 1]}));
    return to_image(dense(x, {carry[0], carry[1]}), input.shape);
  }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Stacked>("stacked", "Dense layers that can be pretrained one by one."))
