// Matrix products on plain row-major memory, of the same bits on any number of threads.
#pragma once

#include <cstdint>
#include <optional>

#include "compute/kernels/gemm.hpp"
#include "compute/kernels/precision.hpp"
#include "compute/ops/onednn.hpp"
#include "hourglass/graph.hpp"

namespace hourglass::compute {

struct MatmulSpec {
  std::int64_t m = 0, k = 0, n = 0;             ///< a [m, k] * b [k, n] -> c [m, n]
  bool a_transposed = false;                    ///< a is stored as [k, m]
  bool b_transposed = false;                    ///< b is stored as [n, k]
  bool bias = false;                            ///< adds bias [n] to each row
  bool accumulate = false;                      ///< adds the product to c
  Precision precision = Precision::f32;         ///< of a and b; bias and c are f32
  std::optional<op::Activate> activation = {};  ///< applied last; must satisfy matmul_applies()
};

/// Returns whether a product can apply this activation while its result is still in registers.
bool matmul_applies(const op::Activate& activation);

class Matmul {
 public:
  Matmul() = default;
  explicit Matmul(const MatmulSpec& spec);

  std::int64_t scratch() const { return primitive_.scratch(); }
  /// `a` and `b` are float or, in bf16, std::uint16_t.
  void bind(const void* a, const void* b, const float* bias, float* c, float* scratch);
  void execute() const;
  double flops() const {
    return 2.0 * static_cast<double>(spec_.m) * static_cast<double>(spec_.k) * static_cast<double>(spec_.n);
  }

 private:
  void make_primitive();
  void finish_tile(Stretch rows, Stretch columns) const;

  MatmulSpec spec_;
  Primitive primitive_;  ///< unless the product is tiled
  dnnl::memory::desc a_, b_, bias_, c_;
  std::int64_t tiles_down_ = 0, tiles_across_ = 0;  ///< 0: not tiled
  MatrixView tiled_a_{}, tiled_b_{};
  const float* tiled_bias_ = nullptr;
  float* tiled_c_ = nullptr;
};

}  // namespace hourglass::compute
