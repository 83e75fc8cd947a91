// Unpacks gzip in pieces.
#pragma once

#include "hourglass/dataset.hpp"

namespace hourglass::idx {

bool is_gzip(std::span<const std::uint8_t> bytes);

/// Unpacks a whole gzip file (one member or several) into `take`, piece by piece. Throws std::runtime_error with the
/// file and the byte of the compressed file where it is broken or ends too early; exceptions of `take` pass through.
void gunzip(const MappedBytes& file, const DataAccess::Write& take);

}  // namespace hourglass::idx
