// Files that are written whole or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace hourglass::base {

/// Writes a file by way of a temporary file beside it, fsync and rename; creates missing folders. Throws UserError with
/// the path and the system's reason; then the old contents are still there and nothing else is left behind.
void write_file(const std::filesystem::path& path, std::string_view contents);
void write_file(const std::filesystem::path& path, std::span<const std::uint8_t> contents);
/// The same for contents that arrive in pieces.
void write_file(const std::filesystem::path& path,
                const std::function<void(const std::function<void(std::span<const std::uint8_t>)>& write)>& produce);

/// Reads a whole file. Throws UserError with the path and the reason.
std::string read_file(const std::filesystem::path& path);

}  // namespace hourglass::base
