// Memory of a model and its first values.
#include "compute/graph/model.hpp"

#include <algorithm>

#include "base/random.hpp"
#include "compute/graph/constraints.hpp"

namespace hourglass::compute {

Model::Model(const Network& network, bool with_gradients)
    : parameters_(network.buffer_size()), gradients_(with_gradients ? network.buffer_size() : 0) {}

void Model::initialise(const Network& network, std::uint64_t seed) {
  for (std::size_t i = 0; i < network.parameters().size(); ++i) {
    const ParameterRecord& parameter = network.parameters()[i];
    const auto values =
        parameters().subspan(static_cast<std::size_t>(parameter.offset), static_cast<std::size_t>(parameter.size));
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
    }
  }
  apply_constraints(network, parameters());
}

}  // namespace hourglass::compute
