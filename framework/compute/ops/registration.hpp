// Included only by the file of each operation: connects its RulesOf<> to rules_of().
#pragma once

#include "compute/ops/operation.hpp"

namespace hourglass::compute {

template <class Operation>
std::unique_ptr<Rules> make_rules(const Operation& operation) {
  return std::make_unique<RulesOf<Operation>>(operation);
}

}  // namespace hourglass::compute
