// Two routes: from a sparse input through a weight whose rows belong to the units of the input, and back from a sparse
// gradient to a weight whose rows belong to the units of the output. Rows of weights are then read and written as a
// whole.
#include "compute/ops/sparse_dense.hpp"

#include <algorithm>

#include "compute/kernels/activation.hpp"
#include "compute/kernels/buffer.hpp"
#include "compute/kernels/parallel.hpp"
#include "compute/ops/dense_parts.hpp"
#include "compute/ops/row_list.hpp"
#include "compute/ops/sparse_products.hpp"

namespace hourglass::compute {
namespace {

/// Converts a list [rows, columns], with values, to that of the transpose, in scratch memory.
class Transposed {
 public:
  Transposed(std::int64_t rows, std::int64_t columns, std::int64_t nonzeros)
      : rows_(rows), columns_(columns), nonzeros_(nonzeros) {}

  std::int64_t scratch() const { return whole_lines(columns_ + 1) + 2 * whole_lines(nonzeros_); }
  void bind(float* scratch) {
    auto* numbers = reinterpret_cast<std::int32_t*>(scratch);
    list_ = {numbers, numbers + whole_lines(columns_ + 1)};
    values_ = scratch + whole_lines(columns_ + 1) + whole_lines(nonzeros_);
  }
  SparseMatrix of(const RowList& list, const float* values) const {
    transpose_list(list, rows_, columns_, list_, values, values_);
    return {columns_, list_, values_};
  }

 private:
  std::int64_t rows_, columns_, nonzeros_;
  RowList list_;
  float* values_ = nullptr;
};

/// x [N, D] sparse, weight [D, K].
class SparseInputKernel final : public Kernel {
 public:
  explicit SparseInputKernel(const KernelSpec& spec)
      : sizes_(spec),
        nonzeros_(spec.input_nonzeros[0]),
        data_write_(spec.gradients[0]),
        weight_write_(spec.gradients[1]),
        end_(spec, false),
        transposed_(sizes_.batch, sizes_.inputs, nonzeros_) {}

  Workspace workspace() const override {
    return {.saved = end_.saved() + nonzeros_, .scratch = std::max(transposed_.scratch(), end_.scratch())};
  }

  Reads backward_reads() const override {
    Reads reads{.inputs = {false, data_write_ != Write::none}, .output = end_.reads_output()};
    if (end_.has_bias()) reads.inputs.push_back(false);
    return reads;
  }

  void bind(const Binding& binding) override {
    binding_ = binding;
    end_.bind(binding, binding.saved);
    values_ = binding.saved + end_.saved();
    transposed_.bind(binding.scratch);
  }

  void forward(const StepKey&) override {
    const RowList& list = binding_.input_lists[0];
    gather_listed(binding_.inputs[0], sizes_.inputs, sizes_.batch, list, values_);
    multiply_sparse({sizes_.batch, list, values_}, binding_.inputs[1], sizes_.outputs,
                    end_.has_bias() ? binding_.inputs[2] : nullptr, end_.product(), false);  // [N, K]
    end_.apply();
  }

  void backward() override {
    end_.undo(binding_.scratch);
    if (data_write_ == Write::none && weight_write_ == Write::none) return;
    const SparseMatrix x_transposed = transposed_.of(binding_.input_lists[0], values_);  // [D, N]
    const float* dy = binding_.output_gradient;
    float *dw = binding_.input_gradients[1], *dx = binding_.input_gradients[0];
    const bool add_weight = weight_write_ == Write::add;
    if (data_write_ == Write::none) {
      multiply_sparse(x_transposed, dy, sizes_.outputs, nullptr, dw, add_weight);  // [D, K]
      return;
    }
    if (data_write_ == Write::overwrite) clear(dx);
    backward_of_sparse({.x_transposed = x_transposed,
                        .width = sizes_.outputs,
                        .w = binding_.inputs[1],
                        .dc = dy,
                        .dw = dw,
                        .add_dw = add_weight,
                        .dx = dx,
                        .add_dx = data_write_ == Write::add});
  }

  double forward_flops() const override { return 2.0 * static_cast<double>(nonzeros_ * sizes_.outputs); }
  double backward_flops() const override {
    return forward_flops() * (int{data_write_ != Write::none} + int{weight_write_ != Write::none});
  }

 private:
  void clear(float* values) const {
    constexpr std::int64_t kBlock = 1 << 14;
    parallel_blocks(sizes_.batch * sizes_.inputs, kBlock,
                    [&](std::int64_t begin, std::int64_t end) { std::fill(values + begin, values + end, 0.0f); });
  }

  DenseSizes sizes_;
  std::int64_t nonzeros_;
  Write data_write_, weight_write_;
  DenseEnd end_;
  Transposed transposed_;
  float* values_ = nullptr;  // of the input, as listed
};

/// x [N, D], weight [K, D]; the gradient of the output [N, K] is sparse.
class SparseGradientKernel final : public Kernel {
 public:
  explicit SparseGradientKernel(const KernelSpec& spec)
      : sizes_(spec),
        nonzeros_(spec.output_gradient_nonzeros),
        data_write_(spec.gradients[0]),
        weight_write_(spec.gradients[1]),
        end_(spec, true),
        product_(spec, true, end_),
        transposed_(sizes_.batch, sizes_.outputs, nonzeros_) {}

  Workspace workspace() const override {
    const std::int64_t backward = transposed_.scratch() + 2 * whole_lines(nonzeros_);
    return {.saved = end_.saved() + product_.saved(), .scratch = std::max(product_.scratch(), backward)};
  }

  Reads backward_reads() const override {
    Reads reads{.inputs = {weight_write_ != Write::none, data_write_ != Write::none}, .output = end_.reads_output()};
    if (end_.has_bias()) reads.inputs.push_back(false);
    return reads;
  }

  void bind(const Binding& binding) override {
    binding_ = binding;
    end_.bind(binding, binding.saved);
    product_.bind(binding, end_.product(), binding.saved + end_.saved(), binding.scratch);
    transposed_.bind(binding.scratch);
    dz_ = binding.scratch + transposed_.scratch();
    from_ = dz_ + whole_lines(nonzeros_);
  }

  void forward(const StepKey&) override {
    product_.execute();  // [N, K]
    end_.apply();
  }

  void backward() override {
    const RowList& list = binding_.output_gradient_list;
    gather_listed(binding_.output_gradient, sizes_.outputs, sizes_.batch, list, dz_);
    if (const auto& activation = end_.activation(); activation.kind != Activation::identity) {
      gather_listed(end_.derivative_source(), sizes_.outputs, sizes_.batch, list, from_);
      activate_backward(activation.kind, end_.alpha(), from_, dz_, dz_, list.begins[sizes_.batch], false);
    }
    if (end_.bias_write() != Write::none || weight_write_ != Write::none) {
      const SparseMatrix dz_transposed = transposed_.of(list, dz_);  // [K, N]
      if (end_.bias_write() != Write::none) sum_rows_of(dz_transposed);
      if (weight_write_ != Write::none) {
        multiply_sparse(dz_transposed, binding_.inputs[0], sizes_.inputs, nullptr, binding_.input_gradients[1],
                        weight_write_ == Write::add);  // [K, D]
      }
    }
    if (data_write_ != Write::none) {
      multiply_sparse({sizes_.batch, list, dz_}, binding_.inputs[1], sizes_.inputs, nullptr,
                      binding_.input_gradients[0], data_write_ == Write::add);  // [N, D]
    }
  }

  double forward_flops() const override { return product_.flops(); }
  double backward_flops() const override {
    return 2.0 * static_cast<double>(nonzeros_ * sizes_.inputs) *
           (int{data_write_ != Write::none} + int{weight_write_ != Write::none});
  }

 private:
  // The bias's gradient [K].
  void sum_rows_of(const SparseMatrix& dz_transposed) const {
    const bool add = end_.bias_write() == Write::add;
    float* sums = binding_.input_gradients[2];
    for (std::int64_t unit = 0; unit < sizes_.outputs; ++unit) {
      float sum = add ? sums[unit] : 0;
      for (std::int32_t i = dz_transposed.list.begins[unit]; i < dz_transposed.list.begins[unit + 1]; ++i) {
        sum += dz_transposed.values[i];
      }
      sums[unit] = sum;
    }
  }

  DenseSizes sizes_;
  std::int64_t nonzeros_;
  Write data_write_, weight_write_;
  DenseEnd end_;
  DenseProduct product_;
  Transposed transposed_;
  float *dz_ = nullptr,
        *from_ = nullptr;  // the gradient of the product, and the values that its derivative needs, as listed
};

/// Measured: see decisions/0007-sparse-codes-skip-zeros.md.
bool worth_it(std::int64_t nonzeros, std::int64_t elements) { return nonzeros > 0 && 3 * nonzeros <= elements; }

}  // namespace

std::unique_ptr<Kernel> sparse_dense_kernel(const KernelSpec& spec, bool transposed) {
  if (!transposed && !spec.input_nonzeros.empty() &&
      worth_it(spec.input_nonzeros[0], spec.batch * spec.inputs[0].size())) {
    return std::make_unique<SparseInputKernel>(spec);
  }
  const bool goes_back =
      std::any_of(spec.gradients.begin(), spec.gradients.end(), [](Write write) { return write != Write::none; });
  if (transposed && goes_back && worth_it(spec.output_gradient_nonzeros, spec.batch * spec.output.size())) {
    return std::make_unique<SparseGradientKernel>(spec);
  }
  return nullptr;
}

}  // namespace hourglass::compute
