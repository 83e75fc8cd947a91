// Dispatches to the rules of each operation, and formats their errors.
#include "compute/ops/operation.hpp"

#include <stdexcept>

namespace hourglass::compute {

std::unique_ptr<Rules> rules_of(const op::Operation& operation) {
  return std::visit([](const auto& chosen) { return make_rules(chosen); }, operation);
}

bool layouts_differ(const Shape& shape) {
  return shape.dims.size() == 3 && shape.dims[0] > 1 && shape.dims[1] * shape.dims[2] > 1;
}

void refuse_shapes(const std::string& wanted, std::span<const Shape> inputs) {
  std::string got;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (i > 0) got += i + 1 == inputs.size() ? " and " : ", ";
    got += to_string(inputs[i]);
  }
  throw std::invalid_argument("wants " + wanted + ", got " + (got.empty() ? "nothing" : got));
}

void check_count(std::span<const Shape> inputs, std::size_t count, const std::string& wanted) {
  if (inputs.size() != count) refuse_shapes(wanted, inputs);
}

}  // namespace hourglass::compute
