// The naive engine that the real one is compared with: double precision, one loop per element, formulas as in
// textbooks.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "compute/graph/network.hpp"
#include "compute/graph/plan.hpp"

namespace hourglass::compute::test {

using Numbers = std::vector<double>;

/// Values of all nodes, and gradients of the total with respect to them.
struct Evaluation {
  std::vector<Numbers> values, gradients;  ///< by node
  Numbers prediction;
  double loss = 0;
  Numbers penalties;  ///< not weighted
  double total = 0;
};

/// The inputs besides the network: parameters by index, leaves and fed nodes by id.
struct ReferenceInput {
  std::int64_t batch = 1;
  std::vector<Numbers> parameters;
  std::map<int, Numbers> fed;
  Numbers target;
};

double reference_activation(Activation kind, double alpha, double x);
double reference_derivative(Activation kind, double alpha, double x);

/// Evaluates everything without dropout. Custom operations are not supported.
Evaluation evaluate_reference(const Network& network, const Objective& objective, const ReferenceInput& input);

}  // namespace hourglass::compute::test
