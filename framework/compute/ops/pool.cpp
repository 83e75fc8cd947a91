// Maxima and means of windows over images [N, H, W, C].
#include <algorithm>

#include "compute/kernels/lanes.hpp"
#include "compute/kernels/parallel.hpp"
#include "compute/ops/registration.hpp"

namespace hourglass::compute {
namespace {

using op::PoolKind;

// The part of a window that is inside the image, in one direction.
struct Span {
  std::int32_t input;   // position of its first pixel in the image
  std::int32_t number;  // its position in the window
  std::int32_t count;
};

std::vector<Span> spans(std::int64_t input, std::int64_t output, std::int64_t kernel, const Window& window,
                        std::size_t direction) {
  const std::int64_t dilation = window.dilation[direction];
  std::vector<Span> result;
  for (std::int64_t o = 0; o < output; ++o) {
    const std::int64_t start = o * window.stride[direction] - window.padding[direction];
    const std::int64_t first = start >= 0 ? 0 : (-start + dilation - 1) / dilation;
    const std::int64_t last = start >= input ? 0 : std::min(kernel, (input - start + dilation - 1) / dilation);
    result.push_back({static_cast<std::int32_t>(start + first * dilation), static_cast<std::int32_t>(first),
                      static_cast<std::int32_t>(std::max<std::int64_t>(0, last - first))});
  }
  return result;
}

std::int64_t pooled_size(std::int64_t input, std::int64_t kernel, const Window& window, std::size_t direction) {
  const std::int64_t room = input + 2 * window.padding[direction] - window.dilation[direction] * (kernel - 1) - 1;
  return room < 0 ? 0 : room / window.stride[direction] + 1;
}

struct Geometry {
  std::int64_t channels, width;       // of the output
  std::int64_t row_step, pixel_step;  // from one pixel of a window to the next
  std::int64_t kernel_width;
};

// Calls body(offset of the pixel from the window's first pixel, its index in the window).
template <class Body>
HOURGLASS_INLINE void in_window(const Geometry& g, const Span& row, const Span& column, const Body& body) {
  for (std::int32_t i = 0; i < row.count; ++i) {
    const auto number = static_cast<std::int32_t>((row.number + i) * g.kernel_width + column.number);
    for (std::int32_t j = 0; j < column.count; ++j) body(i * g.row_step + j * g.pixel_step, number + j);
  }
}

// Up to four pixels of a window, processed together in one pass over the channels.
template <class Float>
struct Pixels {
  Float* at[4];
  std::int32_t number[4];
  int count = 0;
};

// Calls body(pixels, first) until all pixels of the window are covered.
template <class Float, class Body>
HOURGLASS_INLINE void in_fours(const Geometry& g, const Span& row, const Span& column, Float* from, const Body& body) {
  Pixels<Float> pixels;
  bool first = true;
  in_window(g, row, column, [&](std::int64_t offset, std::int32_t number) HOURGLASS_INLINE_LAMBDA {
    pixels.at[pixels.count] = from + offset;
    pixels.number[pixels.count++] = number;
    if (pixels.count < 4) return;
    body(pixels, first);
    pixels.count = 0;
    first = false;
  });
  if (pixels.count > 0) body(pixels, first);
}

HOURGLASS_INLINE void keep_larger(float value, std::int32_t number, float& best, std::int32_t& winner) {
  const bool better = (value > best) | (value != value);
  best = better ? value : best;
  winner = better ? number : winner;
}

// Plain loops: g++ 12 splits comparisons of its vector types into single elements.
template <bool kFirst, class Number>
HOURGLASS_INLINE void max_of_four(const Pixels<const float>& pixels, std::int64_t channels, float* y, Number* winners) {
  const float *p0 = pixels.at[0], *p1 = pixels.at[1], *p2 = pixels.at[2], *p3 = pixels.at[3];
  const std::int32_t n0 = pixels.number[0], n1 = pixels.number[1], n2 = pixels.number[2], n3 = pixels.number[3];
  if (winners == nullptr) {
#pragma GCC ivdep
    for (std::int64_t c = 0; c < channels; ++c) {
      float best = kFirst ? p0[c] : y[c];
      std::int32_t winner = 0;
      if (!kFirst) keep_larger(p0[c], n0, best, winner);
      keep_larger(p1[c], n1, best, winner);
      keep_larger(p2[c], n2, best, winner);
      keep_larger(p3[c], n3, best, winner);
      y[c] = best;
    }
    return;
  }
#pragma GCC ivdep
  for (std::int64_t c = 0; c < channels; ++c) {
    float best = kFirst ? p0[c] : y[c];
    auto winner = kFirst ? n0 : static_cast<std::int32_t>(winners[c]);
    if (!kFirst) keep_larger(p0[c], n0, best, winner);
    keep_larger(p1[c], n1, best, winner);
    keep_larger(p2[c], n2, best, winner);
    keep_larger(p3[c], n3, best, winner);
    y[c] = best;
    winners[c] = static_cast<Number>(winner);
  }
}

// Computes one output row [W', C] of maxima, each with its pixel's index in the window; the first of equal pixels, and
// a NaN if there is one. `x` is the first input row of the windows; `winners` may be null.
template <class Number>
HOURGLASS_INLINE void max_row(const Geometry& g, const Span& row, const Span* columns, const float* x, float* y,
                              Number* winners) {
  for (std::int64_t w = 0; w < g.width; ++w, y += g.channels, winners += winners == nullptr ? 0 : g.channels) {
    in_fours(g, row, columns[w], x + columns[w].input * g.channels,
             [&](Pixels<const float>& pixels, bool first) HOURGLASS_INLINE_LAMBDA {
               // Processing a pixel again changes nothing.
               for (int i = pixels.count; i < 4; ++i) {
                 pixels.at[i] = pixels.at[i - 1];
                 pixels.number[i] = pixels.number[i - 1];
               }
               if (first) {
                 max_of_four<true>(pixels, g.channels, y, winners);
               } else {
                 max_of_four<false>(pixels, g.channels, y, winners);
               }
             });
  }
}

template <int kCount, bool kAdd, class Number>
HOURGLASS_INLINE void give(const Pixels<float>& pixels, std::int64_t channels, const float* dy, const Number* winners) {
  float *p0 = pixels.at[0], *p1 = pixels.at[1], *p2 = pixels.at[2], *p3 = pixels.at[3];
  const std::int32_t n0 = pixels.number[0], n1 = pixels.number[1], n2 = pixels.number[2], n3 = pixels.number[3];
#pragma GCC ivdep
  for (std::int64_t c = 0; c < channels; ++c) {
    const std::int32_t winner = winners[c];
    const float gradient = dy[c];
    p0[c] = (winner == n0 ? gradient : 0.0f) + (kAdd ? p0[c] : 0.0f);
    if (kCount > 1) p1[c] = (winner == n1 ? gradient : 0.0f) + (kAdd ? p1[c] : 0.0f);
    if (kCount > 2) p2[c] = (winner == n2 ? gradient : 0.0f) + (kAdd ? p2[c] : 0.0f);
    if (kCount > 3) p3[c] = (winner == n3 ? gradient : 0.0f) + (kAdd ? p3[c] : 0.0f);
  }
}

// Passes the gradient of one output row to the winners. With kAdd, adds it to the existing gradient; otherwise windows
// are disjoint and the other pixels get zero.
template <bool kAdd, class Number>
HOURGLASS_INLINE void give_row(const Geometry& g, const Span& row, const Span* columns, const float* dy,
                               const Number* winners, float* dx) {
  for (std::int64_t w = 0; w < g.width; ++w, dy += g.channels, winners += g.channels) {
    in_fours(g, row, columns[w], dx + columns[w].input * g.channels,
             [&](Pixels<float>& pixels, bool) HOURGLASS_INLINE_LAMBDA {
               for (int i = pixels.count; i < 4; ++i) pixels.at[i] = nullptr, pixels.number[i] = -1;
               switch (pixels.count) {
                 case 4: return give<4, kAdd>(pixels, g.channels, dy, winners);
                 case 3: return give<3, kAdd>(pixels, g.channels, dy, winners);
                 case 2: return give<2, kAdd>(pixels, g.channels, dy, winners);
                 default: return give<1, kAdd>(pixels, g.channels, dy, winners);
               }
             });
  }
}

template <class Number>
HOURGLASS_INLINE void max_row_backward(const Geometry& g, const Span& row, const Span* columns, const float* dy,
                                       const Number* winners, float* dx, bool add) {
  if (add) {
    give_row<true>(g, row, columns, dy, winners, dx);
  } else {
    give_row<false>(g, row, columns, dy, winners, dx);
  }
}

// A byte holds the index of a pixel in windows of up to 256 pixels. Larger windows are rare and not worth several
// versions.
HOURGLASS_MULTIVERSION void max_row_bytes(const Geometry& g, const Span& row, const Span* columns, const float* x,
                                          float* y, std::uint8_t* winners) {
  max_row(g, row, columns, x, y, winners);
}
void max_row_words(const Geometry& g, const Span& row, const Span* columns, const float* x, float* y,
                   std::int32_t* winners) {
  max_row(g, row, columns, x, y, winners);
}
HOURGLASS_MULTIVERSION void max_row_backward_bytes(const Geometry& g, const Span& row, const Span* columns,
                                                   const float* dy, const std::uint8_t* winners, float* dx, bool add) {
  max_row_backward(g, row, columns, dy, winners, dx, add);
}
void max_row_backward_words(const Geometry& g, const Span& row, const Span* columns, const float* dy,
                            const std::int32_t* winners, float* dx, bool add) {
  max_row_backward(g, row, columns, dy, winners, dx, add);
}

HOURGLASS_MULTIVERSION void mean_row(const Geometry& g, const Span& row, const Span* columns, const float* x,
                                     float* y) {
  for (std::int64_t w = 0; w < g.width; ++w, y += g.channels) {
    const Span column = columns[w];
    const float* from = x + column.input * g.channels;
    const float share = 1.0f / static_cast<float>(row.count * column.count);
    std::int64_t c = 0;
    for (; c + kLanes <= g.channels; c += kLanes) {
      FloatLanes sum = {};
      in_window(g, row, column,
                [&](std::int64_t offset, std::int32_t) HOURGLASS_INLINE_LAMBDA { sum += lanes_at(from + offset + c); });
      lanes_at(y + c) = share * sum;
    }
    for (; c < g.channels; ++c) {
      float sum = 0;
      in_window(g, row, column,
                [&](std::int64_t offset, std::int32_t) HOURGLASS_INLINE_LAMBDA { sum += from[offset + c]; });
      y[c] = share * sum;
    }
  }
}

HOURGLASS_MULTIVERSION void mean_row_backward(const Geometry& g, const Span& row, const Span* columns, const float* dy,
                                              float* dx, bool add) {
  for (std::int64_t w = 0; w < g.width; ++w, dy += g.channels) {
    const Span column = columns[w];
    float* to = dx + column.input * g.channels;
    const float share = 1.0f / static_cast<float>(row.count * column.count);
    in_window(g, row, column, [&](std::int64_t offset, std::int32_t) HOURGLASS_INLINE_LAMBDA {
      float* at = to + offset;
#pragma GCC ivdep
      for (std::int64_t c = 0; c < g.channels; ++c) at[c] = add ? at[c] + share * dy[c] : share * dy[c];
    });
  }
}

// Returns whether every pixel is in exactly one span.
bool partitioned(const std::vector<Span>& spans, std::int64_t dilation, std::int64_t input) {
  std::vector<int> covers(static_cast<std::size_t>(input));
  for (const Span& span : spans) {
    for (std::int64_t i = 0; i < span.count; ++i) ++covers[static_cast<std::size_t>(span.input + i * dilation)];
  }
  return std::all_of(covers.begin(), covers.end(), [](int count) { return count == 1; });
}

class PoolKernel final : public Kernel {
 public:
  PoolKernel(const KernelSpec& spec, const op::Pool2d& pool)
      : kind_(pool.kind),
        batch_(spec.batch),
        write_(spec.gradients[0]),
        input_row_(spec.inputs[0].dims[2] * spec.inputs[0].dims[0]),
        input_size_(spec.inputs[0].size()),
        output_size_(spec.output.size()),
        bytes_(pool.kernel[0] * pool.kernel[1] <= 256) {
    const auto &x = spec.inputs[0].dims, &y = spec.output.dims;
    const auto& dilation = pool.window.dilation;
    geometry_ = {y[0], y[2], dilation[0] * input_row_, dilation[1] * x[0], pool.kernel[1]};
    rows_ = spans(x[1], y[1], pool.kernel[0], pool.window, 0);
    columns_ = spans(x[2], y[2], pool.kernel[1], pool.window, 1);
    disjoint_ = partitioned(rows_, dilation[0], x[1]) && partitioned(columns_, dilation[1], x[2]);
  }

  Workspace workspace() const override {
    if (!keeps_winners()) return {};
    const std::int64_t bytes = batch_ * output_size_ * (bytes_ ? 1 : 4);
    return {.saved = (bytes + 3) / 4, .scratch = 0};
  }
  Reads backward_reads() const override { return {.inputs = {false}, .output = false}; }

  void forward(const StepKey&) override {
    parallel_blocks(batch_, 1, [&](std::int64_t sample, std::int64_t) {
      each_row(sample, [&](const Span& row, std::int64_t offset) {
        const float* x = binding_.inputs[0] + sample * input_size_ + row.input * input_row_;
        float* y = binding_.output + offset;
        if (kind_ == PoolKind::average) {
          mean_row(geometry_, row, columns_.data(), x, y);
        } else if (bytes_) {
          max_row_bytes(geometry_, row, columns_.data(), x, y, keeps_winners() ? bytes() + offset : nullptr);
        } else {
          max_row_words(geometry_, row, columns_.data(), x, y, keeps_winners() ? words() + offset : nullptr);
        }
      });
    });
  }

  void backward() override {
    if (write_ == Write::none) return;
    const bool add = write_ == Write::add || !disjoint_;
    parallel_blocks(batch_, 1, [&](std::int64_t sample, std::int64_t) {
      float* image = binding_.input_gradients[0] + sample * input_size_;
      if (write_ == Write::overwrite && !disjoint_) std::fill(image, image + input_size_, 0.0f);
      each_row(sample, [&](const Span& row, std::int64_t offset) {
        float* dx = image + row.input * input_row_;
        const float* dy = binding_.output_gradient + offset;
        if (kind_ == PoolKind::average) {
          mean_row_backward(geometry_, row, columns_.data(), dy, dx, add);
        } else if (bytes_) {
          max_row_backward_bytes(geometry_, row, columns_.data(), dy, bytes() + offset, dx, add);
        } else {
          max_row_backward_words(geometry_, row, columns_.data(), dy, words() + offset, dx, add);
        }
      });
    });
  }

 private:
  bool keeps_winners() const { return kind_ == PoolKind::max && write_ != Write::none; }
  std::uint8_t* bytes() const { return reinterpret_cast<std::uint8_t*>(binding_.saved); }
  std::int32_t* words() const { return reinterpret_cast<std::int32_t*>(binding_.saved); }

  // Calls body(span, offset in the output) for each output row of a sample.
  template <class Body>
  void each_row(std::int64_t sample, const Body& body) const {
    std::int64_t offset = sample * output_size_;
    for (const Span& row : rows_) {
      body(row, offset);
      offset += geometry_.width * geometry_.channels;
    }
  }

  PoolKind kind_;
  std::int64_t batch_;
  Write write_;
  std::int64_t input_row_, input_size_, output_size_;
  bool bytes_;
  Geometry geometry_;
  std::vector<Span> rows_, columns_;
  bool disjoint_ = false;
};

}  // namespace

template <>
class RulesOf<op::Pool2d> final : public Rules {
 public:
  explicit RulesOf(const op::Pool2d& pool) : pool_(pool) {}

  std::string name() const override { return pool_.kind == PoolKind::max ? "max_pool2d" : "average_pool2d"; }

  Shape infer(std::span<const Shape> inputs) const override {
    const std::string wanted = "x [N, C, H, W]";
    check_count(inputs, 1, wanted);
    if (!inputs[0].batched || inputs[0].dims.size() != 3) refuse_shapes(wanted, inputs);
    Shape shape = inputs[0];
    for (const std::size_t direction : {0, 1}) {
      const std::string where = direction == 0 ? "height" : "width";
      const std::int64_t kernel = pool_.kernel[direction], padding = pool_.window.padding[direction];
      if (kernel < 1 || pool_.window.stride[direction] < 1 || pool_.window.dilation[direction] < 1 || padding < 0) {
        refuse_shapes("a kernel, a stride and a dilation of at least 1 and a padding of at least 0", inputs);
      }
      std::int64_t& size = shape.dims[1 + direction];
      const std::int64_t pooled = pooled_size(size, kernel, pool_.window, direction);
      if (pooled == 0) {
        const std::int64_t extent = pool_.window.dilation[direction] * (kernel - 1) + 1;
        refuse_option("windows no larger than the padded image",
                      "a " + where + " of " + std::to_string(extent) + " on " + std::to_string(size + 2 * padding),
                      inputs);
      }
      for (const Span& span : spans(size, pooled, kernel, pool_.window, direction)) {
        if (span.count > 0) continue;
        refuse_option(
            "windows that all overlap the image",
            "a padding of " + std::to_string(padding) + " in " + where + " with a kernel of " + std::to_string(kernel),
            inputs);
      }
      size = pooled;
    }
    return shape;
  }

  LayoutRule layout() const override { return LayoutRule::channels_last; }
  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    return std::make_unique<PoolKernel>(spec, pool_);
  }

 private:
  op::Pool2d pool_;
};

template std::unique_ptr<Rules> make_rules(const op::Pool2d&);

}  // namespace hourglass::compute
