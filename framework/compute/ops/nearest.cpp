// Finds the index of the nearest row of a codebook for each of many vectors.
#include <algorithm>
#include <limits>

#include "compute/kernels/lanes.hpp"
#include "compute/kernels/parallel.hpp"
#include "compute/ops/registration.hpp"

namespace hourglass::compute {
namespace {

constexpr float kFar =
    std::numeric_limits<float>::max();  // of rows that only fill up lanes; differences from it are finite
constexpr std::int64_t kPackedRows = 2 * kLanes;
constexpr int kVectors = 6;  // compared with kPackedRows rows at once, so that sums fill registers

// Packs the codebook [E, D] as [E / kPackedRows, D + 1, kPackedRows]: half of the rows' squared lengths, and their
// elements.
HOURGLASS_MULTIVERSION void pack(const float* codebook, std::int64_t rows, std::int64_t width, std::int64_t tile,
                                 float* packed) {
  float* out = packed + tile * (width + 1) * kPackedRows;
  for (std::int64_t lane = 0; lane < kPackedRows; ++lane) {
    const std::int64_t row = tile * kPackedRows + lane;
    float length = 0;
    for (std::int64_t d = 0; d < width; ++d) {
      const float value = row < rows ? codebook[row * width + d] : 0.0f;
      length += value * value;
      out[(d + 1) * kPackedRows + lane] = value;
    }
    out[lane] = row < rows ? 0.5f * length : kFar;
  }
}

// The nearest row that each lane has seen.
struct Best {
  FloatLanes score;
  IntLanes tile;
  FloatLanes unknown;  // NaN if a score was NaN
};

// Keeps the first of equal rows. The mask is the sign of the difference, because GCC splits comparisons of vectors.
HOURGLASS_INLINE void keep_nearer(const FloatLanes& score, std::int32_t tile, Best& best) {
  const IntLanes nearer = reinterpret_cast<IntLanes>(score - best.score) >> 31;
  best.score = reinterpret_cast<FloatLanes>((reinterpret_cast<IntLanes>(score) & nearer) |
                                            (reinterpret_cast<IntLanes>(best.score) & ~nearer));
  best.tile = ((tile + IntLanes{}) & nearer) | (best.tile & ~nearer);
  best.unknown += score - score;
}

// Half the squared distance is |x|^2 / 2 + (|row|^2 / 2 - x * row); the second term decides. A NaN in the vector or in
// the codebook gives a NaN. No `auto&` to vectors: a deduced type loses their alignment of 4.
template <int kCount>
HOURGLASS_INLINE void nearest_of(const float* x, const float* packed, std::int64_t tiles, std::int64_t width,
                                 float* numbers) {
  Best best[kCount][2];
  for (auto& pair : best) {
    for (Best& each : pair) each = {kFar - FloatLanes{}, IntLanes{}, FloatLanes{}};
  }
  for (std::int64_t tile = 0; tile < tiles; ++tile, packed += (width + 1) * kPackedRows) {
    FloatLanes score[kCount][2];
    for (int v = 0; v < kCount; ++v) score[v][0] = lanes_at(packed), score[v][1] = lanes_at(packed + kLanes);
    for (std::int64_t d = 0; d < width; ++d) {
      const float* rows = packed + (d + 1) * kPackedRows;
      const FloatLanes first = lanes_at(rows), second = lanes_at(rows + kLanes);
      for (int v = 0; v < kCount; ++v) {
        score[v][0] -= x[v * width + d] * first;
        score[v][1] -= x[v * width + d] * second;
      }
    }
    for (int v = 0; v < kCount; ++v) {
      for (int half = 0; half < 2; ++half) keep_nearer(score[v][half], static_cast<std::int32_t>(tile), best[v][half]);
    }
  }
  for (int v = 0; v < kCount; ++v) {
    float least = kFar, number = 0, bad = 0;
    for (std::int64_t lane = 0; lane < kPackedRows; ++lane) {
      const Best& half = best[v][lane / kLanes];
      const float score = half.score[lane % kLanes];
      const auto row = static_cast<float>(half.tile[lane % kLanes] * kPackedRows + lane);
      if (score < least || (score == least && row < number)) least = score, number = row;
      bad += half.unknown[lane % kLanes];
    }
    numbers[v] = number + bad;
  }
}

HOURGLASS_MULTIVERSION void nearest_rows(const float* x, std::int64_t count, const float* packed, std::int64_t tiles,
                                         std::int64_t width, float* numbers) {
  std::int64_t i = 0;
  for (; i + kVectors <= count; i += kVectors) nearest_of<kVectors>(x + i * width, packed, tiles, width, numbers + i);
  for (; i < count; ++i) nearest_of<1>(x + i * width, packed, tiles, width, numbers + i);
}

class NearestKernel final : public Kernel {
 public:
  explicit NearestKernel(const KernelSpec& spec)
      : count_(spec.elements(spec.output)),
        rows_(spec.inputs[1].dims[0]),
        width_(spec.inputs[1].dims[1]),
        tiles_((rows_ + kPackedRows - 1) / kPackedRows) {}

  Workspace workspace() const override { return {.saved = 0, .scratch = tiles_ * kPackedRows * (width_ + 1)}; }
  Reads backward_reads() const override { return {.inputs = {false, false}, .output = false}; }

  void forward(const StepKey&) override {
    parallel_blocks(tiles_, 4, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t tile = begin; tile < end; ++tile) {
        pack(binding_.inputs[1], rows_, width_, tile, binding_.scratch);
      }
    });
    parallel_blocks(count_, 8 * kVectors, [&](std::int64_t begin, std::int64_t end) {
      nearest_rows(binding_.inputs[0] + begin * width_, end - begin, binding_.scratch, tiles_, width_,
                   binding_.output + begin);
    });
  }
  void backward() override {}

  double forward_flops() const override {
    return 2.0 * static_cast<double>(count_) * static_cast<double>(rows_) * static_cast<double>(width_);
  }

 private:
  std::int64_t count_, rows_, width_, tiles_;
};

}  // namespace

template <>
class RulesOf<op::Nearest> final : public Rules {
 public:
  explicit RulesOf(const op::Nearest&) {}

  std::string name() const override { return "nearest"; }

  Shape infer(std::span<const Shape> inputs) const override {
    const std::string wanted = "x [N, ..., D] and a codebook [E, D]";
    check_count(inputs, 2, wanted);
    const Shape &x = inputs[0], &codebook = inputs[1];
    if (x.dims.empty() || codebook.batched || codebook.dims.size() != 2) refuse_shapes(wanted, inputs);
    if (x.dims.back() != codebook.dims[1]) refuse_shapes(wanted, inputs);
    constexpr std::int64_t kMost = 1 << 24;  // the integers that floats represent exactly
    if (codebook.dims[0] > kMost) refuse_shapes("a codebook of at most 2^24 rows", inputs);
    return {{x.dims.begin(), x.dims.end() - 1}, x.batched};
  }

  bool blocks_gradient(std::size_t) const override { return true; }
  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    return std::make_unique<NearestKernel>(spec);
  }
};

template std::unique_ptr<Rules> make_rules(const op::Nearest&);

}  // namespace hourglass::compute
