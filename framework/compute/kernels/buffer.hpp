// Zero-initialised memory for floats, aligned for vector loads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace hourglass::compute {

/// Rounds a number of floats up to whole cache lines, so that the following data starts on a new line.
inline std::int64_t whole_lines(std::int64_t floats) { return (floats + 15) / 16 * 16; }

/// A block of floats on a 64-byte boundary, initialised to zero. Move-only.
class Buffer {
 public:
  Buffer() = default;
  /// Throws UserError with the bytes if the machine does not have them or the system refuses them.
  explicit Buffer(std::int64_t size);

  float* data() { return data_.get(); }
  const float* data() const { return data_.get(); }
  std::int64_t size() const { return size_; }
  std::span<float> span() { return {data_.get(), static_cast<std::size_t>(size_)}; }
  std::span<const float> span() const { return {data_.get(), static_cast<std::size_t>(size_)}; }

 private:
  struct Free {
    std::size_t bytes;  ///< size of the memory
    void operator()(float* data) const;
  };
  std::unique_ptr<float[], Free> data_;
  std::int64_t size_ = 0;
};

}  // namespace hourglass::compute
