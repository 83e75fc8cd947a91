// Finds faults of library files before the system loads them: loading a damaged one can crash or wait forever.
#pragma once

#include <filesystem>
#include <string>

namespace hourglass::host {

/// Returns why a path cannot be loaded as a plugin library, after the path: "is not a file: ...". Returns "" if nothing
/// that is known to be harmful was found; then the system explains what is wrong. Reads the file's headers only.
std::string library_fault(const std::filesystem::path& path);

/// Returns whether a file starts like a library.
bool is_elf(const std::filesystem::path& file);

}  // namespace hourglass::host
