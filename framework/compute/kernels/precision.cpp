// Determines the number formats that the processor supports.
#include "compute/kernels/precision.hpp"

#include <dnnl.hpp>

namespace hourglass::compute {

const Names<Precision>& precision_names() {
  static const Names<Precision> names = {{"f32", Precision::f32}, {"bf16", Precision::bf16}};
  return names;
}

std::string missing_for(Precision precision) {
  if (precision == Precision::f32) return "";
#if defined(__x86_64__)
  // Ask what oneDNN may use: ONEDNN_MAX_CPU_ISA can restrict it to less than the processor supports. Without these
  // instructions oneDNN emulates them, slower than f32.
  const auto isa = dnnl::get_effective_cpu_isa();
  const bool there = isa == dnnl::cpu_isa::avx512_core_bf16 || isa == dnnl::cpu_isa::avx512_core_amx;
  return there ? "" : "a processor with AVX512_BF16 or AMX (Intel Cooper Lake, Sapphire Rapids; AMD Zen 4) and newer";
#else
  return "an x86-64 processor with AVX512_BF16 or AMX";
#endif
}

}  // namespace hourglass::compute
