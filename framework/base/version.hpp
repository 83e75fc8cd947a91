// The program's version, as the build states it.
#pragma once

namespace hourglass::base {

inline constexpr const char* kVersion = HOURGLASS_VERSION;

}  // namespace hourglass::base
