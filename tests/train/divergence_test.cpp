// The messages about a training that has diverged.
#include "train/divergence.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace hourglass::train;

TEST_CASE("divergence: a bad image is blamed on its plugins, any other tensor on the training") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(bad_batch(1, 2, nan, "image") ==
        "epoch 1, batch 2: the loss is not a number; first non-finite tensor: image; the noise model or the dataset "
        "gave a "
        "value that is not finite; correct that plugin");
  CHECK(bad_batch(1, 2, nan, "encoder.dense_0").ends_with("try a lower learning rate or train.gradient_clip"));
}
