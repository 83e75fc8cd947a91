// Number formats of the arithmetic.
#pragma once

#include <string>

#include "hourglass/names.hpp"

namespace hourglass::compute {

/// Precision of matrix products and convolutions: bf16 rounds their operands to 8 significant bits and accumulates in
/// f32. All other arithmetic, and everything stored, is f32.
enum class Precision { f32, bf16 };

/// Names as written in experiment files.
const Names<Precision>& precision_names();

/// Returns what this processor lacks for a precision: "" if nothing.
std::string missing_for(Precision precision);

}  // namespace hourglass::compute
