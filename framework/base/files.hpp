// Files that are written completely or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hourglass::base {

/// Writes a file through a temporary file in the same folder, fsync and rename; a symbolic link is replaced, not
/// followed. Creates a missing folder, but not the folder that it is in: a tree that is removed while the program
/// writes to it does not come back in part. Throws UserError with the path and the system's reason; in that case the
/// old contents are unchanged and no temporary file remains.
void write_file(const std::filesystem::path& path, std::string_view contents);
void write_file(const std::filesystem::path& path, std::span<const std::uint8_t> contents);
/// The same for contents that arrive in pieces.
void write_file(const std::filesystem::path& path,
                const std::function<void(const std::function<void(std::span<const std::uint8_t>)>& write)>& produce);

/// Creates a folder, and the folders that it is in, unless they exist. Throws UserError.
void create_folders(const std::filesystem::path& folder);

/// Reads a whole file. Throws UserError with the path and the reason.
std::string read_file(const std::filesystem::path& path);
/// The same in pieces, so that a file may be larger than memory.
void read_file(const std::filesystem::path& path, const std::function<void(std::span<const std::uint8_t>)>& take);

/// Reads a whole file, or nothing if there is none. Throws UserError if there is something else, such as a folder, or
/// if the file cannot be read.
std::optional<std::string> read_existing(const std::filesystem::path& path);

/// Reads a text that people write. Refuses what is not a regular file or larger than 16 MiB, unread; throws UserError.
std::string read_text(const std::filesystem::path& path);

/// Makes renames in a folder survive a power failure. Does nothing on file systems that do not support it.
void sync_folder(const std::filesystem::path& folder);

/// Removes `.` and `..` from a path as the system follows them: `..` of a symbolic link leads to the parent of the
/// link's target. It stays after a link without a target, through which the system finds nothing. Other links are
/// kept, and nothing needs to exist; never throws.
std::filesystem::path without_dots(const std::filesystem::path& path);

/// Returns whether `path` has the name of a temporary file of write_file().
bool is_temporary(const std::filesystem::path& path);

/// Returns whether there is a regular file at `path`; never throws.
bool is_file(const std::filesystem::path& path);

}  // namespace hourglass::base
