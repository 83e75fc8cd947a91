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
  bool masked = false;  // only some of the units compete

  bool keeps_all() const { return each >= of && !masked; }
};

Share share_of(const op::TopK& top_k, std::int64_t units, std::int64_t batch, bool training) {
  const std::int64_t later = std::min(top_k.inference_count, units);
  if (top_k.masked) return {Scope::sample, training ? std::min(top_k.count, units) : later, units, true};
  if (!training) return {Scope::sample, top_k.inference_count, units};
  if (top_k.scope != Scope::unit) return {top_k.scope, top_k.count, units};
  return {Scope::unit, std::max<std::int64_t>(1, (batch * top_k.count + units / 2) / units), batch};
}

std::int32_t* integers(float* memory) { return reinterpret_cast<std::int32_t*>(memory); }

class TopKKernel : public Kernel {
 public:
  TopKKernel(const KernelSpec& spec, const Share& share)
      : batch_(spec.batch), units_(spec.output.size()), share_(share), write_(spec.gradients[0]) {}

  Workspace workspace() const override {
    if (share_.keeps_all()) return {};
    const std::int64_t blocks = (batch_ + kSampleBlock - 1) / kSampleBlock;
    const std::int64_t elements = batch_ * units_;
    switch (share_.scope) {
      case Scope::sample: return {.saved = 0, .scratch = (share_.masked ? 1 + 4 * blocks : 3 * blocks) * units_};
      case Scope::unit:
        return {.saved = 0,
                .scratch = units_ + 1 + share_.each * units_ + (units_ + kUnitBlock - 1) / kUnitBlock * room()};
      case Scope::batch: return {.saved = 0, .scratch = 4 * elements};
    }
    return {};
  }

  Reads backward_reads() const override {
    return {.inputs = std::vector<bool>(share_.masked ? 2 : 1, false), .output = false};
  }

  void forward(const StepKey&) override {
    if (share_.keeps_all()) {
      std::copy_n(binding_.inputs[0], batch_ * units_, binding_.output);
      return;
    }
    switch (share_.scope) {
      case Scope::sample: share_.masked ? list_of_masked() : list_of_samples(); break;
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

  // As list_of_samples(), among the units whose mask is not 0.
  void list_of_masked() {
    std::int32_t* competing = integers(binding_.scratch);
    std::int64_t count = 0;
    for (std::int64_t unit = 0; unit < units_; ++unit) {
      if (binding_.inputs[1][unit] != 0) competing[count++] = static_cast<std::int32_t>(unit);
    }
    const std::int64_t kept = std::min(count, share_.each);
    const RowList& list = binding_.output_list;
    for (std::int64_t row = 0; row <= batch_; ++row) list.begins[row] = static_cast<std::int32_t>(row * kept);
    if (kept == 0) return;
    parallel_blocks(batch_, kSampleBlock, [&](std::int64_t begin, std::int64_t end) {
      std::int32_t* keys = competing + (1 + begin / kSampleBlock * 4) * units_;
      float* values = binding_.scratch + (keys + 3 * units_ - competing);
      std::int32_t guess = 0;
      for (std::int64_t row = begin; row < end; ++row) {
        for (std::int64_t i = 0; i < count; ++i) values[i] = binding_.inputs[0][row * units_ + competing[i]];
        order_keys(values, count, keys);
        std::int32_t* columns = list.columns + row * kept;
        choose_largest(keys, count, kept, guess, {keys + units_, keys + 2 * units_}, columns);
        for (std::int64_t i = 0; i < kept; ++i) columns[i] = competing[columns[i]];
      }
    });
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

/// Training of op::BatchTopK: the threshold follows the least kept element.
class BatchTopKKernel final : public TopKKernel {
 public:
  BatchTopKKernel(const KernelSpec& spec, const op::BatchTopK& top_k)
      : TopKKernel(spec, {Scope::batch, top_k.count, spec.output.size()}),
        decay_(top_k.decay),
        elements_(spec.elements(spec.output)) {}

  Reads backward_reads() const override { return {.inputs = {false, false}, .output = false}; }

  void forward(const StepKey& key) override {
    TopKKernel::forward(key);
    float least = std::numeric_limits<float>::infinity();
    for (std::int64_t i = 0; i < elements_; ++i) {
      if (binding_.output[i] > 0) least = std::min(least, binding_.output[i]);
    }
    if (!std::isfinite(least)) return;
    // State, which this operation updates as batch_norm does. 0: no batch has been seen.
    float& threshold = *const_cast<float*>(binding_.inputs[1]);
    const auto mean = decay_ * static_cast<double>(threshold) + (1 - decay_) * static_cast<double>(least);
    threshold = threshold > 0 ? static_cast<float>(mean) : least;
  }

 private:
  double decay_;
  std::int64_t elements_;
};

/// op::BatchTopK outside training: sample by sample.
class ThresholdKernel final : public Kernel {
 public:
  explicit ThresholdKernel(const KernelSpec& spec) : elements_(spec.elements(spec.output)), write_(spec.gradients[0]) {}

  Reads backward_reads() const override { return {.inputs = {false, false}, .output = true}; }

  void forward(const StepKey&) override {
    const float* x = binding_.inputs[0];
    const float threshold = *binding_.inputs[1];
    parallel_blocks(elements_, kBlock, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) binding_.output[i] = x[i] > 0 && x[i] >= threshold ? x[i] : 0;
    });
  }

  void backward() override {
    if (write_ == Write::none) return;
    float* dx = binding_.input_gradients[0];
    for (std::int64_t i = 0; i < elements_; ++i) {
      const float dy = binding_.output[i] != 0 ? binding_.output_gradient[i] : 0;
      dx[i] = write_ == Write::add ? dx[i] + dy : dy;
    }
  }

 private:
  static constexpr std::int64_t kBlock = 1 << 14;
  std::int64_t elements_;
  Write write_;
};

void check_elements(const KernelSpec& spec) {
  if (spec.elements(spec.output) <= std::numeric_limits<std::int32_t>::max()) return;
  throw std::invalid_argument("top_k expects at most 2^31 - 1 elements, but got " +
                              std::to_string(spec.elements(spec.output)) + "; use a smaller batch");
}

}  // namespace

template <>
class RulesOf<op::TopK> final : public Rules {
 public:
  explicit RulesOf(const op::TopK& top_k) : top_k_(top_k) {}

  std::string name() const override { return "top_k"; }

  Shape infer(std::span<const Shape> inputs) const override {
    const std::string wanted = top_k_.masked ? "x [N, K] and a mask [K]" : "one tensor [N, K]";
    check_count(inputs, top_k_.masked ? 2 : 1, wanted);
    if (!inputs[0].batched) refuse_shapes(wanted, inputs);
    if (top_k_.masked && inputs[1] != Shape{inputs[0].dims, false}) refuse_shapes(wanted, inputs);
    if (top_k_.masked && top_k_.scope != Scope::sample) refuse_option("the scope sample", "a mask", inputs);
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

  bool blocks_gradient(std::size_t input) const override { return input == 1; }
  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    check_elements(spec);
    return std::make_unique<TopKKernel>(spec, share_of(top_k_, spec.output.size(), spec.batch, spec.training));
  }

 private:
  op::TopK top_k_;
};

template <>
class RulesOf<op::BatchTopK> final : public Rules {
 public:
  explicit RulesOf(const op::BatchTopK& top_k) : top_k_(top_k) {}

  std::string name() const override { return "batch_top_k"; }

  Shape infer(std::span<const Shape> inputs) const override {
    const std::string wanted = "x [N, K] and a threshold [1]";
    check_count(inputs, 2, wanted);
    if (!inputs[0].batched || inputs[1] != Shape{{1}, false}) refuse_shapes(wanted, inputs);
    if (top_k_.count < 1) refuse_option("to keep at least 1 element", std::to_string(top_k_.count), inputs);
    if (!(top_k_.decay >= 0 && top_k_.decay < 1)) {
      refuse_option("a decay in [0, 1)", std::to_string(top_k_.decay), inputs);
    }
    return inputs[0];
  }

  std::int64_t nonzeros(const Shape& output, std::int64_t batch, bool training) const override {
    return training && top_k_.count < output.size() ? top_k_.count * batch : 0;
  }
  bool blocks_gradient(std::size_t input) const override { return input == 1; }
  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    if (!spec.training) return std::make_unique<ThresholdKernel>(spec);
    check_elements(spec);
    return std::make_unique<BatchTopKKernel>(spec, top_k_);
  }

 private:
  op::BatchTopK top_k_;
};

template std::unique_ptr<Rules> make_rules(const op::TopK&);
template std::unique_ptr<Rules> make_rules(const op::BatchTopK&);

}  // namespace hourglass::compute
