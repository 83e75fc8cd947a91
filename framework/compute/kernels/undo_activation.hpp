// The backward pass of an activation and the gradient of the preceding bias, in one pass over the gradient.
#pragma once

#include <cstdint>

#include "hourglass/operation.hpp"

namespace hourglass::compute {

/// Converts the gradient of an activated [rows, channels] in place to the gradient before the activation, and sums it
/// per channel over fixed blocks of rows: the same bits on any number of threads.
class UndoActivation {
 public:
  UndoActivation(std::int64_t rows, std::int64_t channels, const op::Activate& activation, bool sum, bool add);

  std::int64_t scratch() const;
  /// `from` is the activation's input or output (derivative_reads_input); sums [channels] or null. If `rounded` is
  /// given, the result is also written there in bf16, [rows, channels].
  void execute(const float* from, float* gradient, float* sums, float* scratch, std::uint16_t* rounded = nullptr) const;

 private:
  void undo(const float* from, float* gradient, std::uint16_t* rounded) const;
  void undo_and_sum(const float* from, float* gradient, float* sums, float* scratch, std::uint16_t* rounded) const;

  std::int64_t rows_, channels_;
  op::Activate activation_;
  bool sum_, add_;
  std::int64_t fold_, width_, block_rows_, blocks_;
};

}  // namespace hourglass::compute
