// Guarantees of a plan: separate parts, shared memory, the same bits, errors located by name.
#include "compute/graph/plan.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "compute/kernels/parallel.hpp"
#include "compute/threads.hpp"
#include "compute/training.hpp"

namespace hourglass::compute::test {
namespace {

bool same_plan(std::span<const float> a, std::span<const float> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

void fill_plan(std::span<float> to, std::span<const float> from) { std::copy(from.begin(), from.end(), to.begin()); }

// Restores the number of threads.
TEST_CASE("plan: encoder and decoder alone give the same values as the whole network") {
  Training whole(8);
  const auto network = [&]() -> Network& { return whole.network; };
  Plan both(network(), *whole.model,
            {.batch = 8, .training = false, .feeds = {}, .outputs = {whole.code, whole.output}, .objective = {}});
  Plan encoder(network(), *whole.model,
               {.batch = 8, .training = false, .feeds = {}, .outputs = {whole.code}, .objective = {}});
  Plan decoder(network(), *whole.model,
               {.batch = 8, .training = false, .feeds = {whole.code}, .outputs = {whole.output}, .objective = {}});
  fill_plan(both.feed(whole.image), whole.plan->feed(whole.image));
  fill_plan(encoder.feed(whole.image), whole.plan->feed(whole.image));
  both.forward();
  encoder.forward();
  CHECK(same_plan(encoder.value(whole.code), both.value(whole.code)));
  fill_plan(decoder.feed(whole.code), encoder.value(whole.code));
  decoder.forward();
  CHECK(same_plan(decoder.value(whole.output), both.value(whole.output)));
  CHECK(decoder.forward_flops() + encoder.forward_flops() == both.forward_flops());
}

TEST_CASE("plan: outputs that were not asked for and feeds that nothing reads are refused by name") {
  Training whole(2);
  Plan decoder(whole.network, *whole.model,
               {.batch = 2, .training = false, .feeds = {whole.code}, .outputs = {whole.output}, .objective = {}});
  CHECK_THROWS_WITH_AS(decoder.feed(whole.image),
                       "image is not fed to this plan: nothing that it computes reads it, or it is computed",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(decoder.value(whole.code), "network.tanh_0 is not one of this plan's outputs",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(decoder.backward(), "a plan for inference has no backward pass", std::invalid_argument);
  CHECK_THROWS_WITH_AS(decoder.target(), "a plan without an objective has no target", std::invalid_argument);
}

TEST_CASE("plan: a plan for inference with an objective gives the loss of the training plan") {
  Training whole(8, 0.0);
  Plan scoring(whole.network, *whole.model,
               {.batch = 8,
                .training = false,
                .feeds = {},
                .outputs = {},
                .objective = Objective{whole.output, Activation::sigmoid, Loss::bce, false}});
  fill_plan(scoring.feed(whole.image), whole.plan->feed(whole.image));
  fill_plan(scoring.target(), whole.plan->target());
  const Losses scored = scoring.forward();
  const Losses trained = whole.plan->forward();
  CHECK(scored.loss == trained.loss);
  CHECK(scored.total == trained.total);
  REQUIRE(scored.penalties.size() == 1);
  CHECK(scored.penalties[0] == trained.penalties[0]);
  CHECK(same_plan(scoring.prediction(), whole.plan->prediction()));
}

TEST_CASE("plan: the prediction is still there after the backward pass") {
  Training whole(8);
  whole.plan->forward();
  const std::vector<float> before(whole.plan->prediction().begin(), whole.plan->prediction().end());
  whole.plan->backward();
  CHECK(same_plan(whole.plan->prediction(), before));
}

TEST_CASE("plan: executing a step again gives the same bits") {
  Training whole;
  whole.step(4);
  const std::vector<float> first(whole.model->gradients().begin(), whole.model->gradients().end());
  whole.step(5);
  CHECK_FALSE(same_plan(whole.model->gradients(), first));
  whole.step(4);
  CHECK(same_plan(whole.model->gradients(), first));
}

TEST_CASE("plan: a penalty's weight can change between steps, and its value is reported unweighted") {
  Training whole(8, 0.0);
  const Losses before = whole.plan->forward();
  const double value = before.penalties[0], total = before.total;
  CHECK(total == doctest::Approx(before.loss + 0.1 * value));
  whole.plan->backward();
  const std::vector<float> light(whole.model->gradients().begin(), whole.model->gradients().end());
  const double weight = 5;
  whole.plan->set_penalty_weights({&weight, 1});
  const Losses after = whole.plan->forward();
  CHECK(after.penalties[0] == value);
  CHECK(after.total == doctest::Approx(after.loss + 5 * value));
  whole.plan->backward();
  CHECK_FALSE(same_plan(whole.model->gradients(), light));
  CHECK_THROWS_WITH_AS(whole.plan->set_penalty_weights({}), "0 weights for 1 penalties", std::invalid_argument);
}

TEST_CASE("plan: an objective may leave the penalties out") {
  Training whole(8, 0.0);
  Objective objective{whole.output, Activation::sigmoid, Loss::bce, false};
  objective.penalties = false;
  Plan plan(whole.network, *whole.model, {.batch = 8, .feeds = {}, .outputs = {}, .objective = objective});
  fill_plan(plan.feed(whole.image), whole.plan->feed(whole.image));
  fill_plan(plan.target(), whole.plan->target());
  const Losses losses = plan.forward();
  CHECK(losses.penalties.empty());
  CHECK(losses.total == losses.loss);
  CHECK(losses.loss == whole.plan->forward().loss);
}

TEST_CASE("plan: frozen parameters get no gradient, the others the same, and the optimiser does not change them") {
  Training whole(8, 0.0);
  whole.step(1);
  const std::vector<float> all(whole.model->gradients().begin(), whole.model->gradients().end());
  const std::size_t count = whole.network.parameters().size();
  std::vector<bool> trained(count, false);
  for (std::size_t i = count - 2; i < count; ++i) trained[i] = true;  // the last layer
  const Objective objective{whole.output, Activation::sigmoid, Loss::bce, false};
  Plan plan(whole.network, *whole.model,
            {.batch = 8, .training = true, .feeds = {}, .outputs = {}, .objective = objective, .trained = trained});
  fill_plan(plan.feed(whole.image), whole.plan->feed(whole.image));
  fill_plan(plan.target(), whole.plan->target());
  plan.forward({.seed = 11, .step = 1});
  plan.backward();
  CHECK(plan.backward_flops() < whole.plan->backward_flops() / 2);
  const auto optimizer = make_optimizer(whole.network, "adamw", optimizer_values("adamw"), trained);
  const std::vector<float> before(whole.model->parameters().begin(), whole.model->parameters().end());
  optimizer->update(*whole.model, {.learning_rate = 0.1, .step = 1});
  for (std::size_t i = 0; i < count; ++i) {
    const auto& record = whole.network.parameters()[i];
    const auto first = static_cast<std::size_t>(record.offset), size = static_cast<std::size_t>(record.size);
    const auto gradient = std::as_const(*whole.model).gradients().subspan(first, size);
    const auto values = std::as_const(*whole.model).parameters().subspan(first, size);
    CAPTURE(record.name);
    CHECK(same_plan(gradient, trained[i] ? std::vector<float>(all.begin() + record.offset,
                                                              all.begin() + record.offset + record.size)
                                         : std::vector<float>(size, 0.0f)));
    CHECK(same_plan(values, std::vector<float>(before.begin() + record.offset,
                                               before.begin() + record.offset + record.size)) == !trained[i]);
  }
}

TEST_CASE("plan: parameters that the objective does not reach get a gradient of zero") {
  Network network({1, 2, 2}, 0);
  const Node used = dense(flatten(network.image()), 4);
  const Node unused = dense(flatten(network.image()), 3);
  Model model(network, true);
  std::fill(model.gradients().begin(), model.gradients().end(), 5.0f);
  Plan plan(network, model,
            {.batch = 2, .training = true, .feeds = {}, .outputs = {unused}, .objective = Objective{.output = used}});
  plan.forward();
  plan.backward();
  for (const ParameterRecord& parameter : network.parameters()) {
    if (parameter.node < used.id) continue;
    const float* gradient = model.gradients().data() + parameter.offset;
    CHECK(std::all_of(gradient, gradient + parameter.size, [](float g) { return g == 0; }));
  }
}

TEST_CASE("plan: gradients passed to a callback share memory with later ones") {
  Network network({1, 10, 10}, 0);
  Node h = flatten(network.image());
  for (int i = 0; i < 20; ++i) h = dense(h, 100);
  Model with(network, true), without(network, false);
  const PlanSpec kept{.batch = 4, .training = true, .feeds = {}, .outputs = {}, .objective = Objective{.output = h}};
  PlanSpec handed_out = kept;
  handed_out.hands_out_gradients = true;
  Plan plan(network, without, handed_out);
  constexpr std::int64_t kWeight = 100 * 100 * sizeof(float);
  CHECK(plan.memory_bytes() < Plan(network, with, kept).memory_bytes() + 3 * kWeight);
  plan.forward();
  std::vector<int> handed;
  plan.backward([&](int parameter, const float*) { handed.push_back(parameter); });
  CHECK(handed.size() == network.parameters().size());
  CHECK_THROWS_WITH_AS(plan.backward(), "a plan that hands out gradients expects a GradientSink, but got none",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(Plan(network, with, kept).backward([](int, const float*) {}),
                       "a plan that does not hand out gradients leaves them in the model", std::invalid_argument);
}

TEST_CASE("plan: training reuses memory, and inference needs less") {
  Network network({1, 10, 10}, 0);
  Node h = flatten(network.image());
  for (int i = 0; i < 20; ++i) h = relu(dense(h, 100));
  Model model(network, true);
  const auto bytes = [&](bool training, std::vector<Node> outputs) {
    return Plan(network, model,
                {.batch = 32,
                 .training = training,
                 .feeds = {},
                 .outputs = std::move(outputs),
                 .objective = Objective{.output = h}})
        .memory_bytes();
  };
  constexpr std::int64_t kTensor = 32 * 100 * sizeof(float);
  const std::int64_t overhead =
      bytes(false, {}) - 4 * kTensor;  // image, target, two that alternate; the rest is scratch
  CHECK(overhead >= 0);
  CHECK(bytes(true, {}) <= overhead + (20 + 6) * kTensor + 200000);
}

TEST_CASE("plan: dense networks train to the same bits on 1, 2 and 4 threads with every optimiser") {
  const Threads restore;
  for (const auto& alternative : optimizer_alternatives()) {
    CAPTURE(alternative.name);
    std::vector<float> expected;
    double expected_loss = 0;
    for (const int count : {1, 2, 4}) {
      CAPTURE(count);
      set_threads(count);
      Training training;
      const auto values = optimizer_values(alternative.name, {{"weight_decay", 0.01}});
      const auto optimizer = make_optimizer(training.network, alternative.name, values);
      double loss = 0;
      for (int step = 1; step <= 4; ++step) {
        loss = training.step(static_cast<std::uint64_t>(step)).total;
        const double norm = gradient_norm(*training.model);
        optimizer->update(
            *training.model,
            {.learning_rate = 0.01, .step = step, .gradient_scale = std::min(1.0, 1.0 / norm), .loss = loss});
      }
      const auto parameters = training.model->parameters();
      if (expected.empty()) {
        expected.assign(parameters.begin(), parameters.end());
        expected_loss = loss;
      }
      CHECK(same_plan(parameters, expected));
      CHECK(loss == expected_loss);
    }
  }
}

TEST_CASE("plan: may be executed with another number of threads than it was compiled for") {
  const Threads restore;
  set_threads(1);
  Training training;
  training.step(1);
  const std::vector<float> expected(training.model->gradients().begin(), training.model->gradients().end());
  set_threads(4);
  training.step(1);
  CHECK(same_plan(training.model->gradients(), expected));
  CHECK(threads() == 4);
}

TEST_CASE("first_bad_tensor: names the first leaf, parameter, value or gradient that is not finite") {
  const float bad = std::numeric_limits<float>::quiet_NaN();
  Training training(4, 0.0);
  CHECK(training.plan->first_bad_tensor() == "");
  training.plan->feed(training.image)[3] = bad;
  CHECK(training.plan->first_bad_tensor() == "image");
  training.plan->feed(training.image)[3] = 0;
  training.plan->target()[3] = bad;
  CHECK(training.plan->first_bad_tensor() == "target");
  training.plan->target()[3] = 0;
  training.model->parameters()[static_cast<std::size_t>(training.network.parameters()[2].offset)] = bad;
  CHECK(training.plan->first_bad_tensor() == "network.dense_1.weight");
}

TEST_CASE("first_bad_tensor: finds values and gradients that overflow") {
  Network network({1, 1, 4}, 0);
  const Node x = flatten(network.image()) + network.parameter("shift", "shift", {4}, {});
  const Node y = exp(x);
  const Node z = sqrt(abs(x) - 1.0);
  Model model(network, true);
  const auto first_bad = [&](Node output, float image) {
    Plan plan(network, model,
              {.batch = 2, .training = true, .feeds = {}, .outputs = {}, .objective = Objective{.output = output}});
    std::fill(plan.feed(network.image()).begin(), plan.feed(network.image()).end(), image);
    plan.forward();
    plan.backward();
    return plan.first_bad_tensor();
  };
  CHECK(first_bad(y, 1000) == "network.exp_0");
  CHECK(first_bad(y, 2) == "");
  CHECK(first_bad(z, 1) == "gradient of network.affine_0");  // the root's slope at 0
}

TEST_CASE("a NaN in a weight reaches the loss through every activation") {
  for (const auto& [name, kind] : activation_names()) {
    CAPTURE(name);
    Network network({1, 4, 8}, 0);
    const Node hidden = activation(dense(flatten(network.image()), 40), kind);
    const Node output = dense(leaky_relu(dense(hidden, 9), 0), 3);
    Model model(network, true);
    model.initialise(network, 1);
    model.parameters()[5] = std::numeric_limits<float>::quiet_NaN();
    Plan plan(network, model,
              {.batch = 4, .training = true, .feeds = {}, .outputs = {}, .objective = Objective{.output = output}});
    std::fill(plan.feed(network.image()).begin(), plan.feed(network.image()).end(), 0.5f);
    CHECK(std::isnan(plan.forward().loss));
  }
}

}  // namespace
}  // namespace hourglass::compute::test
