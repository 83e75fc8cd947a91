// Keeps two processes from computing one cell at the same time, and tells whether any does.
#pragma once

#include <filesystem>

namespace hourglass::results {

/// Holds an exclusive lock on a run folder while it lives; the system lets go of it when the process ends, however it
/// ends.
class RunLock {
 public:
  /// Locks `folder`, which must exist. Throws UserError when another process holds it.
  explicit RunLock(const std::filesystem::path& folder);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

  /// Says whether a process holds the lock of `folder` now.
  static bool held(const std::filesystem::path& folder);

 private:
  int descriptor_;
};

}  // namespace hourglass::results
