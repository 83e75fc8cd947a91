// Fetches the files of a dataset from where they are published, checks them, and installs them all at once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "hourglass/dataset.hpp"

namespace hourglass::host {

/// Receives what happens during a fetch, on the calling thread.
class FetchObserver {
 public:
  virtual ~FetchObserver() = default;

  virtual void line(const std::string& text) = 0;  ///< something begins, is done or went wrong
  /// `done` of `total` bytes of `file` have arrived; `total` is 0 while it is not known. Several times a second.
  virtual void bytes(const std::string& file, std::int64_t done, std::int64_t total) = 0;
};

/// Returns those downloads whose file is not below `directory` with the right SHA-256.
std::vector<Download> missing_files(const std::vector<Download>& downloads, const std::filesystem::path& directory);

/// Fetches files into `directory`, which need not exist. The sources of each file are tried in order; a file with
/// another SHA-256 is refused. Files are put in place, each by one rename, only when all of them are right. Otherwise
/// throws UserError with the reason for each source, or base::Interrupted at base::stop_requested(); what has arrived
/// and is not known to be wrong then stays in `directory`/.downloads, from which the next fetch continues.
void fetch_files(const std::vector<Download>& downloads, const std::filesystem::path& directory,
                 FetchObserver& observer);

}  // namespace hourglass::host
