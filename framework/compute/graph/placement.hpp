// Memory of a laid-out program: one block that tensors, lists and scratch share by lifetime, and every kernel bound.
#pragma once

#include <memory>
#include <vector>

#include "compute/graph/model.hpp"
#include "compute/graph/program.hpp"
#include "compute/kernels/buffer.hpp"

namespace hourglass::compute {

/// Memory of one tensor; null where there is none.
struct Place {
  float* value = nullptr;
  float* gradient = nullptr;
};

struct Placement {
  Buffer memory;
  std::vector<Place> places;  ///< by tensor
  float* target = nullptr;    ///< with a loss: of its output's size
  float* prediction = nullptr;
  /// By step, and in the end before any: the tensors of the model whose gradient is complete when the step has gone
  /// backward, and which no later one reads.
  std::vector<std::vector<int>> complete;
};

struct PlacementSpec {
  bool separate_prediction = false;      ///< f(output) must not overwrite the output
  bool own_parameter_gradients = false;  ///< gradients of the model's tensors live in the block too, while they matter
};

/// Gives a program its memory and binds its kernels, one for each step, to it and to the model's.
Placement place(const Network& network, Model& model, const Program& program,
                const std::vector<std::unique_ptr<Kernel>>& kernels, const PlacementSpec& spec);

}  // namespace hourglass::compute
