#include "sweep/run_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "host/error.hpp"

namespace hourglass::sweep {

RunLock::RunLock(const std::filesystem::path& folder)
    : descriptor_(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (descriptor_ < 0) throw host::UserError(folder.string() + ": cannot be opened: " + std::strerror(errno));
  if (flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
  const int reason = errno;
  close(descriptor_);
  if (reason == EWOULDBLOCK) {
    throw host::UserError(folder.string() +
                          ": another process is computing this cell; wait for it, or choose another --results folder");
  }
  throw host::UserError(folder.string() + ": cannot be locked: " + std::strerror(reason));
}

RunLock::~RunLock() { close(descriptor_); }

}  // namespace hourglass::sweep
