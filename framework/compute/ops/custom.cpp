// Operations defined by plugins.
#include <algorithm>
#include <stdexcept>

#include "base/error.hpp"
#include "base/guest_code.hpp"
#include "compute/ops/registration.hpp"

namespace hourglass::compute {
namespace {

class CustomKernel final : public Kernel {
 public:
  CustomKernel(const KernelSpec& spec, std::shared_ptr<const CustomOperation> operation)
      : spec_(spec), operation_(std::move(operation)) {}

  // It is unknown what a plugin's backward reads, so everything is kept.
  Reads backward_reads() const override {
    return {.inputs = std::vector<bool>(spec_.inputs.size(), true), .output = true};
  }

  void bind(const Binding& binding) override {
    binding_ = binding;
    inputs_.clear();
    gradients_.clear();
    for (std::size_t i = 0; i < spec_.inputs.size(); ++i) {
      const auto count = static_cast<std::size_t>(spec_.elements(spec_.inputs[i]));
      inputs_.emplace_back(binding.inputs[i], count);
      gradients_.push_back(spec_.wants(i) ? std::span<float>(binding.input_gradients[i], count) : std::span<float>());
    }
    const auto count = static_cast<std::size_t>(spec_.elements(spec_.output));
    output_ = {binding.output, count};
    output_gradient_ = {binding.output_gradient, binding.output_gradient == nullptr ? 0 : count};
  }

  void forward(const StepKey&) override {
    named([&] { operation_->forward(spec_.batch, inputs_, output_); });
  }

  void backward() override {
    // A plugin always adds.
    for (std::size_t i = 0; i < gradients_.size(); ++i) {
      if (spec_.gradients[i] == Write::overwrite) std::fill(gradients_[i].begin(), gradients_[i].end(), 0.0f);
    }
    named([&] { operation_->backward(spec_.batch, inputs_, output_, output_gradient_, gradients_); });
  }

 private:
  // Calls a plugin; the message of any exception states whose operation it was.
  template <class Call>
  void named(const Call& call) const {
    try {
      call();
      base::restore_arithmetic();
    } catch (const std::exception& error) {
      throw std::runtime_error("operation " + operation_->name() + ": " + base::text_of(error));
    }
  }

  KernelSpec spec_;
  std::shared_ptr<const CustomOperation> operation_;
  std::vector<std::span<const float>> inputs_;
  std::vector<std::span<float>> gradients_;
  std::span<float> output_;
  std::span<const float> output_gradient_;
};

}  // namespace

template <>
class RulesOf<op::Custom> final : public Rules {
 public:
  explicit RulesOf(const op::Custom& custom) : operation_(custom.operation) {}

  std::string name() const override { return operation_->name(); }
  Shape infer(std::span<const Shape> inputs) const override { return operation_->infer(inputs); }
  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    return std::make_unique<CustomKernel>(spec, operation_);
  }

 private:
  std::shared_ptr<const CustomOperation> operation_;
};

template std::unique_ptr<Rules> make_rules(const op::Custom&);

}  // namespace hourglass::compute
