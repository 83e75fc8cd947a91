#include "base/descriptor.hpp"

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace hourglass::base {

Descriptor::Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    close();
    value_ = std::exchange(other.value_, -1);
  }
  return *this;
}

bool Descriptor::close() { return !is_open() || ::close(std::exchange(value_, -1)) == 0; }

bool Descriptor::write(std::span<const std::uint8_t> bytes) const {
  while (!bytes.empty()) {
    const ssize_t count = ::write(value_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

std::ptrdiff_t Descriptor::read(std::span<std::uint8_t> bytes) const {
  while (true) {
    const ssize_t count = ::read(value_, bytes.data(), bytes.size());
    if (count >= 0 || errno != EINTR) return count;
  }
}

}  // namespace hourglass::base
