// A lock that prevents two processes from computing the same cell at the same time.
#pragma once

#include <filesystem>
#include <optional>
#include <utility>

namespace hourglass::results {

/// Holds an exclusive lock on a folder during its lifetime; the system releases it even if the process is killed.
class RunLock {
 public:
  /// Locks `folder`, which must exist. Returns nothing if another process holds the lock; throws UserError if the
  /// folder cannot be locked.
  static std::optional<RunLock> try_lock(const std::filesystem::path& folder);
  /// Locks `folder`, which must exist, after waiting for other processes; for locks that are held briefly. Throws
  /// UserError if the folder cannot be locked.
  static RunLock wait(const std::filesystem::path& folder);
  /// Returns whether any process holds the lock of `folder`.
  static bool held(const std::filesystem::path& folder);

  ~RunLock();
  RunLock(RunLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  RunLock& operator=(RunLock&&) = delete;

 private:
  explicit RunLock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

}  // namespace hourglass::results
