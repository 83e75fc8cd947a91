// The moving average of weights, and the average of gradients.
#include "compute/optimise/moving_average.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "compute/optimise/gradient_average.hpp"

using namespace hourglass::compute;

TEST_CASE("average: its decay rises to the requested one") {
  CHECK(average_decay(0.999, 1) == doctest::Approx(2.0 / 11));
  CHECK(average_decay(0.999, 90) == doctest::Approx(91.0 / 100));
  CHECK(average_decay(0.999, 100000) == 0.999);
  CHECK(average_decay(0.1, 1) == 0.1);
}

TEST_CASE("average: moves by a fraction of the distance") {
  std::vector<float> average(40000, 1), weights(40000, 3);
  move_average(average, weights, 0.75);
  CHECK(average == std::vector<float>(40000, 1.5F));
}

TEST_CASE("gradient average: batches are weighted by their size, and earlier gradients are discarded") {
  GradientAverage sum(3);
  std::vector<float> gradients = {9, 9, 9};
  sum.add(gradients, 1, true);
  gradients = {1, 2, 4};
  sum.add(gradients, 0.5, true);
  sum.add(gradients, 0.25, false);
  gradients = {4, 8, 0};
  sum.finish(gradients, 0.25);
  CHECK(gradients == std::vector<float>{1.75F, 3.5F, 3});
}
