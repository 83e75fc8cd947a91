// Number formats of the arithmetic.
#pragma once

namespace hourglass::compute {

/// Of matrix products and convolutions: bf16 rounds their operands to 8 significant bits and adds up in f32. Everything
/// else, and all that is stored, is f32.
enum class Precision { f32, bf16 };

}  // namespace hourglass::compute
