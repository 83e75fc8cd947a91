// Optimisers against their published formulas in double precision.
#include <doctest/doctest.h>

#include <cmath>

#include "base/error.hpp"
#include "compute/optimise/optimizers.hpp"
#include "compute/training.hpp"

namespace hourglass::compute::test {
namespace {

// A weight [30, 700], a bias [700] and a weight [700, 3]: decay stops and starts again, across the pieces of threads.
struct Parameters {
  Network network{{1, 5, 6}, 0};
  std::unique_ptr<Model> model;

  Parameters() {
    dense(dense(flatten(network.image()), 700), dense_weights(network, 700, 3, {}, false));
    model = std::make_unique<Model>(network, true);
    const auto w = draw(model->parameters().size(), 1, -1, 1), g = draw(model->gradients().size(), 2, -1, 1);
    std::copy(w.begin(), w.end(), model->parameters().begin());
    std::copy(g.begin(), g.end(), model->gradients().begin());
  }
};

constexpr double kRate = 0.02, kScale = 0.7, kDecay = 0.1;
constexpr int kSteps = 3;

/// One parameter's published update: `state` starts at zero; returns the new weight.
using Formula = std::function<double(double w, double g, double (&state)[2], double decay, int step)>;

void check_update(const std::string& name, const std::vector<std::pair<std::string, Value>>& values,
                  const Formula& formula) {
  CAPTURE(name);
  Parameters tested;
  const auto optimizer = make_optimizer(tested.network, name, optimizer_values(name, values));
  Numbers weights(tested.model->parameters().begin(), tested.model->parameters().end());
  for (int step = 1; step <= kSteps; ++step)
    optimizer->update(*tested.model, {.learning_rate = kRate, .step = step, .gradient_scale = kScale});
  for (const ParameterRecord& parameter : tested.network.parameters()) {
    Numbers wanted;
    for (std::int64_t i = parameter.offset; i < parameter.offset + parameter.size; ++i) {
      double w = weights[static_cast<std::size_t>(i)], state[2] = {0, 0};
      const double g = kScale * static_cast<double>(tested.model->gradients()[static_cast<std::size_t>(i)]);
      for (int step = 1; step <= kSteps; ++step)
        w = formula(w, g, state, parameter.dims.size() == 1 ? 0 : kDecay, step);
      wanted.push_back(w);
    }
    check_close(parameter.name,
                tested.model->parameters().subspan(static_cast<std::size_t>(parameter.offset), wanted.size()), wanted,
                kFloatTolerance);
  }
}

double adam(double w, double g, double (&state)[2], int step) {
  state[0] = 0.8 * state[0] + 0.2 * g;
  state[1] = 0.9 * state[1] + 0.1 * g * g;
  const double m = state[0] / (1 - std::pow(0.8, step)), v = state[1] / (1 - std::pow(0.9, step));
  return w - kRate * m / (std::sqrt(v) + 1e-6);
}

const std::vector<std::pair<std::string, Value>> kAdamValues = {
    {"beta1", 0.8}, {"beta2", 0.9}, {"epsilon", 1e-6}, {"weight_decay", kDecay}};

TEST_CASE("sgd: follows the published formula") {
  check_update("sgd", {{"weight_decay", kDecay}},
               [](double w, double g, double(&)[2], double decay, int) { return w - kRate * (g + decay * w); });
}

TEST_CASE("sgd: momentum follows the published formula, with and without Nesterov's") {
  for (const bool nesterov : {false, true}) {
    check_update("sgd", {{"momentum", 0.8}, {"nesterov", nesterov}, {"weight_decay", kDecay}},
                 [=](double w, double g, double(&state)[2], double decay, int) {
                   g += decay * w;
                   state[0] = 0.8 * state[0] + g;
                   return w - kRate * (nesterov ? g + 0.8 * state[0] : state[0]);
                 });
  }
}

TEST_CASE("adam: follows the published formula, with L2 in the gradient") {
  check_update("adam", kAdamValues, [](double w, double g, double(&state)[2], double decay, int step) {
    return adam(w, g + decay * w, state, step);
  });
}

TEST_CASE("adamw: follows the published formula, with decay separate from the step") {
  check_update("adamw", kAdamValues, [](double w, double g, double(&state)[2], double decay, int step) {
    return adam(w, g, state, step) - kRate * decay * w;
  });
}

TEST_CASE("rmsprop: follows the published formula, with and without momentum") {
  for (const double momentum : {0.0, 0.6}) {
    check_update("rmsprop", {{"decay", 0.8}, {"momentum", momentum}, {"epsilon", 1e-6}, {"weight_decay", kDecay}},
                 [=](double w, double g, double(&state)[2], double decay, int) {
                   g += decay * w;
                   state[0] = 0.8 * state[0] + 0.2 * g * g;
                   state[1] = momentum * state[1] + g / (std::sqrt(state[0]) + 1e-6);
                   return w - kRate * state[1];
                 });
  }
}

TEST_CASE("optimisers: padding between parameters remains zero") {
  for (const auto& alternative : optimizer_alternatives()) {
    CAPTURE(alternative.name);
    Network network({1, 1, 3}, 0);
    const Node output = dense(flatten(network.image()), 3);
    Model model(network, true);
    model.initialise(network, 1);
    Plan plan(network, model,
              {.batch = 2, .training = true, .feeds = {}, .outputs = {}, .objective = Objective{.output = output}});
    plan.forward();
    plan.backward();
    make_optimizer(network, alternative.name, optimizer_values(alternative.name))
        ->update(model, {.learning_rate = 0.1, .step = 1});
    for (std::size_t i = 9; i < 16; ++i) CHECK(model.parameters()[i] == 0);
  }
}

TEST_CASE("optimisers: a copied state continues with the same bits") {
  for (const auto& alternative : optimizer_alternatives()) {
    CAPTURE(alternative.name);
    Parameters one, other;
    const auto values = optimizer_values(alternative.name, {{"momentum", 0.5}});
    const auto first = make_optimizer(one.network, alternative.name, values);
    first->update(*one.model, {.learning_rate = kRate, .step = 1});
    const auto second = make_optimizer(other.network, alternative.name, values);
    REQUIRE(second->state().size() == first->state().size());
    std::copy(first->state().begin(), first->state().end(), second->state().begin());
    std::copy(one.model->parameters().begin(), one.model->parameters().end(), other.model->parameters().begin());
    first->update(*one.model, {.learning_rate = kRate, .step = 2});
    second->update(*other.model, {.learning_rate = kRate, .step = 2});
    CHECK(
        std::equal(one.model->parameters().begin(), one.model->parameters().end(), other.model->parameters().begin()));
  }
}

TEST_CASE("optimisers: reduce the loss") {
  for (const auto& alternative : optimizer_alternatives()) {
    CAPTURE(alternative.name);
    Training training(16, 0.0);
    const auto values = optimizer_values(alternative.name);
    const auto optimizer = make_optimizer(training.network, alternative.name, values);
    const double first = training.step(1).total, rate = base_learning_rate(alternative.name, values);
    double loss = first;
    for (int step = 1; step <= 20; ++step) {
      optimizer->update(*training.model, {.learning_rate = rate, .step = step, .loss = loss});
      optimizer->begin(*training.model, rate);
      loss = training.step(1).total;
    }
    CHECK(training.plan->forward({.seed = 11, .step = 1}).total < first);
  }
}

TEST_CASE("optimisers: have default learning rates, and unknown names are refused") {
  CHECK(base_learning_rate("sgd", optimizer_values("sgd")) == 0.01);
  CHECK(base_learning_rate("adam", optimizer_values("adam")) == 1e-3);
  CHECK_THROWS_WITH_AS(base_learning_rate("adma", {}),
                       "there is no optimizer 'adma', only sgd, adam, adamw, rmsprop, lbfgs", base::UserError);
}

TEST_CASE("lbfgs: weight decay is part of the minimised function, and excludes biases") {
  // Without other gradients the loss is decay / 2 *
  // w
  // ^2, whose minimum the second iteration finds exactly.
  Parameters tested;
  std::fill(tested.model->gradients().begin(), tested.model->gradients().end(), 0.0F);
  const std::vector<float> before(tested.model->parameters().begin(), tested.model->parameters().end());
  const auto optimizer = make_optimizer(tested.network, "lbfgs", optimizer_values("lbfgs", {{"weight_decay", kDecay}}));
  int steps = 0;
  for (int i = 0; i < 10 && steps < 3; ++i) {
    optimizer->begin(*tested.model, 1);
    std::fill(tested.model->gradients().begin(), tested.model->gradients().end(), 0.0F);
    steps += optimizer->update(*tested.model, {.learning_rate = 1, .step = steps + 1}) != Advance::again;
  }
  for (const ParameterRecord& parameter : tested.network.parameters()) {
    CAPTURE(parameter.name);
    for (std::int64_t i = parameter.offset; i < parameter.offset + parameter.size; ++i) {
      const auto place = static_cast<std::size_t>(i);
      const float wanted = parameter.dims.size() == 1 ? before[place] : 0;
      REQUIRE(tested.model->parameters()[place] == doctest::Approx(wanted).epsilon(1e-6));
    }
  }
}

TEST_CASE("optimisers: only lbfgs takes all images in one step") {
  for (const auto& alternative : optimizer_alternatives()) {
    const Parameters parameters;
    const auto optimizer = make_optimizer(parameters.network, alternative.name, optimizer_values(alternative.name));
    CHECK(optimizer->full_batch() == (alternative.name == "lbfgs"));
    CHECK(is_full_batch(alternative.name) == optimizer->full_batch());
  }
}

TEST_CASE("gradient_norm: the root of the sum of squares") {
  Parameters tested;
  double sum = 0;
  for (const float g : tested.model->gradients()) sum += static_cast<double>(g) * static_cast<double>(g);
  CHECK(gradient_norm(*tested.model) == doctest::Approx(std::sqrt(sum)).epsilon(1e-12));
}

}  // namespace
}  // namespace hourglass::compute::test
