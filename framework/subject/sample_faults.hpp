// Checks what the plugins of datasets return.
#pragma once

#include <string>

#include "hourglass/dataset.hpp"
#include "subject/classes.hpp"

namespace hourglass::subject {

/// Returns what is wrong with the samples of a split, or "": their shape, which is to be that of train, their number,
/// their labels or the values of a few images. Each text continues a sentence that begins with the split.
std::string fault_of(const Samples& samples, const ImageShape& shape, const Classes& classes);

/// Returns the same for the values of a few images alone.
std::string value_fault(const Samples& samples);

}  // namespace hourglass::subject
