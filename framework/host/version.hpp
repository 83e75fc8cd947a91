// The program's version, as the build states it.
#pragma once

namespace hourglass::host {

inline constexpr const char* kVersion = HOURGLASS_VERSION;

}  // namespace hourglass::host
