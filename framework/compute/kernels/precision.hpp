// Number formats of the arithmetic.
#pragma once

#include <string>

#include "hourglass/names.hpp"

namespace hourglass::compute {

/// Of matrix products and convolutions: bf16 rounds their operands to 8 significant bits and adds up in f32. Everything
/// else, and all that is stored, is f32.
enum class Precision { f32, bf16 };

/// Names as written in experiment files.
const Names<Precision>& precision_names();

/// Says what this processor lacks for a precision: "" when nothing.
std::string missing_for(Precision precision);

}  // namespace hourglass::compute
