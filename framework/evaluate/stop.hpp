// How a user's interrupt ends a task: long loops look at a flag and throw.
#pragma once

#include <atomic>
#include <exception>

namespace hourglass::evaluate {

/// Thrown inside a task, and by Evaluation::run(), when the user has asked the run to stop. Not an error.
class Stopped final : public std::exception {
 public:
  const char* what() const noexcept override { return "the run was asked to stop"; }
};

/// The request to stop, as long loops see it. Cheap to copy; the flag must outlive it.
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
