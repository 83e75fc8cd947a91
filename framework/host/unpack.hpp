// Reads compressed files and archives, piece by piece.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>

namespace hourglass::host {

using TakeBytes = std::function<void(std::span<const std::uint8_t>)>;

/// Passes the contents of a gzip file to `take`. Throws UserError, which starts with the file's path, if it is not
/// gzip, damaged or truncated.
void unpack_gzip(const std::filesystem::path& file, const TakeBytes& take);

/// Passes one file of a tar archive, plain or compressed with gzip, to `take`; `member` is its name in the archive.
/// Names in the archive are compared and never used as paths. Throws UserError, which starts with the archive's path,
/// if it is damaged or has no such regular file.
void unpack_member(const std::filesystem::path& archive, const std::string& member, const TakeBytes& take);

}  // namespace hourglass::host
