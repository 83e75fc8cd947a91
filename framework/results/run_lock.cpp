#include "results/run_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.hpp"

namespace hourglass::results {
namespace {

int open_folder(const std::filesystem::path& folder) {
  return open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/// Opens and locks a folder; returns -1 if `operation` does not wait and another process holds the lock.
int locked(const std::filesystem::path& folder, int operation) {
  const int descriptor = open_folder(folder);
  if (descriptor < 0) throw base::UserError(folder.string() + ": cannot be opened: " + std::strerror(errno));
  int result = 0;
  do {
    result = flock(descriptor, operation);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return descriptor;
  const int reason = errno;
  close(descriptor);
  if (reason == EWOULDBLOCK) return -1;
  throw base::UserError(folder.string() + ": cannot be locked: " + std::strerror(reason));
}

}  // namespace

std::optional<RunLock> RunLock::try_lock(const std::filesystem::path& folder) {
  const int descriptor = locked(folder, LOCK_EX | LOCK_NB);
  return descriptor < 0 ? std::nullopt : std::optional(RunLock(descriptor));
}

RunLock RunLock::wait(const std::filesystem::path& folder) { return RunLock(locked(folder, LOCK_EX)); }

RunLock::~RunLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

bool RunLock::held(const std::filesystem::path& folder) {
  const int descriptor = open_folder(folder);
  if (descriptor < 0) return false;
  const bool taken = flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  close(descriptor);
  return taken;
}

}  // namespace hourglass::results
