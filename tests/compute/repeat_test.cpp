// Repeated samples: rows, gradients, losses over several draws.
#include <cmath>

#include "compute/cases.hpp"

namespace hourglass::compute::test {
namespace {

constexpr std::int64_t kBatch = 2, kDraws = 3;

/// Images [2, 2] times a parameter, repeated.
struct Repeated {
  Network network{{1, 1, 2}, 2};
  Node scaled = flatten(network.image()) * network.parameter("scale", "scale", {2}, {Init::Kind::constant, 2});
  Node repeated = repeat(scaled, kDraws);
  Model model{network, true};

  explicit Repeated() { model.initialise(network, 1); }

  Plan plan(bool training, const std::vector<Node>& outputs, std::optional<Objective> objective) {
    Plan plan(network, model,
              {.batch = kBatch, .training = training, .feeds = {}, .outputs = outputs, .objective = objective});
    const float images[] = {1, 2, 3, 4};
    std::ranges::copy(images, plan.feed(network.image()).begin());
    return plan;
  }
};

std::vector<float> values(const Plan& plan, Node node) { return {plan.value(node).begin(), plan.value(node).end()}; }

TEST_CASE("repeat: gives each sample several times in succession where there is an objective, else once") {
  Repeated tested;
  auto training = tested.plan(true, {tested.repeated}, Objective{.output = tested.repeated});
  training.forward();
  CHECK(values(training, tested.repeated) == std::vector<float>{2, 4, 2, 4, 2, 4, 6, 8, 6, 8, 6, 8});
  auto inference = tested.plan(false, {tested.repeated}, {});
  inference.forward();
  CHECK(values(inference, tested.repeated) == std::vector<float>{2, 4, 6, 8});
}

TEST_CASE("repeat: the loss is the mean over all rows, with one target for those of a sample") {
  Repeated tested;
  auto plan = tested.plan(true, {}, Objective{.output = tested.repeated});
  REQUIRE(plan.target().size() == 4);
  const float targets[] = {0, 0, 6, 9};
  std::ranges::copy(targets, plan.target().begin());
  CHECK(plan.forward().loss == doctest::Approx((4 + 16 + 0 + 1) / 4.0));
  plan.backward();
  // d / d scale_0 = 2 (2 - 0) 1 / 4, d / d scale_1 = (2 (4 - 0) 2 + 2 (8 - 9) 4) / 4
  CHECK(tested.model.gradients()[0] == doctest::Approx(1));
  CHECK(tested.model.gradients()[1] == doctest::Approx(2));
}

TEST_CASE("repeat: tensors that meet repeated ones are repeated, and penalties are means over all rows") {
  Repeated tested;
  const Node sum = tested.scaled + tested.repeated;
  tested.network.penalty("sum", sum, 1);
  Model model(tested.network, true);
  model.initialise(tested.network, 1);
  Plan plan(tested.network, model,
            {.batch = kBatch, .training = true, .feeds = {}, .outputs = {sum}, .objective = Objective{.output = sum}});
  const float images[] = {1, 2, 3, 4};
  std::ranges::copy(images, plan.feed(tested.network.image()).begin());
  CHECK(plan.forward().penalties[0] == doctest::Approx((12 + 28) / 2.0));
  CHECK(values(plan, sum) == std::vector<float>{4, 8, 4, 8, 4, 8, 12, 16, 12, 16, 12, 16});
}

TEST_CASE("repeat: different numbers of draws do not meet") {
  check_refused(
      [](Network& network) {
        const Node x = flatten(network.image());
        repeat(x, 2) + repeat(x, 3);
      },
      "network.add_0: its inputs are repeated 3 and 2 times, but expected one number");
}

TEST_CASE("repeat: draws of an importance-weighted objective have the shares of their weights") {
  // log ratios of 0 and log 3 for the draws of each image: shares 1/4 and 3/4 where the losses are equal.
  Network network({1, 1, 1}, 0);
  const Node ratio = network.parameter("ratio", "ratio", {1}, {Init::Kind::constant, std::log(3.0)});
  const Node output = repeat(flatten(network.image()), 2) + 0.0 * standard_normal(network, 1);
  network.importance_weighted("rest", output * 0.0 + ratio);
  Model model(network, true);
  model.initialise(network, 1);
  Plan plan(network, model,
            {.batch = 1,
             .training = true,
             .feeds = {},
             .outputs = {},
             .objective = Objective{.output = output, .sum = true}});
  plan.feed(network.image())[0] = 2;
  plan.target()[0] = 1;
  const auto losses = plan.forward();
  CHECK(losses.loss == doctest::Approx(1));
  CHECK(losses.penalties[0] == doctest::Approx(-std::log(3.0)));
  CHECK(losses.total == doctest::Approx(1 - std::log(3.0)));
  plan.backward();
  CHECK(model.gradients()[0] == doctest::Approx(-1));
}

TEST_CASE("importance_weighted: expects log ratios [N, 1], once") {
  check_refused([](Network& network) { network.importance_weighted("kl", network.labels()); },
                "an importance-weighted objective expects log ratios [N, 1], but got [N, 4]");
}

}  // namespace
}  // namespace hourglass::compute::test
