#include "compute/ops/gemm_rate.hpp"

#include <algorithm>
#include <chrono>
#include <dnnl.hpp>

#include "compute/ops/onednn.hpp"

namespace hourglass::compute {
namespace {

using Clock = std::chrono::steady_clock;
using Tag = dnnl::memory::format_tag;

constexpr int kRepetitions = 5;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Fills with small positive numbers: zeros and denormals would not take the usual time.
void fill(const dnnl::memory& memory) {
  const auto bytes = memory.get_desc().get_size();
  if (memory.get_desc().data_type() == dnnl::memory::data_type::f32) {
    std::fill_n(static_cast<float*>(memory.get_data_handle()), bytes / sizeof(float), 0.0625F);
  } else {
    constexpr std::uint16_t kSixteenth = 0x3d80;
    std::fill_n(static_cast<std::uint16_t*>(memory.get_data_handle()), bytes / sizeof(kSixteenth), kSixteenth);
  }
}

double best_seconds(const dnnl::memory::desc& a, const dnnl::memory::desc& b, const dnnl::memory::desc& c,
                    double seconds) {
  const dnnl::matmul::primitive_desc compiled({a, b, c}, onednn_engine());
  const dnnl::matmul product(compiled);
  const dnnl::memory source(compiled.src_desc(), onednn_engine()), weights(compiled.weights_desc(), onednn_engine()),
      result(compiled.dst_desc(), onednn_engine());
  fill(source);
  fill(weights);
  const auto run = [&](int count) {
    const auto start = Clock::now();
    for (int i = 0; i < count; ++i) {
      product.execute(onednn_stream(), {{DNNL_ARG_SRC, source}, {DNNL_ARG_WEIGHTS, weights}, {DNNL_ARG_DST, result}});
    }
    return seconds_since(start) / count;
  };
  run(1);
  const int count = std::max(1, static_cast<int>(seconds / run(1)));
  double best = run(count);
  for (int i = 1; i < kRepetitions; ++i) best = std::min(best, run(count));
  return best;
}

}  // namespace

std::optional<double> gemm_rate(std::int64_t m, std::int64_t k, std::int64_t n, Precision precision, double seconds) {
  const auto type = precision == Precision::f32 ? dnnl::memory::data_type::f32 : dnnl::memory::data_type::bf16;
  const dnnl::memory::desc a({m, k}, type, Tag::ab), c({m, n}, type, Tag::ab);
  try {
    const double best = std::min(best_seconds(a, {{k, n}, type, Tag::ab}, c, seconds),
                                 best_seconds(a, {{k, n}, type, Tag::any}, c, seconds));
    return 2.0 * static_cast<double>(m) * static_cast<double>(k) * static_cast<double>(n) / best;
  } catch (const dnnl::error& error) {
    if (error.status == dnnl_unimplemented) return std::nullopt;
    throw;
  }
}

}  // namespace hourglass::compute
