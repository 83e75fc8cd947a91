// Numeric code is compiled for x86-64-v3 (AVX2), and its hot loops for x86-64-v4 (AVX-512) as well; the processor
// decides at start-up which of the two run.
#pragma once

/// Put before a function that is a plain loop over arrays, without OpenMP inside. Disabled under sanitizers, whose
/// run-time is not ready when the choice is made, and under clang, which has no such attribute for functions.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define HOURGLASS_MULTIVERSION __attribute__((target_clones("arch=x86-64-v4", "default")))
/// The same in two functions: put before the one for registers of 16 floats, called only where widest_lanes() is 16.
#define HOURGLASS_WIDE __attribute__((target("arch=x86-64-v4")))
#else
#define HOURGLASS_MULTIVERSION
#define HOURGLASS_WIDE
#endif

/// Put before functions that such a function calls (except lambdas): a call that is not inlined is compiled for the
/// baseline instruction set and keeps the surrounding loop from being vectorised.
#define HOURGLASS_INLINE [[gnu::always_inline]] inline
/// Put after a lambda's parameters, for the same reason.
#define HOURGLASS_INLINE_LAMBDA __attribute__((always_inline))
