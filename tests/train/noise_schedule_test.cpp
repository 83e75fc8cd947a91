// Noise whose severity changes over the epochs of training.
#include <doctest/doctest.h>

#include "train/training.hpp"

using namespace hourglass;
using test::Training;
using test::Watcher;

TEST_CASE("noise: an epoch trains with the severity of that epoch") {
  const auto first_epoch = [](const std::string& sigma) {
    Training training({"train.epochs=1", "train.keep=last", "noise.sigma=" + sigma});
    training.run();
    return training.parameters();
  };
  CHECK(first_epoch("{ from = 0.3, to = 1, end = 1 }") == first_epoch("0.3"));
  CHECK(first_epoch("{ from = 0.3, to = 1, end = 1 }") != first_epoch("1.0"));
  const auto both = [](const std::string& sigma) {
    Training training({"train.epochs=2", "noise.sigma=" + sigma});
    training.run();
    return training.parameters();
  };
  CHECK(both("{ from = 0.3, to = 1, end = 1 }") != both("0.3"));
}

TEST_CASE("noise: an interrupted training with changing severity continues to the same bits") {
  const std::vector<std::string> overrides = {"noise.sigma={ from = 0.1, to = 0.9, end = 3 }", "train.epochs=3"};
  Training whole(overrides), interrupted(overrides);
  whole.run();
  Watcher watcher(10);  // in the second epoch
  CHECK(interrupted.run(watcher).outcome == train::Outcome::interrupted);
  Watcher rest;
  CHECK(interrupted.run(rest, true).outcome == train::Outcome::finished);
  CHECK((interrupted.bytes("last") == whole.bytes("last")));
}

TEST_CASE("noise: severities drawn for each image train to the same bits on any number of threads") {
  const auto trained = [](int threads) {
    Training training({"noise.sigma={ min = 0, max = 0.8 }"});
    compute::set_threads(threads);
    training.run();
    return training.parameters();
  };
  CHECK(trained(1) == trained(2));
}
