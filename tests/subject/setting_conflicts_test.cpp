// Settings of training that do not go together.
#include "subject/setting_conflicts.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "base/error.hpp"
#include "hourglass/layers.hpp"
#include "subject/autoencoder.hpp"
#include "support/experiment.hpp"

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
  const auto config = test::resolve_experiment(kExperiment + train);
  const auto autoencoder = subject::assemble(config, {1, 28, 28}, 2);
  try {
    subject::check_settings(config, *autoencoder.network, 1000);
  } catch (const base::UserError& error) {
    std::vector<std::string> messages;
    for (const auto& message : error.messages()) messages.push_back(message.substr(message.find("experiment.toml")));
    return messages;
  }
  return {};
}

}  // namespace

TEST_CASE("check: lbfgs alone is accepted, and so is anything with adam") {
  CHECK(problems("optimizer = { name = \"lbfgs\" }\nema = 0.9\nbatch_size = 32\n").empty());
  CHECK(problems("accumulate = 4\ngradient_clip = 1\nschedule = { name = \"cosine\" }\n").empty());
}

TEST_CASE("check: lbfgs with settings that need steps on batches is refused, all at once, each at its location") {
  const auto found = problems(
      "accumulate = 2\ngradient_clip = 0.5\noptimizer = { name = \"lbfgs\" }\nschedule = { name = \"cosine\" }\n");
  REQUIRE(found.size() == 3);
  CHECK(found[0] ==
        "experiment.toml:7:14: [train] accumulate = 2 is not supported by optimizer lbfgs, which always takes the "
        "gradient of all images; remove accumulate, or choose sgd, adam, adamw or rmsprop");
  CHECK(found[1] ==
        "experiment.toml:8:17: [train] gradient_clip = 0.5 is not supported by optimizer lbfgs, whose line search "
        "needs the exact gradient; remove gradient_clip, or choose sgd, adam, adamw or rmsprop");
  CHECK(found[2] ==
        "experiment.toml:10:21: [train.schedule], which changes the learning rate, is not supported by optimizer "
        "lbfgs, whose line search sets the length of each step; remove the schedule, or choose sgd, adam, adamw or "
        "rmsprop");
}

TEST_CASE("check: a warm-up changes the learning rate as well") {
  CHECK(problems("optimizer = { name = \"lbfgs\" }\nschedule = { warmup_epochs = 1 }\n").size() == 1);
}

TEST_CASE("check: noise that is added after some epochs changes what lbfgs minimises") {
  const auto config = test::resolve_experiment(
      "[dataset]\nplugin = \"shapes\"\n[architecture]\nplugin = \"mlp\"\n[noise]\nplugin = "
      "\"gaussian\"\nafter = 2\n[train]\noptimizer = { name = \"lbfgs\" }\n");
  CHECK_THROWS_WITH_AS(
      subject::check_settings(config, compute::Network({1, 1, 4}, 0), 1000),
      doctest::Contains(":7:9: [noise] after = 2 is not supported by optimizer lbfgs, which minimises the same "
                        "function in all epochs; remove after, or choose sgd"),
      base::UserError);
}

TEST_CASE("check: lbfgs with constrained parameters is refused") {
  const auto config = test::resolve_experiment(std::string(kExperiment) + "optimizer = { name = \"lbfgs\" }\n");
  const auto refusal = [&](const compute::Network& network) -> std::string {
    try {
      subject::check_settings(config, network, 1000);
    } catch (const base::UserError& error) {
      return error.messages().at(0);
    }
    return "";
  };
  compute::Network moved({1, 1, 4}, 0);
  moved.state("norm", "running_mean", {4}, {});
  CHECK(
      refusal(moved).find("norm_0.running_mean, which is updated by each batch, is not supported by optimizer lbfgs") !=
      std::string::npos);
  compute::Network kept({1, 1, 4}, 0);
  kept.keep_unit_rows(kept.parameter("atoms", "weight", {2, 4}, {}));
  CHECK(refusal(kept).find("atoms_0.weight, which is kept at rows of norm 1, is not supported") != std::string::npos);
}

TEST_CASE("check: noise that is added after the last epoch is refused") {
  const std::string noise = "epochs = 3\n[noise]\nplugin = \"gaussian\"\nafter = ";
  CHECK(problems(noise + "2\n").empty());
  const auto found = problems(noise + "3\n");
  REQUIRE(found.size() == 1);
  CHECK(
      found[0] ==
      "experiment.toml:10:9: [noise] after = 3 leaves none of the 3 epochs for noise gaussian; use a smaller after or "
      "more train.epochs");
}

TEST_CASE("check: batch normalisation of one value per channel is refused, also in the last batch of an epoch") {
  const auto problem = [](const std::string& train, std::int64_t images, bool wide = false) -> std::string {
    const auto config = test::resolve_experiment(kExperiment + train);
    compute::Network network(wide ? ImageShape{3, 1, 2} : ImageShape{3, 1, 1}, 0);
    network.begin_part("encoder");
    batch_norm(network.image());
    try {
      subject::check_settings(config, network, images);
    } catch (const base::UserError& error) {
      return std::string(error.what()).substr(std::string(error.what()).find("experiment.toml"));
    }
    return "";
  };
  const std::string why =
      ", so encoder.batch_norm_0 would normalise a single value per channel; choose another batch_size";
  CHECK(problem("batch_size = 1\n", 10) ==
        "experiment.toml:7:14: [train] batch_size = 1 puts 1 image in each batch" + why);
  CHECK(problem("batch_size = 3\n", 10) ==
        "experiment.toml:7:14: [train] batch_size = 3 leaves 1 of 10 training images for the last batch" + why);
  CHECK(problem("", 1) == "experiment.toml:1:1: [train] batch_size = 128 is used with 1 training image" + why);
  CHECK(problem("batch_size = 3\n", 11) == "");
  CHECK(problem("batch_size = 5\n", 10) == "");
  CHECK(problem("batch_size = 1\n", 10, true) == "");
}
