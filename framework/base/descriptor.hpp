// File descriptors of the system that close themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace hourglass::base {

/// Owns a file descriptor, or none (-1). One thread at a time.
class Descriptor {
 public:
  explicit Descriptor(int value = -1) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { close(); }

  int get() const { return value_; }
  bool is_open() const { return value_ >= 0; }
  /// Closes it, if it is open. Returns false, with errno, when the system reports an error.
  bool close();

  /// Writes all bytes. Returns false, with errno, when that fails; some bytes may then have been written.
  bool write(std::span<const std::uint8_t> bytes) const;
  /// Reads up to `bytes.size()` bytes. Returns their count, 0 at the end, or -1 with errno.
  std::ptrdiff_t read(std::span<std::uint8_t> bytes) const;

 private:
  int value_;
};

}  // namespace hourglass::base
