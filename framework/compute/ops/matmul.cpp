// oneDNN's matmul on plain layouts where its bits do not depend on the number of threads; elsewhere tiles, each
// computed by one thread (decisions/0016-products-in-tiles.md).
#include "compute/ops/matmul.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <stdexcept>

#include "compute/kernels/activation.hpp"
#include "compute/kernels/parallel.hpp"

namespace hourglass::compute {
namespace {

using Tag = dnnl::memory::format_tag;

dnnl::memory::desc matrix(std::int64_t rows, std::int64_t columns, bool transposed,
                          Precision precision = Precision::f32) {
  const auto type = precision == Precision::bf16 ? dnnl::memory::data_type::bf16 : dnnl::memory::data_type::f32;
  return {{rows, columns}, type, transposed ? Tag::ba : Tag::ab};
}

// oneDNN's relu turns a NaN into 0, which would hide that a network has diverged, and its elu and softplus are
// inaccurate near zero. These are separate passes of our own, whose cost was too small to measure.
std::optional<dnnl::algorithm> algorithm_of(const op::Activate& activation) {
  switch (activation.kind) {
    case Activation::leaky_relu:
      if (activation.alpha == 0) return std::nullopt;
      return dnnl::algorithm::eltwise_relu;
    case Activation::tanh: return dnnl::algorithm::eltwise_tanh;
    case Activation::sigmoid: return dnnl::algorithm::eltwise_logistic;
    default: return std::nullopt;
  }
}

// With AVX-512 oneDNN cuts products between threads where their kernels cut them anyway.
bool has_avx512() {
  static const bool has = [] {
    constexpr auto kWanted = static_cast<unsigned>(dnnl::cpu_isa::avx512_core);
    return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & kWanted) == kWanted;
  }();
  return has;
}

// Without it, its product of two matrices as they lie in memory splits the inner dimension where threads outnumber
// blocks of the result, and its kernel sums the last rows and columns of a block in another order, so that their bits
// depend on where threads make it cut. It does neither where it packs both matrices first: for large results. It packs
// those of a transposed matrix whatever the number of threads is, up to 63; those of others are left if threads are
// many.
bool keeps_bits(const MatmulSpec& spec) {
  if (has_avx512() || spec.precision != Precision::f32) return true;
  const auto isa = dnnl::get_effective_cpu_isa();
  if (isa != dnnl::cpu_isa::avx2 && isa != dnnl::cpu_isa::avx2_vnni) return false;
  constexpr double kPacked = 0.0038;
  constexpr std::int64_t kThreads = 64;
  return spec.a_transposed && !spec.b_transposed &&
         1 / static_cast<double>(spec.m) + 1 / static_cast<double>(spec.n) < kPacked && spec.k >= kThreads;
}

// Tiles are cut where kernels of AVX and AVX2 cut: their registers hold 6 rows of 16.
constexpr std::int64_t kRowUnit = 6, kColumnUnit = 16;
// What a tile should have at least, and what it may have where there would be few tiles otherwise: narrower ones take
// 4 % longer and more. Powers of two, as most numbers of threads are.
constexpr std::int64_t kRows = 128, kColumns = 112, kLeast = 48;
constexpr std::int64_t kFew = 4, kFewOfLarge = 8;
// Multiplications in a product that is large, and in one that is not worth a second thread.
constexpr std::int64_t kLarge = 1 << 22, kSmall = 1 << 16;

struct Tiles {
  std::int64_t down = 1, across = 1;
};

std::int64_t power_of_two_within(std::int64_t count) {
  return static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(std::max<std::int64_t>(1, count))));
}

Tiles tiles_of(const MatmulSpec& spec) {
  const std::int64_t work = spec.m * spec.k * spec.n;
  if (work < kSmall) return {};
  Tiles tiles{power_of_two_within(spec.m / kRows), power_of_two_within(spec.n / kColumns)};
  while (tiles.down * tiles.across < (work < kLarge ? kFew : kFewOfLarge)) {
    if (spec.n / (2 * tiles.across) >= kLeast) {
      tiles.across *= 2;
    } else if (spec.m / (2 * tiles.down) >= kLeast) {
      tiles.down *= 2;
    } else {
      break;
    }
  }
  return tiles;
}

}  // namespace

bool matmul_applies(const op::Activate& activation) {
  // A tile can be given any activation while it is in cache.
  return has_avx512() ? algorithm_of(activation).has_value() : !derivative_reads_input(activation.kind);
}

Matmul::Matmul(const MatmulSpec& spec) : spec_(spec) {
  if (keeps_bits(spec)) {
    make_primitive();
    return;
  }
  const Tiles tiles = tiles_of(spec);
  tiles_down_ = tiles.down;
  tiles_across_ = tiles.across;
}

void Matmul::make_primitive() {
  a_ = matrix(spec_.m, spec_.k, spec_.a_transposed, spec_.precision);
  b_ = matrix(spec_.k, spec_.n, spec_.b_transposed, spec_.precision);
  bias_ = matrix(1, spec_.n, false);
  c_ = matrix(spec_.m, spec_.n, false);
  auto attributes = onednn_attributes();
  dnnl::post_ops after;
  if (spec_.accumulate) after.append_sum(1.0f);
  if (spec_.activation) {
    after.append_eltwise(1.0f, algorithm_of(*spec_.activation).value(), static_cast<float>(spec_.activation->alpha),
                         0.0f);
  }
  attributes.set_post_ops(after);
  const auto descriptor = spec_.bias ? dnnl::matmul::desc(a_, b_, bias_, c_) : dnnl::matmul::desc(a_, b_, c_);
  const dnnl::matmul::primitive_desc compiled(descriptor, attributes, onednn_engine());
  primitive_ = Primitive(compiled);
}

void Matmul::bind(const void* a, const void* b, const float* bias, float* c, float* scratch) {
  if (tiles_down_ > 0) {
    tiled_a_ = {static_cast<const float*>(a), spec_.a_transposed ? spec_.m : spec_.k, spec_.a_transposed};
    tiled_b_ = {static_cast<const float*>(b), spec_.b_transposed ? spec_.k : spec_.n, spec_.b_transposed};
    tiled_bias_ = spec_.bias ? bias : nullptr;
    tiled_c_ = c;
    return;
  }
  primitive_.bind(scratch);
  primitive_.add(DNNL_ARG_SRC, a_, a);
  primitive_.add(DNNL_ARG_WEIGHTS, b_, b);
  if (spec_.bias) primitive_.add(DNNL_ARG_BIAS, bias_, bias);
  primitive_.add(DNNL_ARG_DST, c_, c);
}

void Matmul::execute() const {
  if (tiles_down_ == 0) return primitive_.execute();
  std::atomic<bool> failed = false;
  parallel_tasks(tiles_down_ * tiles_across_, [&](std::int64_t index) {
    const Stretch rows = piece_of(spec_.m, kRowUnit, tiles_down_, index % tiles_down_),
                  columns = piece_of(spec_.n, kColumnUnit, tiles_across_, index / tiles_down_);
    if (!gemm_tile(rows, columns, spec_.k, tiled_a_, tiled_b_, tiled_c_, spec_.n, spec_.accumulate)) failed = true;
    finish_tile(rows, columns);
  });
  if (failed) throw std::runtime_error("oneDNN refused a matrix product");
}

void Matmul::finish_tile(Stretch rows, Stretch columns) const {
  if (tiled_bias_ == nullptr && !spec_.activation) return;
  const auto activation = spec_.activation.value_or(op::Activate{Activation::identity, 0});
  finish_rows(activation.kind, static_cast<float>(activation.alpha),
              tiled_bias_ == nullptr ? nullptr : tiled_bias_ + columns.begin,
              tiled_c_ + rows.begin * spec_.n + columns.begin, rows.size(), columns.size(), spec_.n);
}

}  // namespace hourglass::compute
