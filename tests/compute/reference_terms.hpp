// The naive reference of operations on whole tensors: windows, norms, shapes, sums.
#pragma once

#include <cstdint>
#include <vector>

#include "compute/graph/network.hpp"

namespace hourglass::compute::test {

using Numbers = std::vector<double>;

/// An input of a node, row-major, with the gradient that backward functions add to.
struct Argument {
  const Numbers* value;
  Numbers* gradient;
  Shape shape;
};

/// Compute y, which is zero, from the inputs x, as in training.
void forward_of(const op::Pool2d&, std::int64_t batch, const std::vector<Argument>& x, Numbers& y);
void forward_of(const op::Resize2d&, std::int64_t batch, const std::vector<Argument>& x, Numbers& y);
void forward_of(const op::Concat&, std::int64_t batch, const std::vector<Argument>& x, Numbers& y);
void forward_of(const op::Slice&, std::int64_t batch, const std::vector<Argument>& x, Numbers& y);
void forward_of(const op::Transpose&, std::int64_t batch, const std::vector<Argument>& x, Numbers& y);
void forward_of(const op::Reduce&, std::int64_t batch, const std::vector<Argument>& x, Numbers& y);
void forward_of(const op::StopGradient&, std::int64_t batch, const std::vector<Argument>& x, Numbers& y);
void forward_of(const op::StraightThrough&, std::int64_t batch, const std::vector<Argument>& x, Numbers& y);
void forward_of(const op::Nearest&, std::int64_t batch, const std::vector<Argument>& x, Numbers& y);
void forward_of(const op::Gather&, std::int64_t batch, const std::vector<Argument>& x, Numbers& y);
void forward_of(const op::BatchNorm&, std::int64_t batch, const std::vector<Argument>& x, Numbers& y);
void forward_of(const op::LayerNorm&, std::int64_t batch, const std::vector<Argument>& x, Numbers& y);
void forward_of(const op::GroupNorm&, std::int64_t batch, const std::vector<Argument>& x, Numbers& y);
void forward_of(const op::Softmax&, std::int64_t batch, const std::vector<Argument>& x, Numbers& y);

/// Add to the gradients of the inputs, given dy.
void backward_of(const op::Pool2d&, std::int64_t batch, const std::vector<Argument>& x, const Numbers& dy);
void backward_of(const op::Resize2d&, std::int64_t batch, const std::vector<Argument>& x, const Numbers& dy);
void backward_of(const op::Concat&, std::int64_t batch, const std::vector<Argument>& x, const Numbers& dy);
void backward_of(const op::Slice&, std::int64_t batch, const std::vector<Argument>& x, const Numbers& dy);
void backward_of(const op::Transpose&, std::int64_t batch, const std::vector<Argument>& x, const Numbers& dy);
void backward_of(const op::Reduce&, std::int64_t batch, const std::vector<Argument>& x, const Numbers& dy);
void backward_of(const op::StopGradient&, std::int64_t batch, const std::vector<Argument>& x, const Numbers& dy);
void backward_of(const op::StraightThrough&, std::int64_t batch, const std::vector<Argument>& x, const Numbers& dy);
void backward_of(const op::Nearest&, std::int64_t batch, const std::vector<Argument>& x, const Numbers& dy);
void backward_of(const op::Gather&, std::int64_t batch, const std::vector<Argument>& x, const Numbers& dy);
void backward_of(const op::BatchNorm&, std::int64_t batch, const std::vector<Argument>& x, const Numbers& dy);
void backward_of(const op::LayerNorm&, std::int64_t batch, const std::vector<Argument>& x, const Numbers& dy);
void backward_of(const op::GroupNorm&, std::int64_t batch, const std::vector<Argument>& x, const Numbers& dy);
void backward_of(const op::Softmax&, std::int64_t batch, const std::vector<Argument>& x, const Numbers& dy);

}  // namespace hourglass::compute::test
