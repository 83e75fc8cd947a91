// Removes files and finds links that lead out of a folder.
#include "base/removal.hpp"

#include <system_error>
#include <vector>

#include "base/error.hpp"

namespace hourglass::base {
namespace {

namespace fs = std::filesystem;

void require(const fs::path& path, const char* verb, const std::error_code& error) {
  if (error) throw UserError(path.string() + ": cannot be " + verb + ": " + error.message());
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::symlink_status(path, ignored).type() == fs::file_type::directory;
}

}  // namespace

bool remove_files(const fs::path& folder, const std::function<bool(const fs::path&)>& own) {
  if (!is_folder(folder)) return false;
  std::vector<fs::path> entries;  // an iterator need not survive removals
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    entries.push_back(entry->path());
  require(folder, "read", error);
  bool removed = false;
  for (const auto& path : entries) {
    const bool nested = is_folder(path), emptied = nested && remove_files(path, own);
    removed = removed || emptied;
    if (!(emptied || own(path)) || (nested && !fs::is_empty(path, error))) continue;
    fs::remove(path, error);
    require(path, "removed", error);
    removed = true;
  }
  return removed;
}

void refuse_links(const fs::path& root, const fs::path& path) {
  auto at = root;
  for (const auto& part : path) {
    at /= part;
    std::error_code ignored;
    if (!fs::is_symlink(fs::symlink_status(at, ignored))) continue;
    throw UserError(at.string() +
                    ": this is a symbolic link, which results are not written through; remove the link or put " +
                    "a folder in its place");
  }
}

}  // namespace hourglass::base
