// The nearest name to a mistyped one.
#include "base/suggest.hpp"

#include <doctest/doctest.h>

#include <vector>

using hourglass::base::did_you_mean;
using hourglass::base::nearest;

namespace {
const std::vector<std::string> kNames = {"epochs",   "batch_size", "learning_rate", "loss",
                                         "gaussian", "masking",    "adam"};
}

TEST_CASE("suggest: a missing, extra, wrong or swapped letter is forgiven") {
  CHECK(nearest("epoch", kNames) == "epochs");
  CHECK(nearest("losss", kNames) == "loss");
  CHECK(nearest("gausslan", kNames) == "gaussian");
  CHECK(nearest("adma", kNames) == "adam");
}

TEST_CASE("suggest: case and hyphens are forgiven") {
  CHECK(nearest("Learning-Rate", kNames) == "learning_rate");
  CHECK(nearest("ADAM", kNames) == "adam");
}

TEST_CASE("suggest: a unique prefix or unique initials are enough") {
  CHECK(nearest("gauss", kNames) == "gaussian");
  CHECK(nearest("lr", kNames) == "learning_rate");
  CHECK(nearest("mas", std::vector<std::string>{"masking", "masquerade"}) == "");
}

TEST_CASE("suggest: a word far from all names gets no suggestion") {
  CHECK(nearest("temperature", kNames) == "");
  CHECK(nearest("", kNames) == "");
  CHECK(nearest("x", std::vector<std::string>{"y"}) == "");
}

TEST_CASE("suggest: the nearest of several wins") {
  CHECK(nearest("bse", std::vector<std::string>{"mse", "bce", "base"}) == "mse");
  CHECK(nearest("bcee", std::vector<std::string>{"mse", "bce"}) == "bce");
}

TEST_CASE("suggest: the hint is a clause to append, or nothing") {
  CHECK(did_you_mean("epoch", kNames) == "; did you mean 'epochs'?");
  CHECK(did_you_mean("temperature", kNames) == "");
}
