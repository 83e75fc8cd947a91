// The same numbers with another shape. It needs no step: in the plan, both nodes share one tensor.
#include <algorithm>
#include <stdexcept>

#include "compute/ops/registration.hpp"

namespace hourglass::compute {

template <>
class RulesOf<op::Reshape> final : public Rules {
 public:
  explicit RulesOf(const op::Reshape& reshape) : dims_(reshape.dims) {}

  std::string name() const override { return "reshape"; }

  Shape infer(std::span<const Shape> inputs) const override {
    check_count(inputs, 1, "one tensor");
    const Shape shape{dims_, inputs[0].batched};
    const bool positive = std::all_of(dims_.begin(), dims_.end(), [](std::int64_t dim) { return dim > 0; });
    if (!positive || shape.size() != inputs[0].size()) {
      refuse_shapes("as many elements as the result " + to_string(shape) + " has", inputs);
    }
    return shape;
  }

  bool aliases_input(bool) const override { return true; }
  std::unique_ptr<Kernel> kernel(const KernelSpec&) const override {
    throw std::logic_error("a reshape needs no kernel");
  }

 private:
  std::vector<std::int64_t> dims_;
};

template std::unique_ptr<Rules> make_rules(const op::Reshape&);

}  // namespace hourglass::compute
