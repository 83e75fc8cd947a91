// Unpacks gzip files piece by piece.
#pragma once

#include "hourglass/dataset.hpp"

namespace hourglass::idx {

bool is_gzip(std::span<const std::uint8_t> bytes);

/// Unpacks a whole gzip file, of one or several members, and passes it to `take` piece by piece. If the file is damaged
/// or truncated, throws std::runtime_error with its path and the offset in the compressed file. Exceptions of `take`
/// pass through.
void gunzip(const MappedBytes& file, const DataAccess::Write& take);

}  // namespace hourglass::idx
