#include "compute/optimise/optimizer.hpp"

#include <cmath>
#include <stdexcept>

#include "compute/kernels/block_sums.hpp"

namespace hourglass::compute {

void Optimizer::update_parameter(Model&, const Update&, int, const float*) {
  throw std::logic_error("a full-batch optimizer needs all gradients at once");
}

double gradient_norm(const Model& model) {
  const auto gradients = model.gradients();
  return std::sqrt(sum_of_squares(gradients.data(), static_cast<std::int64_t>(gradients.size())));
}

}  // namespace hourglass::compute
