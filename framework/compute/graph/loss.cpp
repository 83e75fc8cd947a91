// One struct for each loss and non-linearity, and the loops over tiles, blocks and rows that use them.
#include "compute/graph/loss.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "base/multiversion.hpp"
#include "compute/kernels/activation.hpp"
#include "compute/kernels/math.hpp"
#include "compute/kernels/parallel.hpp"

namespace hourglass::compute {
namespace {

constexpr std::int64_t kTile = kColumnBlock;
constexpr std::int64_t kFlatRows = 128;  // a contiguous block is worked on as kFlatRows rows of kTile

// One element: the loss, its derivative with respect to the output before the non-linearity, and f(output).
struct Element {
  float loss, gradient, prediction;
};

struct IdentityFunction {
  HOURGLASS_INLINE static float value(float z) { return z; }
  HOURGLASS_INLINE static float slope(float) { return 1; }
};
struct SigmoidFunction {
  HOURGLASS_INLINE static float value(float z) { return math::sigmoid(z); }
  HOURGLASS_INLINE static float slope(float y) { return y * (1 - y); }
};
struct TanhFunction {
  HOURGLASS_INLINE static float value(float z) { return math::tanh(z); }
  HOURGLASS_INLINE static float slope(float y) { return 1 - y * y; }
};

template <class Function>
struct SquaredError {
  static constexpr bool kPredicts = !std::is_same_v<Function, IdentityFunction>;
  HOURGLASS_INLINE static Element at(float z, float t) {
    const float y = Function::value(z), difference = y - t;
    return {difference * difference, 2 * difference * Function::slope(y), y};
  }
};
template <class Function>
struct AbsoluteError {
  static constexpr bool kPredicts = !std::is_same_v<Function, IdentityFunction>;
  HOURGLASS_INLINE static Element at(float z, float t) {
    const float y = Function::value(z), difference = y - t, slope = Function::slope(y);
    const float below = difference < 0 ? -slope : difference * 0;  // 0 at 0, NaN for NaN
    return {math::abs(difference), difference > 0 ? slope : below, y};
  }
};
// Binary cross-entropy of sigmoid(z): max(z, 0) - z t + log(1 + exp(-|z|)), which does not overflow.
struct CrossEntropy {
  static constexpr bool kPredicts = true;
  HOURGLASS_INLINE static Element at(float z, float t) {
    const float e = math::exp(-math::abs(z));
    const float large = 1 / (1 + e), small = e * large;
    const float y = z < 0 ? small : large;
    const float positive = z > 0 ? z : 0.0f;
    return {positive - z * t + math::log1p_unit(e), y - t, y};
  }
};

// A block of at most kTile columns.
struct Tile {
  const float* output;
  const float* target;
  float* prediction;
  float* gradient;
  std::int64_t rows, columns, stride;
  float scale;
  float* sums;
};

// kWidth: the number of columns where it is known, else 0.
template <class Function, bool kGradient, std::int64_t kWidth>
HOURGLASS_INLINE double tile_of(const Tile& tile) {
  const std::int64_t columns = kWidth > 0 ? kWidth : tile.columns;
  double losses[kTile] = {};
  float sums[kTile] = {};
  for (std::int64_t row = 0; row < tile.rows; ++row) {
    const std::int64_t offset = row * tile.stride;
    const float *z = tile.output + offset, *t = tile.target + offset;
    float* dz = kGradient ? tile.gradient + offset : nullptr;
    float* y = Function::kPredicts ? tile.prediction + offset : nullptr;
#pragma GCC ivdep
    for (std::int64_t j = 0; j < columns; ++j) {
      const Element element = Function::at(z[j], t[j]);
      losses[j] += static_cast<double>(element.loss);
      if constexpr (kGradient) {
        const float gradient = element.gradient * tile.scale;
        dz[j] = gradient;
        sums[j] += gradient;
      }
      if constexpr (Function::kPredicts) y[j] = element.prediction;
    }
  }
  if (tile.sums != nullptr) {
    for (std::int64_t j = 0; j < columns; ++j) tile.sums[j] = sums[j];
  }
  double total = 0;
  for (const double loss : losses) total += loss;
  return total;
}

template <class Function>
HOURGLASS_INLINE double any_tile_of(const Tile& tile, bool gradient) {
  if (tile.columns == kTile)
    return gradient ? tile_of<Function, true, kTile>(tile) : tile_of<Function, false, kTile>(tile);
  return gradient ? tile_of<Function, true, 0>(tile) : tile_of<Function, false, 0>(tile);
}

HOURGLASS_MULTIVERSION double squared_error_tile(Activation f, const Tile& tile, bool gradient) {
  switch (f) {
    case Activation::sigmoid: return any_tile_of<SquaredError<SigmoidFunction>>(tile, gradient);
    case Activation::tanh: return any_tile_of<SquaredError<TanhFunction>>(tile, gradient);
    default: return any_tile_of<SquaredError<IdentityFunction>>(tile, gradient);
  }
}

HOURGLASS_MULTIVERSION double absolute_error_tile(Activation f, const Tile& tile, bool gradient) {
  switch (f) {
    case Activation::sigmoid: return any_tile_of<AbsoluteError<SigmoidFunction>>(tile, gradient);
    case Activation::tanh: return any_tile_of<AbsoluteError<TanhFunction>>(tile, gradient);
    default: return any_tile_of<AbsoluteError<IdentityFunction>>(tile, gradient);
  }
}

HOURGLASS_MULTIVERSION double cross_entropy_tile(const Tile& tile, bool gradient) {
  return any_tile_of<CrossEntropy>(tile, gradient);
}

HOURGLASS_MULTIVERSION void multiply(float* x, float factor, std::int64_t count) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < count; ++i) x[i] *= factor;
}

template <class T>
T* shifted(T* base, std::int64_t offset) {
  return base == nullptr ? nullptr : base + offset;
}

float usual_alpha(Activation f) { return f == Activation::leaky_relu ? 0.01f : 1.0f; }

double run_tile(Loss loss, Activation f, const Tile& tile) {
  const bool gradient = tile.gradient != nullptr;
  switch (loss) {
    case Loss::mse: return squared_error_tile(f, tile, gradient);
    case Loss::l1: return absolute_error_tile(f, tile, gradient);
    default: return cross_entropy_tile(tile, gradient);
  }
}

// One sample: -sum t log softmax(z), with the largest z taken out first.
HOURGLASS_MULTIVERSION double softmax_row(const float* z, const float* t, float* dz, std::int64_t size, float scale) {
  float largest = z[0];
  for (std::int64_t j = 1; j < size; ++j) largest = z[j] > largest ? z[j] : largest;
  double total = 0, weight = 0;
  for (std::int64_t j = 0; j < size; ++j) {
    total += static_cast<double>(math::exp(z[j] - largest));
    weight += static_cast<double>(t[j]);
  }
  const double logarithm = static_cast<double>(largest) + std::log(total);
  double loss = 0;
  for (std::int64_t j = 0; j < size; ++j) loss += static_cast<double>(t[j]) * (logarithm - static_cast<double>(z[j]));
  if (dz != nullptr) {
    const auto share = static_cast<float>(weight / total);
    for (std::int64_t j = 0; j < size; ++j) dz[j] = (math::exp(z[j] - largest) * share - t[j]) * scale;
  }
  return loss;
}

}  // namespace

const Names<Loss>& loss_names() {
  static const Names<Loss> names = {
      {"mse", Loss::mse}, {"bce", Loss::bce}, {"l1", Loss::l1}, {"softmax_cross_entropy", Loss::softmax_cross_entropy}};
  return names;
}

LossKernel::LossKernel(const LossSpec& spec) : spec_(spec) {
  const Activation f = spec.nonlinearity;
  const auto refuse = [&](const char* expected) {
    throw std::invalid_argument("the loss " + name_of(loss_names(), spec.loss) + " expects the output non-linearity " +
                                expected + ", but got " + name_of(activation_names(), f));
  };
  if (spec.loss == Loss::bce && f != Activation::sigmoid) refuse("sigmoid");
  if (spec.loss == Loss::softmax_cross_entropy && f != Activation::identity) refuse("identity");
  fused_ = f == Activation::identity || f == Activation::sigmoid || f == Activation::tanh;
  const std::int64_t tiles = (spec.size + kTile - 1) / kTile;
  const std::int64_t rows = spec.batch * spec.draws;
  const std::int64_t blocks = (rows * spec.size + kTile * kFlatRows - 1) / (kTile * kFlatRows);
  partials_.resize(static_cast<std::size_t>(std::max({rows, tiles, blocks})));
  if (spec.weighs_draws) parts_.resize(static_cast<std::size_t>(spec.batch));
}

bool LossKernel::can_predict_in_place() const { return fused_ || !derivative_reads_input(spec_.nonlinearity); }

bool LossKernel::can_sum() const {
  return fused_ && spec_.loss != Loss::softmax_cross_entropy && spec_.draws == 1 && !spec_.weighs_draws;
}

double LossKernel::scale() const {
  const bool mean = !spec_.sum && spec_.loss != Loss::softmax_cross_entropy;
  return 1.0 / (static_cast<double>(spec_.batch * spec_.draws) * (mean ? static_cast<double>(spec_.size) : 1.0));
}

double LossKernel::run() {
  std::fill(partials_.begin(), partials_.end(), 0.0);
  if (spec_.loss == Loss::softmax_cross_entropy) {
    run_rows();
  } else if (spec_.draws > 1 || spec_.weighs_draws) {
    run_draws();
  } else if (binding_.column_sums != nullptr) {
    run_tiles();
  } else {
    run_blocks();
  }
  if (spec_.weighs_draws) weigh_draws();
  double total = 0;
  for (const double partial : partials_) total += partial;
  return total * scale();
}

// Row by row: those of one sample share a target.
void LossKernel::run_draws() {
  const std::int64_t rows = std::max<std::int64_t>(1, 4096 / spec_.size);
  parallel_blocks(spec_.batch * spec_.draws, rows, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t offset = row * spec_.size;
      partials_[static_cast<std::size_t>(row)] =
          run_range(binding_.output + offset, binding_.target + row / spec_.draws * spec_.size,
                    shifted(binding_.prediction, offset), shifted(binding_.gradient, offset), spec_.size);
    }
  });
}

// Gives each row the share of its density in the sum over the draws, instead of 1 / draws.
void LossKernel::weigh_draws() {
  const std::int64_t draws = spec_.draws;
  const double nats = scale() * static_cast<double>(spec_.batch * draws) / spec_.nat;  // per unit of a row's loss
  parallel_blocks(spec_.batch, 1, [&](std::int64_t sample, std::int64_t) {
    const double* losses = partials_.data() + sample * draws;
    const float* ratios = binding_.log_ratio + sample * draws;
    double top = -std::numeric_limits<double>::infinity(), sum = 0, mean = 0;
    for (std::int64_t k = 0; k < draws; ++k) top = std::max(top, static_cast<double>(ratios[k]) - nats * losses[k]);
    for (std::int64_t k = 0; k < draws; ++k) {
      sum += std::exp(static_cast<double>(ratios[k]) - nats * losses[k] - top);
      mean += nats * losses[k] / static_cast<double>(draws);
    }
    parts_[static_cast<std::size_t>(sample)] = -(top + std::log(sum / static_cast<double>(draws))) - mean;
    for (std::int64_t k = 0; k < draws; ++k) {
      const double share = std::exp(static_cast<double>(ratios[k]) - nats * losses[k] - top) / sum;
      const std::int64_t row = sample * draws + k;
      if (binding_.log_ratio_gradient != nullptr) {
        binding_.log_ratio_gradient[row] = static_cast<float>(-share * spec_.nat / static_cast<double>(spec_.batch));
      }
      if (binding_.gradient == nullptr) continue;
      multiply(binding_.gradient + row * spec_.size, static_cast<float>(share * static_cast<double>(draws)),
               spec_.size);
    }
  });
  importance_part_ = 0;
  for (const double part : parts_) importance_part_ += part / static_cast<double>(spec_.batch);
}

// Blocks of columns over all rows: each has its share of the bias's gradient to itself.
void LossKernel::run_tiles() {
  parallel_blocks(spec_.size, kTile, [&](std::int64_t begin, std::int64_t end) {
    const Tile tile{binding_.output + begin,
                    binding_.target + begin,
                    shifted(binding_.prediction, begin),
                    shifted(binding_.gradient, begin),
                    spec_.batch,
                    end - begin,
                    spec_.size,
                    static_cast<float>(scale()),
                    binding_.column_sums + begin};
    partials_[static_cast<std::size_t>(begin / kTile)] = run_tile(spec_.loss, spec_.nonlinearity, tile);
  });
}

// Contiguous blocks, for outputs of any shape.
void LossKernel::run_blocks() {
  constexpr std::int64_t kBlock = kTile * kFlatRows;
  parallel_blocks(spec_.batch * spec_.size, kBlock, [&](std::int64_t begin, std::int64_t end) {
    partials_[static_cast<std::size_t>(begin / kBlock)] =
        run_range(binding_.output + begin, binding_.target + begin, shifted(binding_.prediction, begin),
                  shifted(binding_.gradient, begin), end - begin);
  });
}

// A contiguous range of elements; returns the sum of their losses.
double LossKernel::run_range(const float* output, const float* target, float* prediction, float* gradient,
                             std::int64_t count) const {
  const Activation f = spec_.nonlinearity, inner = fused_ ? f : Activation::identity;
  const float* const before = output;
  if (!fused_) {
    activate(f, usual_alpha(f), output, prediction, count);
    output = prediction;
  }
  Tile tile{output, target, prediction, gradient, count / kTile, kTile, kTile, static_cast<float>(scale()), nullptr};
  double total = run_tile(spec_.loss, inner, tile);
  if (const std::int64_t rest = count % kTile; rest > 0) {
    const std::int64_t done = count - rest;
    tile = {output + done, target + done, shifted(prediction, done), shifted(gradient, done), 1, rest, kTile,
            tile.scale,    nullptr};
    total += run_tile(spec_.loss, inner, tile);
  }
  if (!fused_ && gradient != nullptr) {
    const float* from = derivative_reads_input(f) ? before : prediction;
    activate_backward(f, usual_alpha(f), from, gradient, gradient, count, false);
  }
  return total;
}

void LossKernel::run_rows() {
  const std::int64_t rows = std::max<std::int64_t>(1, 4096 / spec_.size);
  parallel_blocks(spec_.batch, rows, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t offset = row * spec_.size;
      float* gradient = binding_.gradient == nullptr ? nullptr : binding_.gradient + offset;
      partials_[static_cast<std::size_t>(row)] = softmax_row(binding_.output + offset, binding_.target + offset,
                                                             gradient, spec_.size, static_cast<float>(scale()));
    }
  });
}

}  // namespace hourglass::compute
