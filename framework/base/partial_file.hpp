// A file that arrives piece by piece, perhaps over several runs of the program.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "base/descriptor.hpp"
#include "base/hash.hpp"

namespace hourglass::base {

/// The bytes of `file` that have arrived, kept in `file`.part, next to `file`.part.source, which says where they are
/// from and of which version they are. Only one process at a time holds a partial file. When the object goes, the bytes
/// stay for the next one, unless they belong to no known version, to which nothing could be added. All functions throw
/// UserError with the path and the system's reason when the file cannot be written.
class PartialFile {
 public:
  /// Opens the partial file, which need not exist. Bytes that came from another URL are discarded.
  PartialFile(std::filesystem::path file, std::string url);
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;
  ~PartialFile();

  /// Returns the number of bytes.
  std::int64_t size() const { return size_; }
  /// Returns the entity tag or date of the version that the bytes belong to, or "" if it is not known.
  const std::string& version() const { return version_; }

  /// Discards all bytes.
  void clear();
  /// Discards all bytes and begins a version; "" if it is not known.
  void begin(const std::string& version);
  void append(std::span<const std::uint8_t> bytes);
  /// Returns the SHA-256 of all bytes, once, after the last append().
  std::string sha256() { return hash_.finish(); }
  /// Writes all bytes to the disk and renames the partial file to `file`.
  void finish();

 private:
  void open();
  std::string recorded_version() const;
  [[noreturn]] void fail(int error) const;

  std::filesystem::path file_, part_, source_;
  std::string url_;
  Descriptor descriptor_;
  std::string version_;
  Sha256 hash_;
  std::int64_t size_ = 0;
};

}  // namespace hourglass::base
