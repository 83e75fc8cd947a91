// Included by each operation's file alone: ties its RulesOf<> to rules_of().
#pragma once

#include "compute/ops/operation.hpp"

namespace hourglass::compute {

template <class Operation>
std::unique_ptr<Rules> make_rules(const Operation& operation) {
  return std::make_unique<RulesOf<Operation>>(operation);
}

}  // namespace hourglass::compute
