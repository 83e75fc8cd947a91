// Where the files of a fetch are until all of them are complete.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace hourglass::host {

/// The folder `.downloads` of a data directory: downloaded files, whose names depend on their URLs alone, so that the
/// next fetch finds them, and unpacked files. When the object goes, unpacked files and rejected downloads are removed,
/// after finish() all downloads that were asked for, and all folders that were created and are empty.
class FetchFolder {
 public:
  /// Throws UserError when the folder cannot be created.
  explicit FetchFolder(const std::filesystem::path& directory);
  FetchFolder(const FetchFolder&) = delete;
  FetchFolder& operator=(const FetchFolder&) = delete;
  ~FetchFolder();

  /// Returns where the file of a URL is, or will be.
  std::filesystem::path downloaded(const std::string& url);
  /// Returns a path that no file has yet.
  std::filesystem::path unpacked();
  /// Notes that a downloaded file is of no use to a later fetch.
  void reject(const std::filesystem::path& file) { useless_.insert(file); }
  /// Notes that everything is installed.
  void finish() { useless_ = downloaded_; }

 private:
  void remove_empty();

  std::filesystem::path downloads_, unpacked_;
  std::vector<std::filesystem::path> created_;  ///< folders, deepest first
  std::set<std::filesystem::path> downloaded_, useless_;
  int count_ = 0;
};

/// Returns the last part of a URL's path, for people to read.
std::string file_name(const std::string& url);

}  // namespace hourglass::host
