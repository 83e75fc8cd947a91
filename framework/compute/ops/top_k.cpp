// Keeps and lists the largest of each sample (Makhzani & Frey 2014), of each unit over the batch (Makhzani & Frey 2015)
// or of the whole batch (Bussmann et al. 2024); everything else becomes zero.
#include <algorithm>
#include <limits>
#include <stdexcept>

#include "compute/kernels/largest.hpp"
#include "compute/kernels/parallel.hpp"
#include "compute/ops/registration.hpp"
#include "compute/ops/row_list.hpp"

namespace hourglass::compute {
namespace {

using Scope = op::TopKScope;

/// Samples, and units, per block of one thread.
constexpr std::int64_t kSampleBlock = 8, kUnitBlock = 16;

/// How many are kept: `each` of the `of` units of a sample, or samples of a unit; of a batch, `each` per sample.
struct Share {
  Scope scope;
  std::int64_t each, of;

  bool keeps_all() const { return each >= of; }
};

Share share_of(const op::TopK& top_k, std::int64_t units, std::int64_t batch, bool training) {
  if (!training) return {Scope::sample, top_k.inference_count, units};
  if (top_k.scope != Scope::unit) return {top_k.scope, top_k.count, units};
  return {Scope::unit, std::max<std::int64_t>(1, (batch * top_k.count + units / 2) / units), batch};
}

std::int32_t* integers(float* memory) { return reinterpret_cast<std::int32_t*>(memory); }

class TopKKernel final : public Kernel {
 public:
  TopKKernel(const KernelSpec& spec, const Share& share)
      : batch_(spec.batch), units_(spec.output.size()), share_(share), write_(spec.gradients[0]) {}

  Workspace workspace() const override {
    if (share_.keeps_all()) return {};
    const std::int64_t elements = batch_ * units_;
    switch (share_.scope) {
      case Scope::sample: return {.saved = 0, .scratch = (batch_ + kSampleBlock - 1) / kSampleBlock * 3 * units_};
      case Scope::unit:
        return {.saved = 0,
                .scratch = units_ + 1 + share_.each * units_ + (units_ + kUnitBlock - 1) / kUnitBlock * room()};
      case Scope::batch: return {.saved = 0, .scratch = 4 * elements};
    }
    return {};
  }

  Reads backward_reads() const override { return {.inputs = {false}, .output = false}; }

  void forward(const StepKey&) override {
    if (share_.keeps_all()) {
      std::copy_n(binding_.inputs[0], batch_ * units_, binding_.output);
      return;
    }
    switch (share_.scope) {
      case Scope::sample: list_of_samples(); break;
      case Scope::unit: list_of_units(); break;
      case Scope::batch: list_of_batch(); break;
    }
    copy_listed(binding_.inputs[0], binding_.output, Write::overwrite);
  }

  void backward() override {
    if (write_ == Write::none) return;
    if (!share_.keeps_all()) return copy_listed(binding_.output_gradient, binding_.input_gradients[0], write_);
    float* dx = binding_.input_gradients[0];
    const float* dy = binding_.output_gradient;
    for (std::int64_t i = 0; i < batch_ * units_; ++i) dx[i] = write_ == Write::add ? dx[i] + dy[i] : dy[i];
  }

 private:
  void list_of_samples() {
    const RowList& list = binding_.output_list;
    parallel_blocks(batch_, kSampleBlock, [&](std::int64_t begin, std::int64_t end) {
      std::int32_t* keys = integers(binding_.scratch) + begin / kSampleBlock * 3 * units_;
      std::int32_t guess = 0;
      for (std::int64_t row = begin; row < end; ++row) {
        order_keys(binding_.inputs[0] + row * units_, units_, keys);
        choose_largest(keys, units_, share_.each, guess, {keys + units_, keys + 2 * units_},
                       list.columns + row * share_.each);
        list.begins[row + 1] = static_cast<std::int32_t>((row + 1) * share_.each);
      }
    });
    list.begins[0] = 0;
  }

  // The keys of some units [kUnitBlock, N], and scratch memory to choose among those of one.
  std::int64_t room() const { return (kUnitBlock + 2) * batch_; }

  void list_of_units() {
    const RowList by_unit{integers(binding_.scratch), integers(binding_.scratch) + units_ + 1};  // of [K, N]
    std::int32_t* rooms = by_unit.columns + share_.each * units_;
    parallel_blocks(units_, kUnitBlock, [&](std::int64_t begin, std::int64_t end) {
      std::int32_t* keys = rooms + begin / kUnitBlock * room();
      for (std::int64_t row = 0; row < batch_; ++row) {
        std::int32_t some[kUnitBlock];
        order_keys(binding_.inputs[0] + row * units_ + begin, end - begin, some);
        for (std::int64_t i = 0; i < end - begin; ++i) keys[i * batch_ + row] = some[i];
      }
      std::int32_t guess = 0;
      for (std::int64_t unit = begin; unit < end; ++unit) {
        choose_largest(keys + (unit - begin) * batch_, batch_, share_.each, guess,
                       {keys + kUnitBlock * batch_, keys + (kUnitBlock + 1) * batch_},
                       by_unit.columns + unit * share_.each);
        by_unit.begins[unit + 1] = static_cast<std::int32_t>((unit + 1) * share_.each);
      }
    });
    by_unit.begins[0] = 0;
    transpose_list(by_unit, units_, batch_, binding_.output_list);
  }

  void list_of_batch() {
    const std::int64_t elements = batch_ * units_;
    std::int32_t* keys = integers(binding_.scratch);
    std::int32_t* positions = keys + 3 * elements;
    parallel_blocks(batch_, kSampleBlock, [&](std::int64_t begin, std::int64_t end) {
      order_keys(binding_.inputs[0] + begin * units_, (end - begin) * units_, keys + begin * units_);
    });
    std::int32_t guess = 0;
    choose_largest(keys, elements, share_.each * batch_, guess, {keys + elements, keys + 2 * elements}, positions);
    const RowList& list = binding_.output_list;
    std::int64_t place = 0;
    list.begins[0] = 0;
    for (std::int64_t row = 0; row < batch_; ++row) {
      for (; place < share_.each * batch_ && positions[place] < (row + 1) * units_; ++place) {
        list.columns[place] = static_cast<std::int32_t>(positions[place] - row * units_);
      }
      list.begins[row + 1] = static_cast<std::int32_t>(place);
    }
  }

  // Copies the listed elements from [N, K] to [N, K]; the others become zero.
  void copy_listed(const float* from, float* to, Write write) {
    const RowList& list = binding_.output_list;
    parallel_blocks(batch_, kSampleBlock, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) {
        if (write == Write::overwrite) std::fill_n(to + row * units_, units_, 0.0f);
        for (std::int32_t i = list.begins[row]; i < list.begins[row + 1]; ++i) {
          const std::int64_t at = row * units_ + list.columns[i];
          to[at] = write == Write::overwrite ? from[at] : to[at] + from[at];
        }
      }
    });
  }

  std::int64_t batch_, units_;
  Share share_;
  Write write_;
};

}  // namespace

template <>
class RulesOf<op::TopK> final : public Rules {
 public:
  explicit RulesOf(const op::TopK& top_k) : top_k_(top_k) {}

  std::string name() const override { return "top_k"; }

  Shape infer(std::span<const Shape> inputs) const override {
    const std::string wanted = "one tensor [N, K]";
    check_count(inputs, 1, wanted);
    if (!inputs[0].batched) refuse_shapes(wanted, inputs);
    if (const std::int64_t least = std::min(top_k_.count, top_k_.inference_count); least < 1) {
      refuse_option("to keep at least 1 element", std::to_string(least), inputs);
    }
    return inputs[0];
  }

  std::int64_t nonzeros(const Shape& output, std::int64_t batch, bool training) const override {
    const Share share = share_of(top_k_, output.size(), batch, training);
    if (share.keeps_all()) return 0;
    return share.each * (share.scope == Scope::unit ? output.size() : batch);
  }

  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    if (spec.elements(spec.output) > std::numeric_limits<std::int32_t>::max()) {
      throw std::invalid_argument("top_k expects at most 2^31 - 1 elements, but got " +
                                  std::to_string(spec.elements(spec.output)) + "; use a smaller batch");
    }
    return std::make_unique<TopKKernel>(spec, share_of(top_k_, spec.output.size(), spec.batch, spec.training));
  }

 private:
  op::TopK top_k_;
};

template std::unique_ptr<Rules> make_rules(const op::TopK&);

}  // namespace hourglass::compute
