// What is evaluated: a subject with a trained model of its network.
#pragma once

#include "compute/graph/model.hpp"
#include "subject/subject.hpp"

namespace hourglass::evaluate {

/// Cheap to copy. What it refers to must outlive the evaluation.
struct Trained {
  const subject::Subject& subject;
  compute::Model& model;  ///< its parameters are the trained ones
};

}  // namespace hourglass::evaluate
