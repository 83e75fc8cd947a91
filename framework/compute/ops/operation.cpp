// Dispatches to the rules of each operation, and formats their errors.
#include "compute/ops/operation.hpp"

#include <stdexcept>
#include <utility>

namespace hourglass::compute {
namespace {

template <class T>
op::Operation copy_at(const void* address) {
  return *static_cast<const T*>(address);
}

template <std::size_t... Indices>
op::Operation copy_of(op::OperationRef operation, std::index_sequence<Indices...>) {
  using Copy = op::Operation (*)(const void*);
  constexpr Copy copies[] = {copy_at<std::variant_alternative_t<Indices, op::Operation>>...};
  return copies[operation.index()](operation.address());
}

}  // namespace

op::Operation copy_of(op::OperationRef operation) {
  return copy_of(operation, std::make_index_sequence<std::variant_size_v<op::Operation>>());
}

std::unique_ptr<Rules> rules_of(const op::Operation& operation) {
  return std::visit([](const auto& chosen) { return make_rules(chosen); }, operation);
}

bool layouts_differ(const Shape& shape) {
  return shape.dims.size() == 3 && shape.dims[0] > 1 && shape.dims[1] * shape.dims[2] > 1;
}

namespace {

// "[N, 3], [3] and [3]"
std::string listed(std::span<const Shape> shapes) {
  std::string text;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    if (i > 0) text += i + 1 == shapes.size() ? " and " : ", ";
    text += to_string(shapes[i]);
  }
  return text;
}

}  // namespace

void refuse_shapes(const std::string& expected, std::span<const Shape> inputs) {
  throw std::invalid_argument("expects " + expected + ", but got " + (inputs.empty() ? "nothing" : listed(inputs)));
}

void refuse_option(const std::string& expected, const std::string& got, std::span<const Shape> inputs) {
  throw std::invalid_argument("expects " + expected + ", but got " + got +
                              (inputs.empty() ? "" : " for " + listed(inputs)));
}

void check_count(std::span<const Shape> inputs, std::size_t count, const std::string& expected) {
  if (inputs.size() != count) refuse_shapes(expected, inputs);
}

}  // namespace hourglass::compute
