// The program's version, as set by the build.
#pragma once

namespace hourglass::base {

inline constexpr const char* kVersion = HOURGLASS_VERSION;

}  // namespace hourglass::base
