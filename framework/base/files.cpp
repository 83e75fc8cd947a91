#include "base/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <system_error>

#include "base/error.hpp"

namespace hourglass::base {
namespace {

std::string reason(int error) { return std::generic_category().message(error); }

[[noreturn]] void fail(const std::filesystem::path& path, std::string_view verb, int error) {
  throw UserError(path.string() + ": cannot be " + std::string(verb) + ": " + reason(error));
}

/// A file that is deleted on destruction unless it is kept.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::filesystem::path& target) : target_(target) {
    if (target.native().find('\0') != std::string::npos) fail(target_, "written", EINVAL);
    static std::atomic<unsigned> count = 0;
    do {  // a process with the same ID may have died here before
      name_ = target.string() + "." + std::to_string(::getpid()) + "-" + std::to_string(count++) + ".tmp";
      descriptor_ = ::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (descriptor_ < 0 && errno == EEXIST);
    if (descriptor_ < 0) fail(target_, "written", errno);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!name_.empty()) ::unlink(name_.c_str());
  }

  void write(std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail(target_, "written", errno);
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
  }

  void keep() {
    if (::fsync(descriptor_) != 0) fail(target_, "written", errno);
    const int closed = ::close(descriptor_);
    descriptor_ = -1;
    if (closed != 0 || ::rename(name_.c_str(), target_.c_str()) != 0) fail(target_, "written", errno);
    name_.clear();
  }

 private:
  std::filesystem::path target_;
  std::string name_;
  int descriptor_ = -1;
};

/// Makes a rename survive a power failure. Some file systems do not support this; that is not an error.
void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

void write_file(const std::filesystem::path& path,
                const std::function<void(const std::function<void(std::span<const std::uint8_t>)>& write)>& produce) {
  const auto folder = path.parent_path();
  if (!folder.empty()) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) throw UserError(folder.string() + ": this folder cannot be created: " + error.message());
  }
  TemporaryFile file(path);
  produce([&](std::span<const std::uint8_t> bytes) { file.write(bytes); });
  file.keep();
  sync_folder(folder);
}

void write_file(const std::filesystem::path& path, std::span<const std::uint8_t> contents) {
  write_file(path, [&](const auto& write) { write(contents); });
}

void write_file(const std::filesystem::path& path, std::string_view contents) {
  write_file(path, std::span(reinterpret_cast<const std::uint8_t*>(contents.data()), contents.size()));
}

std::string read_file(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail(path, "read", errno);
  std::string text;
  struct stat status = {};
  if (::fstat(descriptor, &status) == 0 && status.st_size > 0) text.reserve(static_cast<std::size_t>(status.st_size));
  char piece[1 << 16];
  while (true) {
    const ssize_t count = ::read(descriptor, piece, sizeof piece);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int error = errno;
      ::close(descriptor);
      fail(path, "read", error);
    }
    if (count == 0) break;
    text.append(piece, static_cast<std::size_t>(count));
  }
  ::close(descriptor);
  return text;
}

bool is_file(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

}  // namespace hourglass::base
