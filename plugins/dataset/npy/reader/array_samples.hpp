// The samples of one split, read from one array or from several that continue one another.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "array.hpp"

namespace hourglass::npy {

/// Returns the range of the values of arrays: `stated`, the two ends or empty; without them that of bytes, and any
/// value of other types. Throws std::runtime_error if `stated` is not a lower and a higher value.
ValueRange range_of(const std::vector<double>& stated, Type type);

/// Makes samples of arrays [n, d], [n, h, w] or [n, c, h, w] of the same shape but n, in this order; at least one. The
/// values are read on demand; one that is not finite or outside `range` is an error with its byte. `labels` is [n] or
/// [n, 1], integers, or null. Throws std::runtime_error if shapes or numbers differ or a label is not an integer of 32
/// bits; the texts begin with `images_key` or `labels_key`.
std::unique_ptr<Samples> make_samples(std::vector<Array> arrays, const Array* labels, const ValueRange& range,
                                      const std::string& images_key, const std::string& labels_key);

}  // namespace hourglass::npy
