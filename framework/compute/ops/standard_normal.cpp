// Draws from the standard normal distribution, from the step's key alone.
#include "base/random.hpp"
#include "compute/ops/elementwise.hpp"
#include "compute/ops/registration.hpp"

namespace hourglass::compute {
namespace {

class StandardNormalKernel final : public Kernel {
 public:
  explicit StandardNormalKernel(const KernelSpec& spec) : count_(spec.elements(spec.output)), node_(spec.node) {}

  Reads backward_reads() const override { return {.inputs = {}, .output = false}; }

  void forward(const StepKey& key) override {
    parallel_blocks(count_, kElementBlock, [&](std::int64_t begin, std::int64_t end) {
      // Each block has numbers of its own, as in dropout.
      const auto block = static_cast<std::uint64_t>(begin / kElementBlock);
      base::PhiloxRng rng(key.seed, base::Stream::code, key.step, (static_cast<std::uint64_t>(node_) << 20) + block);
      rng.normal({binding_.output + begin, static_cast<std::size_t>(end - begin)});
    });
  }

  void backward() override {}

 private:
  std::int64_t count_;
  int node_;
};

}  // namespace

template <>
class RulesOf<op::StandardNormal> final : public Rules {
 public:
  explicit RulesOf(const op::StandardNormal& normal) : size_(normal.size) {}

  std::string name() const override { return "standard_normal"; }
  Shape infer(std::span<const Shape> inputs) const override {
    check_count(inputs, 0, "no inputs");
    if (size_ < 1) refuse_option("a size of at least 1", std::to_string(size_), inputs);
    return {{size_}, true};
  }
  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    return std::make_unique<StandardNormalKernel>(spec);
  }

 private:
  std::int64_t size_;
};

template std::unique_ptr<Rules> make_rules(const op::StandardNormal&);

}  // namespace hourglass::compute
