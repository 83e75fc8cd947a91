// Removes files in a folder of the program without leaving that folder.
#pragma once

#include <filesystem>
#include <functional>

namespace hourglass::base {

/// Removes the files and empty folders below `folder`, at any depth, whose paths `own` accepts, and the subfolders that
/// are empty then. Symbolic links are removed like files and never followed; if `folder` is one itself, or does not
/// exist, nothing happens. Returns whether something was removed. Throws UserError if something cannot be read or
/// removed.
bool remove_files(const std::filesystem::path& folder, const std::function<bool(const std::filesystem::path&)>& own);

/// Throws UserError if `path`, or a folder between `root` and it, is a symbolic link, through which files outside
/// `root` would be written or removed. `path` is relative to `root`, which may be a link itself.
void refuse_links(const std::filesystem::path& root, const std::filesystem::path& path);

}  // namespace hourglass::base
