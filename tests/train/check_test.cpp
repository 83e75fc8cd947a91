// Settings of training that do not go together.
#include "train/check.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "host/error.hpp"
#include "support/experiment.hpp"
#include "train/autoencoder.hpp"

using namespace hourglass;

namespace {

constexpr const char* kExperiment = R"([dataset]
plugin = "shapes"
[architecture]
plugin = "mlp"
hidden = []
[train]
)";

std::vector<std::string> problems(const std::string& train) {
  const auto config = test::experiment(kExperiment + train);
  const auto autoencoder = train::assemble(config, {1, 28, 28}, 2);
  try {
    train::check_settings(config, *autoencoder.network);
  } catch (const host::UserError& error) {
    std::vector<std::string> messages;
    for (const auto& message : error.messages()) messages.push_back(message.substr(message.find("experiment.toml")));
    return messages;
  }
  return {};
}

}  // namespace

TEST_CASE("check: lbfgs alone is sound, and so is anything with adam") {
  CHECK(problems("optimizer = { name = \"lbfgs\" }\nema = 0.9\nbatch_size = 32\n").empty());
  CHECK(problems("accumulate = 4\ngradient_clip = 1\nschedule = { name = \"cosine\" }\n").empty());
}

TEST_CASE("check: lbfgs with what needs steps on batches is refused, all at once, each at its place") {
  const auto found = problems(
      "accumulate = 2\ngradient_clip = 0.5\noptimizer = { name = \"lbfgs\" }\nschedule = { name = \"cosine\" }\n");
  REQUIRE(found.size() == 3);
  CHECK(found[0] ==
        "experiment.toml:7:14: [train] accumulate = 2 does not go with optimizer lbfgs: it takes the gradient of all "
        "images, whatever the batch_size; leave accumulate out, or choose sgd, adam, adamw or rmsprop");
  CHECK(found[1] ==
        "experiment.toml:8:17: [train] gradient_clip = 0.5 does not go with optimizer lbfgs: its line search needs the "
        "true gradient; leave gradient_clip out, or choose sgd, adam, adamw or rmsprop");
  CHECK(
      found[2] ==
      "experiment.toml:10:21: [train.schedule] changes the learning rate, which does not go with optimizer lbfgs: its "
      "line search finds the length of each step; leave the schedule out, or choose sgd, adam, adamw or rmsprop");
}

TEST_CASE("check: a warm-up changes the learning rate as well") {
  CHECK(problems("optimizer = { name = \"lbfgs\" }\nschedule = { warmup_epochs = 1 }\n").size() == 1);
}

TEST_CASE("check: noise that sets in late changes what lbfgs minimises") {
  const auto config = test::experiment(
      "[dataset]\nplugin = \"shapes\"\n[architecture]\nplugin = \"mlp\"\n[noise]\nplugin = "
      "\"gaussian\"\nafter = 2\n[train]\noptimizer = { name = \"lbfgs\" }\n");
  CHECK_THROWS_WITH_AS(
      train::check_settings(config, compute::Network({1, 1, 4}, 0)),
      doctest::Contains(":7:9: [noise] after = 2 does not go with optimizer lbfgs: it minimises one function from "
                        "the first epoch to the last; leave after out, or choose sgd"),
      host::UserError);
}

TEST_CASE("check: lbfgs with parameters that are not free is refused") {
  const auto config = test::experiment(std::string(kExperiment) + "optimizer = { name = \"lbfgs\" }\n");
  const auto refusal = [&](const compute::Network& network) -> std::string {
    try {
      train::check_settings(config, network);
    } catch (const host::UserError& error) {
      return error.messages().at(0);
    }
    return "";
  };
  compute::Network moved({1, 1, 4}, 0);
  moved.state("norm", "running_mean", {4}, {});
  CHECK(refusal(moved).find("norm_0.running_mean, which is moved by each batch, does not go with optimizer lbfgs") !=
        std::string::npos);
  compute::Network kept({1, 1, 4}, 0);
  kept.keep_unit_rows(kept.parameter("atoms", "weight", {2, 4}, {}));
  CHECK(refusal(kept).find("atoms_0.weight, which is kept at rows of norm 1, does not go") != std::string::npos);
}
