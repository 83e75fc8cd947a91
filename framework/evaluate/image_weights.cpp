// Follows the image through the graph to the layers that read it.
#include "evaluate/image_weights.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <variant>

namespace hourglass::evaluate {
namespace {

/// Returns the weights of one layer, of which `parameter` holds [D, units], or [units, ...] if `by_unit`.
ImageWeights weights_of(const compute::ParameterRecord& parameter, std::span<const float> values, ImageShape shape,
                        bool by_unit) {
  ImageWeights result{parameter.name, shape, {values.begin(), values.end()}};
  if (by_unit) return result;
  const auto inputs = static_cast<std::size_t>(parameter.dims[0]), units = static_cast<std::size_t>(parameter.dims[1]);
  for (std::size_t i = 0; i < inputs; ++i)
    for (std::size_t unit = 0; unit < units; ++unit) result.values[unit * inputs + i] = values[i * units + unit];
  return result;
}

}  // namespace

std::vector<ImageWeights> image_weights(const subject::Autoencoder& autoencoder, const compute::Model& model) {
  const auto& network = *autoencoder.network;
  const auto& nodes = network.nodes();
  const auto needed = network.needed_for(std::array{autoencoder.code});
  std::vector<bool> holds_image(nodes.size());  // the node has the image's pixels, in their order
  std::vector<ImageWeights> result;
  for (std::size_t id = 0; id < nodes.size(); ++id) {
    const auto& node = nodes[id];
    if (node.leaf == compute::Leaf::image) holds_image[id] = true;
    if (node.leaf != compute::Leaf::none || !needed[id] || node.inputs.empty()) continue;
    const auto* dense = std::get_if<op::Dense>(&node.operation);
    const auto* conv = std::get_if<op::Conv2d>(&node.operation);
    const auto from = static_cast<std::size_t>(node.inputs[0]);
    if (dense == nullptr && conv == nullptr) {
      const bool any =
          std::ranges::any_of(node.inputs, [&](int i) { return holds_image[static_cast<std::size_t>(i)]; });
      holds_image[id] = any && node.shape.batched && node.shape.size() == network.image_shape().size() &&
                        !std::holds_alternative<op::Custom>(node.operation) &&
                        !std::holds_alternative<op::Transpose>(node.operation);
      continue;
    }
    const auto& weight = nodes[static_cast<std::size_t>(node.inputs[1])];
    if (!holds_image[from] || weight.leaf != compute::Leaf::parameter) continue;
    const auto& parameter = network.parameters()[static_cast<std::size_t>(weight.parameter)];
    const auto values = model.parameters().subspan(static_cast<std::size_t>(parameter.offset),
                                                   static_cast<std::size_t>(parameter.size));
    const auto shape =
        conv == nullptr ? network.image_shape() : ImageShape{parameter.dims[1], parameter.dims[2], parameter.dims[3]};
    result.push_back(weights_of(parameter, values, shape, conv != nullptr || dense->transposed));
  }
  return result;
}

}  // namespace hourglass::evaluate
