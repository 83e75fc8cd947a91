// File descriptors that are closed automatically.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace hourglass::base {

/// Owns a file descriptor, or none (-1). Not thread-safe.
class Descriptor {
 public:
  explicit Descriptor(int value = -1) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { close(); }

  int get() const { return value_; }
  bool is_open() const { return value_ >= 0; }
  /// Closes the descriptor if it is open. Returns false and sets errno if the system reports an error.
  bool close();

  /// Writes all bytes. On an error, returns false and sets errno; some bytes may have been written.
  bool write(std::span<const std::uint8_t> bytes) const;
  /// Reads up to `bytes.size()` bytes. Returns their number, 0 at the end of the file, or -1 with errno set.
  std::ptrdiff_t read(std::span<std::uint8_t> bytes) const;

 private:
  int value_;
};

}  // namespace hourglass::base
