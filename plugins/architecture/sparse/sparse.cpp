// Sparse dictionary: one overcomplete layer whose units are the code, and a decoder that sums one direction for each
// active unit (Bricken et al. 2023; Gao et al. 2024).
#include <cmath>

#include "hourglass/architecture.hpp"

namespace {

using namespace hourglass;

class Sparse final : public Architecture {
 public:
  struct Params {
    bool tied = false;
    bool pre_bias = true;
    bool unit_norm = true;
    bool tangent_gradient = false;
  };
  static void declare(ParamTable<Params>& table) {
    table.add(
        "tied", &Params::tied,
        "encoder and decoder share one weight [K, D]; else the decoder starts with the encoder's (Gao et al. 2024)");
    table.add(
        "pre_bias", &Params::pre_bias,
        "subtract the decoder's bias, which starts as the mean image, from the image before the encoder, so that units "
        "encode deviations from it (Bricken et al. 2023)");
    table.add(
        "unit_norm", &Params::unit_norm,
        "keep the decoder's directions at norm 1, so that the activations of different units are comparable; with "
        "tied weights also the encoder's");
    table
        .add(
            "tangent_gradient", &Params::tangent_gradient,
            "remove from the gradient of each direction its component along the direction, which unit_norm would undo, "
            "before the optimiser sees it (Bricken et al. 2023)")
        .acts_if({{"unit_norm", Condition::Is::equal, true}});
  }

  explicit Sparse(const Params& params) : params_(params) {}

  /// Carries the weight [K, D] and the pre-bias [D], empty without pre_bias.
  Encoding encode(Graph& graph, const EncoderInput& input) const override {
    const auto code_size = input.code_size;
    Node x = flatten(input.image);  // [N, D]
    const auto pixels = x.shape().size();
    Node before;
    if (params_.pre_bias) {
      before = graph.parameter("sparse", "pre_bias", {pixels}, Init::mean_image());
      x = x - before;
    }
    // Rows with a norm of about 1, so that the units and the decoder's directions have the same scale.
    const Init unit_rows = {Init::Kind::normal, 1 / std::sqrt(static_cast<double>(pixels))};
    const Node weight = graph.parameter("sparse", "weight", {code_size, pixels}, unit_rows);
    const Node bias = graph.parameter("sparse", "bias", {code_size}, {});
    return {.features = dense_transposed(x, weight, bias),  // [N, K]
            .carry = {weight, before},
            .is_code = true};
  }

  Node decode(Graph& graph, const DecoderInput& input) const override {
    const auto pixels = input.shape.size();
    Node weight = input.encoding.carry.at(0), bias = input.encoding.carry.at(1);
    // As the encoder's transpose, the decoder starts close to its inverse; uncorrelated, most units would die.
    if (!params_.tied) {
      weight = graph.parameter("sparse", "weight", {input.code.shape().size(), pixels}, Init::copy_of(weight));
    }
    if (!bias) bias = graph.parameter("sparse", "bias", {pixels}, {});
    if (params_.unit_norm) graph.keep_unit_rows(weight);
    if (params_.unit_norm && params_.tangent_gradient) graph.remove_row_gradients(weight);
    return to_image(dense(input.code, {weight, bias}), input.shape);
  }

  std::string default_bottleneck() const override { return "topk"; }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(
    hourglass::plugin<Sparse>("sparse", "One overcomplete layer of units, and a decoder with a direction for each."))
