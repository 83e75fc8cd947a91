// Stops tasks when the user interrupts a run: long loops check a flag and throw.
#pragma once

#include <atomic>
#include <exception>

namespace hourglass::evaluate {

/// Thrown inside a task, and by Evaluation::run(), once the user has stopped the run. Not an error.
class Stopped final : public std::exception {
 public:
  const char* what() const noexcept override { return "the user has stopped the run"; }
};

/// The flag that long loops check. Cheap to copy; the flag must outlive it.
class StopFlag {
 public:
  StopFlag() = default;  ///< never stops
  explicit StopFlag(const std::atomic<bool>& flag) : flag_(&flag) {}

  /// Throws Stopped once the flag is set.
  void check() const {
    if (flag_ != nullptr && flag_->load(std::memory_order_relaxed)) throw Stopped();
  }

 private:
  const std::atomic<bool>* flag_ = nullptr;
};

}  // namespace hourglass::evaluate
