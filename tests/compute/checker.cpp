// Compares the engine with the reference, and the reference with finite differences.
#include "compute/checker.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace hourglass::compute::test {
namespace {

ReferenceInput reference_input(const Case& tested, const Model& model) {
  ReferenceInput input{.batch = tested.batch, .parameters = {}, .fed = {}, .target = {}};
  for (const ParameterRecord& parameter : tested.network.parameters()) {
    const float* first = model.parameters().data() + parameter.offset;
    input.parameters.emplace_back(first, first + parameter.size);
  }
  return input;
}

// Compares the reference's gradients with differences of its own total, at some elements of each parameter.
void check_reference(const Case& tested, ReferenceInput input, const Evaluation& evaluation) {
  constexpr double kStep = 1e-5;
  for (std::size_t p = 0; p < input.parameters.size(); ++p) {
    const ParameterRecord& parameter = tested.network.parameters()[p];
    const std::size_t stride = std::max<std::size_t>(1, input.parameters[p].size() / 7);
    for (std::size_t i = 0; i < input.parameters[p].size(); i += stride) {
      double& x = input.parameters[p][i];
      const double before = x;
      x = before + kStep;
      const double above = evaluate_reference(tested.network, tested.objective, input).total;
      x = before - kStep;
      const double below = evaluate_reference(tested.network, tested.objective, input).total;
      x = before;
      const double difference = (above - below) / (2 * kStep);
      const double gradient = evaluation.gradients[static_cast<std::size_t>(parameter.node)][i];
      CAPTURE(parameter.name);
      CAPTURE(i);
      CHECK(std::abs(gradient - difference) <= kDifferenceTolerance * (1 + std::abs(difference)));
    }
  }
}

void check_gradients(const Case& tested, const Model& model, const Evaluation& wanted) {
  for (const ParameterRecord& parameter : tested.network.parameters()) {
    const auto gradient =
        model.gradients().subspan(static_cast<std::size_t>(parameter.offset), static_cast<std::size_t>(parameter.size));
    check_close("gradient of " + parameter.name, gradient, wanted.gradients[static_cast<std::size_t>(parameter.node)],
                kFloatTolerance);
  }
}

void fill(Plan& plan, Network& network, const ReferenceInput& input) {
  for (const auto& [id, numbers] : input.fed) {
    std::copy(numbers.begin(), numbers.end(), plan.feed({&network, id}).begin());
  }
  std::copy(input.target.begin(), input.target.end(), plan.target().begin());
}

// Losses, prediction and gradients of a plan that shares and fuses as much as it can.
void check_plan(Case& tested, Model& model, const ReferenceInput& input, const Evaluation& wanted) {
  Plan plan(tested.network, model,
            {.batch = tested.batch, .training = true, .feeds = {}, .outputs = {}, .objective = tested.objective});
  fill(plan, tested.network, input);
  std::fill(model.gradients().begin(), model.gradients().end(), 7.0f);  // the previous contents must not matter
  const Losses losses = plan.forward();
  CHECK(losses.loss == doctest::Approx(wanted.loss).epsilon(kFloatTolerance));
  CHECK(losses.total == doctest::Approx(wanted.total).epsilon(kFloatTolerance));
  REQUIRE(losses.penalties.size() == wanted.penalties.size());
  for (std::size_t i = 0; i < wanted.penalties.size(); ++i) {
    CHECK(losses.penalties[i] == doctest::Approx(wanted.penalties[i]).epsilon(kFloatTolerance));
  }
  check_close("prediction", plan.prediction(), wanted.prediction, kFloatTolerance);
  plan.backward();
  check_gradients(tested, model, wanted);
  CHECK(plan.first_bad_tensor() == "");
}

// State changes in every step.
bool keeps_value(const Network& network, const NodeRecord& node) {
  return node.parameter < 0 || network.parameters()[static_cast<std::size_t>(node.parameter)].trained;
}

// The same with every node kept: then nothing is fused and no values share memory.
void check_kept_plan(Case& tested, Model& model, const ReferenceInput& input, const Evaluation& wanted) {
  PlanSpec spec{.batch = tested.batch, .training = true, .feeds = {}, .outputs = {}, .objective = tested.objective};
  const auto& nodes = tested.network.nodes();
  for (std::size_t id = 0; id < nodes.size(); ++id) spec.outputs.push_back({&tested.network, static_cast<int>(id)});
  Plan plan(tested.network, model, spec);
  fill(plan, tested.network, input);
  const auto check_values = [&](const std::string& when) {
    for (std::size_t id = 0; id < nodes.size(); ++id) {
      if (!keeps_value(tested.network, nodes[id])) continue;
      check_close(nodes[id].name + when, plan.value(spec.outputs[id]), wanted.values[id], kFloatTolerance);
    }
  };
  plan.forward();
  check_values(" after forward");
  plan.backward();
  check_values(" after backward");
  check_gradients(tested, model, wanted);
}

}  // namespace

std::vector<float> draw(std::size_t count, std::uint64_t seed, double low, double high) {
  std::mt19937_64 engine(seed);
  std::vector<float> numbers(count);
  for (float& x : numbers) x = static_cast<float>(low + (high - low) * static_cast<double>(engine() >> 11) * 0x1p-53);
  return numbers;
}

Node probe(Graph& graph) {
  const Node x = flatten(graph.image());
  return x + graph.parameter("probe", "offset", {x.shape().size()}, {});
}

void check_close(const std::string& what, std::span<const float> got, const Numbers& wanted, double tolerance) {
  CAPTURE(what);
  REQUIRE(got.size() == wanted.size());
  double largest = 1e-3, worst = 0;  // if all elements are zero, rounding errors of cancelling terms remain
  for (const double x : wanted) largest = std::max(largest, std::abs(x));
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double error = std::abs(static_cast<double>(got[i]) - wanted[i]);
    worst = std::isnan(error) ? error : std::max(worst, error);
    if (std::isnan(worst)) break;
  }
  CHECK(worst <= tolerance * largest);
}

void check_against_reference(Case& tested) {
  const Network& network = tested.network;
  Model model(network, true);
  std::uint64_t seed = tested.seed * 100;
  for (const ParameterRecord& parameter : network.parameters()) {
    const auto numbers = draw(static_cast<std::size_t>(parameter.size), ++seed, -tested.spread, tested.spread);
    std::copy(numbers.begin(), numbers.end(), model.parameters().begin() + parameter.offset);
  }
  ReferenceInput input = reference_input(tested, model);
  for (std::size_t id = 0; id < network.nodes().size(); ++id) {
    const NodeRecord& node = network.nodes()[id];
    if (node.leaf != Leaf::image && node.leaf != Leaf::labels) continue;
    const auto count = static_cast<std::size_t>(tested.batch * node.shape.size());
    const auto numbers = draw(count, ++seed, -tested.spread, tested.spread);
    input.fed[static_cast<int>(id)] = Numbers(numbers.begin(), numbers.end());
  }
  const auto count = static_cast<std::size_t>(tested.batch * tested.objective.output.shape().size());
  const auto target = draw(count, ++seed, 0, 1);
  input.target = Numbers(target.begin(), target.end());

  const Evaluation wanted = evaluate_reference(network, tested.objective, input);
  if (tested.differences) check_reference(tested, input, wanted);
  check_plan(tested, model, input, wanted);
  check_kept_plan(tested, model, input, wanted);
}

double relative_distance(std::span<const float> a, std::span<const float> b) {
  double difference = 0, size = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference += std::pow(static_cast<double>(a[i]) - static_cast<double>(b[i]), 2);
    size += std::pow(static_cast<double>(b[i]), 2);
  }
  return std::sqrt(difference / size);
}

}  // namespace hourglass::compute::test
