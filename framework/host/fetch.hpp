// Downloads the published files of a dataset, checks them, and installs them all at once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "hourglass/dataset.hpp"

namespace hourglass::host {

/// Receives the events of a fetch, on the calling thread.
class FetchObserver {
 public:
  virtual ~FetchObserver() = default;

  virtual void line(const std::string& text) = 0;  ///< a step begins, has finished or has failed
  /// `done` of `total` bytes of `file` have arrived; `total` is 0 while it is unknown. Called several
  /// times a second.
  virtual void bytes(const std::string& file, std::int64_t done, std::int64_t total) = 0;
};

/// Returns the downloads whose file is missing below `directory` or has another SHA-256.
std::vector<Download> missing_files(const std::vector<Download>& downloads, const std::filesystem::path& directory);

/// Fetches files into `directory`, which is created if necessary. Tries the sources of each file in order and refuses
/// files with another SHA-256. Installs files, each by one rename, only once all of them are correct. Otherwise throws
/// UserError with the reason for each source, or base::Interrupted after base::stop_requested(); received bytes that
/// are not known to be wrong are kept in `directory`/.downloads, and the next fetch continues from them.
void fetch_files(const std::vector<Download>& downloads, const std::filesystem::path& directory,
                 FetchObserver& observer);

}  // namespace hourglass::host
