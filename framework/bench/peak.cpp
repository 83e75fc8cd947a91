#include "bench/peak.hpp"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <fstream>
#include <set>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace hourglass::bench {
namespace {

/// Counts the cores of the logical processors on which this process may run; 0 if Linux does not describe them.
int physical_cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 0;
  std::set<std::string> cores;
  for (int processor = 0; processor < CPU_SETSIZE; ++processor) {
    if (!CPU_ISSET(processor, &allowed)) continue;
    std::ifstream file(fmt::format("/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list", processor));
    std::string siblings;
    if (!std::getline(file, siblings)) return 0;
    cores.insert(siblings);
  }
  return static_cast<int>(cores.size());
}

#if defined(__x86_64__)
struct Registers {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
};

Registers cpuid(unsigned leaf, unsigned subleaf) {
  Registers values;
  __get_cpuid_count(leaf, subleaf, &values.eax, &values.ebx, &values.ecx, &values.edx);
  return values;
}

bool is_zen_4() {
  constexpr unsigned kFamily19h = 0xf + 0xa;
  const auto version = cpuid(1, 0).eax;
  const unsigned family = (version >> 8 & 0xf) + (version >> 20 & 0xff);
  return __builtin_cpu_is("amd") && family == kFamily19h && __builtin_cpu_supports("avx512f");
}
#endif

}  // namespace

Processor this_processor() {
  Processor processor{.cores = physical_cores()};
#if defined(__x86_64__)
  constexpr unsigned kAmxBf16 = 1U << 22;
  processor.avx512 = __builtin_cpu_supports("avx512f");
  processor.avx512_bf16 = __builtin_cpu_supports("avx512bf16");
  processor.amx = processor.avx512 && (cpuid(7, 0).edx & kAmxBf16) != 0;
  processor.halves_avx512 = is_zen_4();
#endif
  return processor;
}

std::string Peak::formula() const {
  return fmt::format("{} core{} x {:.2f} GHz (measured) x {} lanes x {} FMA unit{} x 2", cores, cores == 1 ? "" : "s",
                     clock / 1e9, lanes, units, units == 1 ? "" : "s");
}

Peak peak_of(const Processor& processor, compute::Precision precision, int threads, double clock) {
  Peak peak{.cores = processor.cores > 0 ? std::min(threads, processor.cores) : threads, .clock = clock};
  if (precision == compute::Precision::bf16 && processor.amx) {
    peak.lanes = 512;
    peak.units = 1;
  } else if (processor.avx512) {
    peak.lanes = precision == compute::Precision::bf16 && processor.avx512_bf16 ? 32 : 16;
    peak.units = processor.halves_avx512 ? 1 : 2;
  }
  return peak;
}

}  // namespace hourglass::bench
