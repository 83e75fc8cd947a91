// Memory of a model and its first values.
#include "compute/graph/model.hpp"

#include <algorithm>

#include "base/random.hpp"
#include "compute/graph/constraints.hpp"

namespace hourglass::compute {

Model::Model(const Network& network, bool with_gradients)
    : parameters_(network.buffer_size()), gradients_(with_gradients ? network.buffer_size() : 0) {}

void Model::initialise(const Network& network, std::uint64_t seed, std::span<const float> mean_image) {
  const auto values_of = [&](const ParameterRecord& parameter) {
    return parameters().subspan(static_cast<std::size_t>(parameter.offset), static_cast<std::size_t>(parameter.size));
  };
  for (std::size_t i = 0; i < network.parameters().size(); ++i) {
    const ParameterRecord& parameter = network.parameters()[i];
    const auto values = values_of(parameter);
    const auto scale = static_cast<float>(parameter.init.scale);
    base::PhiloxRng rng(seed, base::Stream::initialisation, 0, i);
    switch (parameter.init.kind) {
      case Init::Kind::constant: std::fill(values.begin(), values.end(), scale); break;
      case Init::Kind::uniform:
        rng.uniform(values);
        for (float& value : values) value = (2 * value - 1) * scale;
        break;
      case Init::Kind::normal:
        rng.normal(values);
        for (float& value : values) value *= scale;
        break;
      case Init::Kind::copy: {
        // An original is declared before its copies, so its values are final.
        const auto original = network.nodes()[static_cast<std::size_t>(parameter.init.original.id)].parameter;
        std::ranges::copy(values_of(network.parameters()[static_cast<std::size_t>(original)]), values.begin());
        break;
      }
      case Init::Kind::mean_image:
        if (mean_image.empty())
          std::ranges::fill(values, 0.0F);
        else
          std::ranges::copy(mean_image, values.begin());
        break;
    }
  }
  apply_constraints(network, parameters());
}

}  // namespace hourglass::compute
