// Networks around one operation, for tests against the reference.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "compute/checker.hpp"

namespace hourglass::compute::test {

/// Checks a network that ends in `body(probe)`, squashed into a mean of squares. `differences` as in Case.
inline void check_body(const std::function<Node(Node)>& body, double spread = 1, bool differences = true) {
  Case tested;
  tested.spread = spread;
  tested.differences = differences;
  tested.objective = {.output = body(probe(tested.network))};
  check_against_reference(tested);
}

/// [N, D] -> [N, shape], through a dense layer, which writes row-major.
inline Node image_of(Node x, const ImageShape& shape) { return to_image(dense(x, shape.size()), shape); }

/// Expects `build(network)` to be refused with `message`.
inline void check_refused(const std::function<void(Network&)>& build, const std::string& message) {
  Network network({3, 6, 5}, 4);
  CHECK_THROWS_WITH_AS(build(network), message.c_str(), std::invalid_argument);
}

}  // namespace hourglass::compute::test
