// What the engine's vectorised loops are marked with.
#pragma once

#include "host/multiversion.hpp"

/// Put before what such a function calls, lambdas apart: a call that is left standing is compiled for the oldest
/// instruction set and keeps the loop around it from being vectorised.
#define HOURGLASS_INLINE [[gnu::always_inline]] inline

/// Put after a lambda's parameters, for the same reason.
#define HOURGLASS_INLINE_LAMBDA __attribute__((always_inline))
