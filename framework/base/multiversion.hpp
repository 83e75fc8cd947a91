// One binary for all x86-64 processors: hot loops are compiled for several instruction sets, and one is chosen at
// start-up.
#pragma once

/// Put before a function that is a plain loop over arrays, without OpenMP inside. Disabled under sanitizers, whose
/// run-time is not ready when the choice is made, and under clang, which has no such attribute for functions.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define HOURGLASS_MULTIVERSION __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
/// The same in two functions: one for registers of 16 floats, called only where widest_lanes() is 16, one for the rest.
#define HOURGLASS_WIDE __attribute__((target("arch=x86-64-v4")))
#define HOURGLASS_NARROW __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define HOURGLASS_MULTIVERSION
#define HOURGLASS_WIDE
#define HOURGLASS_NARROW
#endif

/// Put before functions that such a function calls (except lambdas): a call that is not inlined is compiled for the
/// baseline instruction set and keeps the surrounding loop from being vectorised.
#define HOURGLASS_INLINE [[gnu::always_inline]] inline
/// Put after a lambda's parameters, for the same reason.
#define HOURGLASS_INLINE_LAMBDA __attribute__((always_inline))
