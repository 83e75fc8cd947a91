// The input of an evaluation: a subject and a trained model of its network.
#pragma once

#include "compute/graph/model.hpp"
#include "subject/subject.hpp"

namespace hourglass::evaluate {

/// Cheap to copy. Both members must outlive the evaluation.
struct Trained {
  const subject::Subject& subject;
  compute::Model& model;  ///< with the trained parameters
};

}  // namespace hourglass::evaluate
