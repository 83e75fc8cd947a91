// Sums and means over chosen dimensions of each sample.
#include <algorithm>

#include "compute/kernels/lanes.hpp"
#include "compute/ops/elementwise.hpp"
#include "compute/ops/registration.hpp"
#include "compute/ops/strides.hpp"

namespace hourglass::compute {
namespace {

using op::ReduceKind;

// One dimension of the input and its stride in the output: 0 if it is summed over.
struct ReducedDimension {
  std::int64_t size = 1, input = 0, output = 0;
};

// The two innermost dimensions of the input, of which the last is contiguous.
struct ReduceTile {
  ReducedDimension row, column;
};

HOURGLASS_INLINE float row_sum(const float* x, std::int64_t count) {
  float lanes[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (std::int64_t lane = 0; lane < kLanes; ++lane) lanes[lane] += x[i + lane];
  }
  for (std::int64_t lane = 0; i < count; ++i, ++lane) lanes[lane] += x[i];
  float total = 0;
  for (const float lane : lanes) total += lane;
  return total;
}

HOURGLASS_MULTIVERSION void add_up(const ReduceTile& tile, const float* x, float scale, float* y) {
  const ReducedDimension row = tile.row, column = tile.column;
  for (std::int64_t r = 0; r < row.size; ++r, x += row.input, y += row.output) {
    if (column.output == 0) {
      *y += scale * row_sum(x, column.size);
    } else if (column.output == 1) {
#pragma GCC ivdep
      for (std::int64_t i = 0; i < column.size; ++i) y[i] += scale * x[i];
    } else {
      for (std::int64_t i = 0; i < column.size; ++i) y[i * column.output] += scale * x[i];
    }
  }
}

HOURGLASS_MULTIVERSION void spread_result(const ReduceTile& tile, const float* dy, float scale, float* dx, bool add) {
  const ReducedDimension row = tile.row, column = tile.column;
  for (std::int64_t r = 0; r < row.size; ++r, dx += row.input, dy += row.output) {
    if (column.output == 0) {
      const float same = scale * *dy;
#pragma GCC ivdep
      for (std::int64_t i = 0; i < column.size; ++i) dx[i] = add ? dx[i] + same : same;
    } else {
      for (std::int64_t i = 0; i < column.size; ++i) {
        const float value = scale * dy[i * column.output];
        dx[i] = add ? dx[i] + value : value;
      }
    }
  }
}

class ReduceKernel final : public Kernel {
 public:
  ReduceKernel(const KernelSpec& spec, const op::Reduce& reduce)
      : samples_(spec.output.batched ? spec.batch : 1),
        input_size_(spec.inputs[0].size()),
        output_size_(spec.output.size()),
        write_(spec.gradients[0]) {
    if (reduce.kind == ReduceKind::mean) {
      scale_ = static_cast<float>(static_cast<double>(output_size_) / static_cast<double>(input_size_));
    }
    list_dimensions(spec, reduce.axes);
  }

  Reads backward_reads() const override { return {.inputs = {false}, .output = false}; }

  void forward(const StepKey&) override {
    each_sample([&](std::int64_t sample) {
      float* y = binding_.output + sample * output_size_;
      std::fill(y, y + output_size_, 0.0f);
      each_tile([&](std::int64_t input, std::int64_t output) {
        add_up(tile_, binding_.inputs[0] + sample * input_size_ + input, scale_, y + output);
      });
    });
  }

  void backward() override {
    if (write_ == Write::none) return;
    each_sample([&](std::int64_t sample) {
      each_tile([&](std::int64_t input, std::int64_t output) {
        spread_result(tile_, binding_.output_gradient + sample * output_size_ + output, scale_,
                      binding_.input_gradients[0] + sample * input_size_ + input, write_ == Write::add);
      });
    });
  }

 private:
  // Lists the dimensions in the order of the input's memory; neighbours that are contiguous in both tensors are merged.
  void list_dimensions(const KernelSpec& spec, const std::vector<int>& axes) {
    const Shape& x = spec.inputs[0];
    const auto input = strides_of(x, spec.layout), kept = strides_of(spec.output, spec.layout);
    std::vector<ReducedDimension> all;
    std::size_t next = 0;
    for (std::size_t i = 0; i < x.dims.size(); ++i) {
      const bool reduced = std::find(axes.begin(), axes.end(), static_cast<int>(i)) != axes.end();
      all.push_back({x.dims[i], input[i], reduced ? 0 : kept[next++]});
    }
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.input > b.input; });
    for (const ReducedDimension& dimension : all) {
      if (dimension.size == 1) continue;
      if (!outer_.empty() && outer_.back().output == dimension.output * dimension.size) {
        outer_.back() = {outer_.back().size * dimension.size, dimension.input, dimension.output};
      } else {
        outer_.push_back(dimension);
      }
    }
    for (ReducedDimension* inner : {&tile_.column, &tile_.row}) {
      if (outer_.empty()) continue;
      *inner = outer_.back();
      outer_.pop_back();
    }
  }

  template <class Body>
  void each_sample(const Body& body) {
    parallel_blocks(samples_, std::max<std::int64_t>(1, kElementBlock / input_size_),
                    [&](std::int64_t begin, std::int64_t end) {
                      for (std::int64_t sample = begin; sample < end; ++sample) body(sample);
                    });
  }

  // Calls body(offset in the input, offset in the output) for every tile of a sample.
  template <class Body>
  void each_tile(const Body& body) const {
    std::int64_t tiles = 1;
    for (const ReducedDimension& dimension : outer_) tiles *= dimension.size;
    for (std::int64_t tile = 0; tile < tiles; ++tile) {
      std::int64_t input = 0, output = 0, left = tile;
      for (std::size_t i = outer_.size(); i-- > 0;) {
        input += left % outer_[i].size * outer_[i].input;
        output += left % outer_[i].size * outer_[i].output;
        left /= outer_[i].size;
      }
      body(input, output);
    }
  }

  std::int64_t samples_, input_size_, output_size_;
  Write write_;
  float scale_ = 1;
  std::vector<ReducedDimension> outer_;
  ReduceTile tile_;
};

}  // namespace

template <>
class RulesOf<op::Reduce> final : public Rules {
 public:
  explicit RulesOf(const op::Reduce& reduce) : reduce_(reduce) {}

  std::string name() const override { return reduce_.kind == ReduceKind::sum ? "reduce_sum" : "reduce_mean"; }

  Shape infer(std::span<const Shape> inputs) const override {
    check_count(inputs, 1, "one tensor");
    if (reduce_.axes.empty()) refuse_shapes("at least one axis", inputs);
    Shape shape = inputs[0];
    for (const int axis : reduce_.axes) {
      check_axis(axis, inputs);
      std::int64_t& dim = shape.dims[static_cast<std::size_t>(axis)];
      if (dim == 0) refuse_option("each axis at most once", "axis " + std::to_string(axis) + " twice", inputs);
      dim = 0;
    }
    std::erase(shape.dims, 0);
    return shape;
  }

  LayoutRule layout() const override { return LayoutRule::any; }
  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    return std::make_unique<ReduceKernel>(spec, reduce_);
  }

 private:
  op::Reduce reduce_;
};

template std::unique_ptr<Rules> make_rules(const op::Reduce&);

}  // namespace hourglass::compute
