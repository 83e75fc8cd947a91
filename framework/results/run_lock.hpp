// Keeps two processes from computing one cell at the same time, and tells whether any does.
#pragma once

#include <filesystem>
#include <optional>
#include <utility>

namespace hourglass::results {

/// Holds an exclusive lock on a folder while it lives; the system releases it when the process ends, however it ends.
class RunLock {
 public:
  /// Locks `folder`, which must exist. Returns nothing when another process holds the lock; throws UserError when the
  /// folder cannot be locked at all.
  static std::optional<RunLock> try_lock(const std::filesystem::path& folder);
  /// Locks `folder`, which must exist, as soon as no other process holds the lock: for short changes.
  static RunLock wait(const std::filesystem::path& folder);
  /// Says whether a process holds the lock of `folder` now.
  static bool held(const std::filesystem::path& folder);

  ~RunLock();
  RunLock(RunLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  RunLock& operator=(RunLock&&) = delete;

 private:
  explicit RunLock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

}  // namespace hourglass::results
