#include "base/partial_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/error.hpp"
#include "base/files.hpp"

namespace hourglass::base {

PartialFile::PartialFile(std::filesystem::path file, std::string url)
    : file_(std::move(file)),
      part_(file_.string() + ".part"),
      source_(part_.string() + ".source"),
      url_(std::move(url)) {
  open();
  version_ = recorded_version();
  if (version_.empty()) {
    clear();
    return;
  }
  read_file(part_, [&](std::span<const std::uint8_t> piece) {
    hash_.update(piece);
    size_ += static_cast<std::int64_t>(piece.size());
  });
}

PartialFile::~PartialFile() {
  if (descriptor_.is_open() && (size_ == 0 || version_.empty())) {
    std::error_code ignored;
    std::filesystem::remove(part_, ignored);
    std::filesystem::remove(source_, ignored);
  }
}

void PartialFile::clear() {
  if (::ftruncate(descriptor_.get(), 0) != 0) fail(errno);
  hash_ = Sha256();
  size_ = 0;
  version_.clear();
}

void PartialFile::begin(const std::string& version) {
  clear();
  if (version.empty()) return;
  write_file(source_, url_ + "\n" + version + "\n");
  version_ = version;
}

void PartialFile::append(std::span<const std::uint8_t> bytes) {
  if (!descriptor_.write(bytes)) fail(errno);
  hash_.update(bytes);
  size_ += static_cast<std::int64_t>(bytes.size());
}

void PartialFile::finish() {
  if (::fsync(descriptor_.get()) != 0 || ::rename(part_.c_str(), file_.c_str()) != 0) fail(errno);
  descriptor_.close();
  std::error_code ignored;
  std::filesystem::remove(source_, ignored);
  sync_folder(file_.parent_path());
}

/// Opens the file with an exclusive lock.
void PartialFile::open() {
  while (true) {
    descriptor_ = Descriptor(::open(part_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
    if (!descriptor_.is_open()) fail(errno);
    if (::flock(descriptor_.get(), LOCK_EX | LOCK_NB) != 0) {
      throw UserError(part_.string() + ": another process is downloading this file");
    }
    // Another process may have renamed or removed the file between the two calls.
    struct stat opened = {}, named = {};
    const bool same = ::fstat(descriptor_.get(), &opened) == 0 && ::stat(part_.c_str(), &named) == 0 &&
                      opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
    if (same) return;
  }
}

/// Returns the recorded version of the existing bytes, or "" if there is none or they came from another URL.
std::string PartialFile::recorded_version() const {
  if (!is_file(source_)) return "";
  const std::string text = read_file(source_), start = url_ + "\n";
  if (!text.starts_with(start) || !text.ends_with('\n') || text.size() == start.size()) return "";
  return text.substr(start.size(), text.size() - start.size() - 1);
}

void PartialFile::fail(int error) const {
  throw UserError(part_.string() + ": cannot be written: " + std::generic_category().message(error));
}

}  // namespace hourglass::base
