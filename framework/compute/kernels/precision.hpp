// Number formats of the arithmetic.
#pragma once

#include <string>
#include <vector>

namespace hourglass::compute {

/// Of matrix products and convolutions: bf16 rounds their operands to 8 significant bits and adds up in f32. Everything
/// else, and all that is stored, is f32.
enum class Precision { f32, bf16 };

/// Names as written in experiment files, in the order of the enumerators.
const std::vector<std::string>& precision_names();

/// Says what this processor lacks for a precision: "" when nothing.
std::string missing_for(Precision precision);

}  // namespace hourglass::compute
