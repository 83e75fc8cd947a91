// A file that is received in pieces, possibly over several runs of the program.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "base/descriptor.hpp"
#include "base/hash.hpp"

namespace hourglass::base {

/// The received bytes of `file`, kept in `file`.part, next to `file`.part.source, which records their URL and version.
/// Only one process at a time can open a partial file. The destructor keeps the bytes for the next attempt, unless
/// their version is unknown and they could not be continued. All functions throw UserError with the path and the
/// system's reason if the file cannot be written.
class PartialFile {
 public:
  /// Opens the partial file, or creates it. Discards bytes from another URL.
  PartialFile(std::filesystem::path file, std::string url);
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;
  ~PartialFile();

  /// Returns the number of bytes.
  std::int64_t size() const { return size_; }
  /// Returns the entity tag or date of the version that the bytes belong to, or "" if it is unknown.
  const std::string& version() const { return version_; }

  /// Discards all bytes.
  void clear();
  /// Discards all bytes and begins a version; "" if it is unknown.
  void begin(const std::string& version);
  void append(std::span<const std::uint8_t> bytes);
  /// Returns the SHA-256 of all bytes. Call once, after the last append().
  std::string sha256() { return hash_.finish(); }
  /// Flushes all bytes to disk and renames the partial file to `file`.
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
