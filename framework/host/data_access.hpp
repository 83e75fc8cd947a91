// Implements the host's side of datasets: mapped files, the decode cache, and the record of the files that were read.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "hourglass/dataset.hpp"

namespace hourglass::host {

/// Opens files for one dataset and remembers the hashes of their contents. Members may be called from several threads.
class HostData final : public DataAccess {
 public:
  HostData() : HostData(data_directory(), cache_directory()) {}
  HostData(std::filesystem::path directory, std::filesystem::path cache);

  std::filesystem::path directory() const override { return directory_; }
  MappedBytes map(const std::filesystem::path& file) override;
  /// Keeps the decoded form in the cache folder, or in memory if that folder is not writable. A damaged copy in the
  /// cache is made again, with a note on standard error. `path` of the result is the source's, so that messages show a
  /// file that the user knows.
  MappedBytes decoded(const std::filesystem::path& file, std::string_view decoder,
                      const std::function<void(const MappedBytes&, const Write&)>& decode) override;
  std::unique_ptr<Rng> rng(std::uint64_t seed, Split split, std::int64_t index) override;

  /// Ends the opening of the dataset: from now on only files that were opened before can be opened, so that no image
  /// comes from a file whose contents are not part of the run's identity. Others are a UserError.
  void finish_opening();

  /// Returns a hash (32 hexadecimal digits) of the contents of the files that were opened until finish_opening(), in
  /// the order of opening, repeated openings included, and independent of their location; without any file, the hash of
  /// empty input. Hashes of unchanged files (path, size, times of modification and change, inode) are remembered
  /// between processes.
  std::string content_hash() const;

  /// Throws UserError with the name of a file whose contents have changed since they were hashed, so that what was read
  /// need not be what content_hash() says. A file that was replaced or removed is still read as it was.
  void require_unchanged() const;

  /// A file that was opened.
  struct File {
    std::filesystem::path path;  ///< canonical
    std::int64_t size;           ///< bytes
  };
  /// Returns the files opened so far, by path.
  std::vector<File> files() const;

  /// Returns the folder of fetched data: HOURGLASS_DATA_DIR, else XDG_DATA_HOME/hourglass, else
  /// ~/.local/share/hourglass.
  static std::filesystem::path data_directory();
  /// Returns the cache folder: HOURGLASS_CACHE_DIR, else XDG_CACHE_HOME/hourglass, else ~/.cache/hourglass.
  static std::filesystem::path cache_directory();

 private:
  /// A file as it was when it was opened; hashed only on demand.
  struct Source {
    MappedBytes mapped;
    std::string identity;  ///< of the unchanged file: path, size, times of modification and change, inode
    dev_t device;
    ino_t inode;
    bool settled;  ///< false: modified so recently that another change could have the same time
    std::string hash;
  };

  static Source source_of(const std::filesystem::path& file);
  const std::string& hash_of(Source& source) const;  // under mutex_
  /// Opens a copy in the cache; nothing if there is none, or none that is whole. Notes a damaged one.
  std::optional<MappedBytes> cached(const std::filesystem::path& copy, const std::filesystem::path& file) const;

  std::filesystem::path directory_, cache_;
  mutable std::mutex mutex_;
  mutable std::map<std::filesystem::path, Source> sources_;  // by canonical path
  std::vector<std::filesystem::path> opened_;                // canonical, in the order of opening
  bool finished_ = false;                                    // opening the dataset
};

}  // namespace hourglass::host
