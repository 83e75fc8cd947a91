// Resizes images [N, H, W, C]: nearest neighbour, or bilinear interpolation of the surrounding four pixels.
#include <algorithm>
#include <cmath>

#include "base/multiversion.hpp"
#include "compute/kernels/parallel.hpp"
#include "compute/ops/registration.hpp"

namespace hourglass::compute {
namespace {

using op::ResizeKind;

// The contribution of an input dimension to an output position: (1 - share) of `first` and `share` of `second`.
struct Source {
  std::int32_t first, second;
  float share;
};

// Pixel centres are at half-integers: output i is at (i + 1/2) * input / output - 1/2.
std::vector<Source> sources(ResizeKind kind, std::int64_t input, std::int64_t output) {
  std::vector<Source> result;
  for (std::int64_t i = 0; i < output; ++i) {
    if (kind == ResizeKind::nearest) {
      const auto nearest = static_cast<std::int32_t>((2 * i + 1) * input / (2 * output));
      result.push_back({nearest, nearest, 0});
      continue;
    }
    const double at = (static_cast<double>(i) + 0.5) * static_cast<double>(input) / static_cast<double>(output) - 0.5;
    const double inside = std::clamp(at, 0.0, static_cast<double>(input - 1));
    const auto first = static_cast<std::int32_t>(inside);
    const auto second = std::min(first + 1, static_cast<std::int32_t>(input - 1));
    result.push_back({first, second, static_cast<float>(inside - first)});
  }
  return result;
}

// One output row [W', C].
HOURGLASS_MULTIVERSION void copy_row(const Source* source, const float* x, float* y, std::int64_t width,
                                     std::int64_t channels) {
  for (std::int64_t w = 0; w < width; ++w, y += channels) {
    const float* from = x + source[w].first * channels;
#pragma GCC ivdep
    for (std::int64_t c = 0; c < channels; ++c) y[c] = from[c];
  }
}

HOURGLASS_MULTIVERSION void add_resized(const Source* source, const float* dy, float* dx, std::int64_t width,
                                        std::int64_t channels) {
  for (std::int64_t w = 0; w < width; ++w, dy += channels) {
    float* to = dx + source[w].first * channels;
#pragma GCC ivdep
    for (std::int64_t c = 0; c < channels; ++c) to[c] += dy[c];
  }
}

// The same from two input rows; `lower` has weight `share`.
HOURGLASS_MULTIVERSION void mix_row(const Source* source, const float* upper, const float* lower, float share, float* y,
                                    std::int64_t width, std::int64_t channels) {
  for (std::int64_t w = 0; w < width; ++w, y += channels) {
    const std::int64_t left = source[w].first * channels, right = source[w].second * channels;
    const float across = source[w].share;
#pragma GCC ivdep
    for (std::int64_t c = 0; c < channels; ++c) {
      const float above = upper[left + c] + across * (upper[right + c] - upper[left + c]);
      const float below = lower[left + c] + across * (lower[right + c] - lower[left + c]);
      y[c] = above + share * (below - above);
    }
  }
}

// One after the other, because the four pixels may coincide.
HOURGLASS_MULTIVERSION void spread_row(const Source* source, const float* dy, float* upper, float* lower, float share,
                                       std::int64_t width, std::int64_t channels) {
  for (std::int64_t w = 0; w < width; ++w, dy += channels) {
    const float across = source[w].share;
    float* const rows[] = {upper, upper, lower, lower};
    const std::int64_t pixels[] = {source[w].first, source[w].second, source[w].first, source[w].second};
    const float weights[] = {(1 - share) * (1 - across), (1 - share) * across, share * (1 - across), share * across};
    for (int corner = 0; corner < 4; ++corner) {
      float* to = rows[corner] + pixels[corner] * channels;
      const float weight = weights[corner];
#pragma GCC ivdep
      for (std::int64_t c = 0; c < channels; ++c) to[c] += weight * dy[c];
    }
  }
}

class ResizeKernel final : public Kernel {
 public:
  ResizeKernel(const KernelSpec& spec, const op::Resize2d& resize)
      : kind_(resize.kind),
        batch_(spec.batch),
        channels_(spec.output.dims[0]),
        input_row_(spec.inputs[0].dims[2] * channels_),
        input_size_(spec.inputs[0].size()),
        height_(resize.size[0]),
        width_(resize.size[1]),
        write_(spec.gradients[0]),
        rows_(sources(kind_, spec.inputs[0].dims[1], height_)),
        columns_(sources(kind_, spec.inputs[0].dims[2], width_)) {}

  Reads backward_reads() const override { return {.inputs = {false}, .output = false}; }

  void forward(const StepKey&) override {
    parallel_blocks(batch_ * height_, 1, [&](std::int64_t row, std::int64_t) {
      const Source& source = rows_[static_cast<std::size_t>(row % height_)];
      const float* x = binding_.inputs[0] + row / height_ * input_size_;
      float* y = binding_.output + row * width_ * channels_;
      if (kind_ == ResizeKind::nearest) {
        copy_row(columns_.data(), x + source.first * input_row_, y, width_, channels_);
      } else {
        mix_row(columns_.data(), x + source.first * input_row_, x + source.second * input_row_, source.share, y, width_,
                channels_);
      }
    });
  }

  void backward() override {
    if (write_ == Write::none) return;
    parallel_blocks(batch_, 1, [&](std::int64_t sample, std::int64_t) {
      float* dx = binding_.input_gradients[0] + sample * input_size_;
      if (write_ == Write::overwrite) std::fill(dx, dx + input_size_, 0.0f);
      const float* dy = binding_.output_gradient + sample * height_ * width_ * channels_;
      for (const Source& source : rows_) {
        if (kind_ == ResizeKind::nearest) {
          add_resized(columns_.data(), dy, dx + source.first * input_row_, width_, channels_);
        } else {
          spread_row(columns_.data(), dy, dx + source.first * input_row_, dx + source.second * input_row_, source.share,
                     width_, channels_);
        }
        dy += width_ * channels_;
      }
    });
  }

 private:
  ResizeKind kind_;
  std::int64_t batch_, channels_, input_row_, input_size_, height_, width_;
  Write write_;
  std::vector<Source> rows_, columns_;
};

}  // namespace

template <>
class RulesOf<op::Resize2d> final : public Rules {
 public:
  explicit RulesOf(const op::Resize2d& resize) : resize_(resize) {}

  std::string name() const override { return "resize2d"; }

  Shape infer(std::span<const Shape> inputs) const override {
    const std::string wanted = "x [N, C, H, W]";
    check_count(inputs, 1, wanted);
    if (!inputs[0].batched || inputs[0].dims.size() != 3) refuse_shapes(wanted, inputs);
    const auto [height, width] = resize_.size;
    if (height < 1 || width < 1) {
      refuse_option("a size of at least 1 by 1", std::to_string(height) + " by " + std::to_string(width), inputs);
    }
    return {{inputs[0].dims[0], height, width}, true};
  }

  LayoutRule layout() const override { return LayoutRule::channels_last; }
  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    return std::make_unique<ResizeKernel>(spec, resize_);
  }

 private:
  op::Resize2d resize_;
};

template std::unique_ptr<Rules> make_rules(const op::Resize2d&);

}  // namespace hourglass::compute
