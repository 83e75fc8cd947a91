// Keeps two processes from computing one cell at the same time.
#pragma once

#include <filesystem>

namespace hourglass::sweep {

/// Holds an exclusive lock on a run folder while it lives; the system lets go of it when the process ends, however it
/// ends.
class RunLock {
 public:
  /// Locks `folder`, which must exist. Throws UserError when another process holds it.
  explicit RunLock(const std::filesystem::path& folder);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

 private:
  int descriptor_;
};

}  // namespace hourglass::sweep
