// Version and instruction set of oneDNN, as it reports them.
#include "compute/kernels/about.hpp"

#include <fmt/format.h>

#include <dnnl.hpp>

namespace hourglass::compute {

std::string engine_version() {
  const auto* version = dnnl_version();
  const std::string hash = version->hash;
  const auto number = fmt::format("{}.{}.{}", version->major, version->minor, version->patch);
  // Distributions build from tarballs without a commit hash.
  return hash.empty() || hash == "N/A" ? number : fmt::format("{} ({})", number, hash.substr(0, 8));
}

std::string instruction_set() {
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::sse41: return "sse41";
    case dnnl::cpu_isa::avx: return "avx";
    case dnnl::cpu_isa::avx2: return "avx2";
    case dnnl::cpu_isa::avx2_vnni: return "avx2_vnni";
    case dnnl::cpu_isa::avx512_core: return "avx512_core";
    case dnnl::cpu_isa::avx512_core_vnni: return "avx512_core_vnni";
    case dnnl::cpu_isa::avx512_core_bf16: return "avx512_core_bf16";
    case dnnl::cpu_isa::avx512_core_amx: return "avx512_core_amx";
    default: return "generic";
  }
}

}  // namespace hourglass::compute
