// The folder for the files of a fetch until all of them are complete.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace hourglass::host {

/// The folder `.downloads` of a data directory. It holds downloaded files, named after their URLs so that the next
/// fetch finds them, and unpacked files. The destructor removes unpacked files, rejected downloads, after finish() all
/// downloads of this fetch, and all folders that it created and that are empty. Not thread-safe.
class FetchFolder {
 public:
  /// Throws UserError if the folder cannot be created.
  explicit FetchFolder(const std::filesystem::path& directory);
  FetchFolder(const FetchFolder&) = delete;
  FetchFolder& operator=(const FetchFolder&) = delete;
  ~FetchFolder();

  /// Returns the path for the file of a URL, whether or not it has been downloaded.
  std::filesystem::path downloaded(const std::string& url);
  /// Returns the path for a new unpacked file.
  std::filesystem::path unpacked();
  /// Marks a downloaded file as useless for a later fetch.
  void reject(const std::filesystem::path& file) { rejected_.insert(file); }
  /// Records that all files are installed.
  void finish() { rejected_ = downloaded_; }

 private:
  void remove_empty();

  std::filesystem::path downloads_, unpacked_;
  std::vector<std::filesystem::path> created_;  ///< folders, deepest first
  std::set<std::filesystem::path> downloaded_, rejected_;
  int count_ = 0;
};

/// Returns the last part of a URL's path, for people to read.
std::string file_name(const std::string& url);

}  // namespace hourglass::host
