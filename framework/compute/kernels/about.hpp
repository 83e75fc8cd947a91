// Describes the engine and the hardware it runs on.
#pragma once

#include <string>

namespace hourglass::compute {

/// Returns oneDNN's version, and its commit if the library knows it: "2.6.3 (52b5f107)".
std::string engine_version();

/// Returns the best instruction set that oneDNN uses on this machine, such as "avx512_core_bf16".
std::string instruction_set();

}  // namespace hourglass::compute
