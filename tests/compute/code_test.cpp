// Random and quantised codes.
#include <algorithm>
#include <cmath>
#include <limits>

#include "compute/cases.hpp"
#include "compute/kernels/parallel.hpp"

namespace hourglass::compute::test {
namespace {

constexpr bool kNoDifferences = false;

TEST_CASE("stop_gradient: keeps the values and blocks the gradient") {
  check_body([](Node x) { return dense(x, 7) * stop_gradient(dense(x, 7)); }, 1, kNoDifferences);
  check_body([](Node x) { return x - stop_gradient(x); }, 1, kNoDifferences);
  check_body(
      [](Node x) {
        return flatten(max_pool2d(stop_gradient(max_pool2d(image_of(x, {3, 4, 4}), 2)), 2));
      },
      1, kNoDifferences);
}

TEST_CASE("straight_through: has the values of one tensor and the gradient of the other") {
  check_body([](Node x) { return dense(straight_through(dense(x, 7), dense(x, 7)), 5); }, 1, kNoDifferences);
  check_body([](Node x) { return x * straight_through(x, square(x)); }, 1, kNoDifferences);
}

TEST_CASE("straight_through: tensors of different shapes are refused") {
  check_refused([](Network& network) { straight_through(network.image(), network.labels()); },
                "network.straight_through_0: straight_through expects x and value of one shape, but got [N, 3, 6, 5] "
                "and [N, 4]");
}

// The sum over the batch of sample_gaussian(a, b), weighted by w, as the only loss.
struct Sampled {
  Network network{{1, 30, 20}, 0};
  Node mean, log_variance, code, output;
  Model model;
  Plan plan;

  static constexpr std::int64_t kBatch = 50;

  static Node with_penalty(Network& network, Node code, Node weight) {
    network.penalty("weighted_sum", code * weight, 1);
    return code;
  }
  Sampled()
      : mean(flatten(network.image()) + network.parameter("mean", "offset", {600}, {Init::Kind::constant, 2})),
        log_variance(0.0 * flatten(network.image()) +
                     network.parameter("variance", "offset", {600}, {Init::Kind::constant, -0.5})),
        code(with_penalty(network, sample_gaussian(mean, log_variance),
                          network.parameter("weight", "weight", {600}, {Init::Kind::uniform, 1}))),
        output(dense(stop_gradient(code), 1)),
        model(network, true),
        plan(network, model,
             {.batch = kBatch,
              .training = true,
              .feeds = {},
              .outputs = {mean, code},
              .objective = Objective{.output = output}}) {
    model.initialise(network, 1);
    std::fill(plan.feed(network.image()).begin(), plan.feed(network.image()).end(), 1.0f);
  }

  std::vector<float> draw(StepKey key) {
    plan.forward(key);
    return {plan.value(code).begin(), plan.value(code).end()};
  }
  std::span<float> tensor(int index, std::span<float> buffer) const {
    const ParameterRecord& record = network.parameters()[static_cast<std::size_t>(index)];
    return buffer.subspan(static_cast<std::size_t>(record.offset), static_cast<std::size_t>(record.size));
  }
};

TEST_CASE("sample_gaussian: has the stated mean and variance") {
  Sampled sampled;
  const auto values = sampled.draw({.seed = 1, .step = 1});
  const auto count = static_cast<double>(values.size());
  double sum = 0, squares = 0;
  for (const float x : values) sum += x, squares += (x - 3.0) * (x - 3.0);
  const double variance = std::exp(-0.5);
  // Four standard deviations of a mean and a variance of 30,000 draws.
  CHECK(std::abs(sum / count - 3) < 4 * std::sqrt(variance / count));
  CHECK(std::abs(squares / count - variance) < 4 * variance * std::sqrt(2 / count));
}

TEST_CASE("sample_gaussian: noise depends only on seed and step") {
  Sampled sampled;
  const auto values = sampled.draw({.seed = 1, .step = 1});
  CHECK(sampled.draw({.seed = 1, .step = 1}) == values);
  CHECK(sampled.draw({.seed = 2, .step = 1}) != values);
  CHECK(sampled.draw({.seed = 1, .step = 2}) != values);
  const int before = threads();
  set_threads(3);
  Sampled other;
  const auto again = other.draw({.seed = 1, .step = 1});
  set_threads(before);
  CHECK(again == values);
}

TEST_CASE("sample_gaussian: the gradients of mean and log variance belong to the same draw") {
  Sampled sampled;
  const auto values = sampled.draw({.seed = 1, .step = 1});
  sampled.plan.backward();
  const auto weight = sampled.tensor(2, sampled.model.parameters());
  Numbers mean(600), variance(600);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double slope = static_cast<double>(weight[i % 600]) / Sampled::kBatch;
    mean[i % 600] += slope;
    variance[i % 600] += slope * 0.5 * (static_cast<double>(values[i]) - 3.0);
  }
  check_close("gradient of mean", sampled.tensor(0, sampled.model.gradients()), mean, kFloatTolerance);
  check_close("gradient of log variance", sampled.tensor(1, sampled.model.gradients()), variance, kFloatTolerance);
}

TEST_CASE("sample_gaussian: is the mean outside training") {
  Sampled sampled;
  Plan inference(sampled.network, sampled.model,
                 {.batch = 2, .training = false, .feeds = {}, .outputs = {sampled.code}, .objective = {}});
  std::fill(inference.feed(sampled.network.image()).begin(), inference.feed(sampled.network.image()).end(), 1.0f);
  inference.forward({.seed = 1, .step = 1});
  const auto values = inference.value(sampled.code);
  CHECK(std::all_of(values.begin(), values.end(), [](float x) { return x == 3.0f; }));
}

// standard_normal() times a parameter: the penalty's gradient is the mean of the draws.
struct DrawnCode {
  static constexpr std::int64_t kBatch = 60, kSize = 500;

  Network network{{1, 1, 4}, 0};
  Node draws = standard_normal(network, kSize);
  Node product = scaled(network, draws);
  Node output = dense(flatten(network.image()), 1);
  Model model{network, true};

  static Node scaled(Network& network, Node draws) {
    const Node product = draws * network.parameter("scale", "scale", {kSize}, {Init::Kind::constant, 2});
    network.penalty("sum", product, 1);
    return product;
  }
  DrawnCode() { model.initialise(network, 1); }
  Plan plan(bool training) {
    PlanSpec spec{.batch = kBatch, .training = training, .feeds = {}, .outputs = {draws, product}, .objective = {}};
    if (training) spec.objective = Objective{.output = output};
    return {network, model, spec};
  }
};

std::vector<float> values_of(const Plan& plan, Node node) { return {plan.value(node).begin(), plan.value(node).end()}; }

TEST_CASE("standard_normal: has mean 0 and variance 1, in training and outside it, and differs for another key") {
  DrawnCode drawn;
  for (const bool training : {true, false}) {
    auto plan = drawn.plan(training);
    plan.forward({.seed = 1, .step = 1});
    const auto values = values_of(plan, drawn.draws);
    const auto count = static_cast<double>(values.size());
    double sum = 0, squares = 0;
    for (const float x : values) sum += x, squares += static_cast<double>(x) * x;
    // Four standard deviations of a mean and a variance of 30,000 draws.
    CHECK(std::abs(sum / count) < 4 / std::sqrt(count));
    CHECK(std::abs(squares / count - 1) < 4 * std::sqrt(2 / count));
    plan.forward({.seed = 1, .step = 1});
    CHECK(values_of(plan, drawn.draws) == values);
    plan.forward({.seed = 1, .step = 2});
    CHECK(values_of(plan, drawn.draws) != values);
    plan.forward({.seed = 2, .step = 1});
    CHECK(values_of(plan, drawn.draws) != values);
  }
}

TEST_CASE("standard_normal: two nodes draw different numbers, on any number of threads") {
  Network network({1, 1, 4}, 0);
  const Node first = standard_normal(network, 700), second = standard_normal(network, 700);
  const auto draw = [&] {
    Model model(network, false);
    Plan plan(network, model, {.batch = 90, .feeds = {}, .outputs = {first, second}, .objective = {}});
    plan.forward({.seed = 1, .step = 1});
    return std::pair{values_of(plan, first), values_of(plan, second)};
  };
  const auto drawn = draw();
  CHECK(drawn.first != drawn.second);
  const int before = threads();
  set_threads(3);
  const auto again = draw();
  set_threads(before);
  CHECK(again == drawn);
}

TEST_CASE("standard_normal: its factor gets the gradient of the same draws") {
  DrawnCode drawn;
  auto plan = drawn.plan(true);
  plan.forward({.seed = 1, .step = 1});
  plan.backward();
  const auto values = values_of(plan, drawn.draws);
  Numbers wanted(DrawnCode::kSize);
  for (std::size_t i = 0; i < values.size(); ++i) {
    wanted[i % DrawnCode::kSize] += static_cast<double>(values[i]) / DrawnCode::kBatch;
  }
  const auto& record = drawn.network.parameters().front();
  check_close("gradient of scale",
              drawn.model.gradients().subspan(static_cast<std::size_t>(record.offset), DrawnCode::kSize), wanted,
              kFloatTolerance);
}

TEST_CASE("standard_normal: expects no inputs and a positive size") {
  check_refused([](Network& network) { standard_normal(network, 0); },
                "network.standard_normal_0: standard_normal expects a size of at least 1, but got 0");
  check_refused([](Network& network) { network.apply(op::StandardNormal{3}, {network.image()}); },
                "network.standard_normal_0: standard_normal expects no inputs, but got [N, 3, 6, 5]");
}

TEST_CASE("sample_gaussian: draws outside training if the plan requests it") {
  Sampled sampled;
  Plan plan(sampled.network, sampled.model,
            {.batch = Sampled::kBatch, .feeds = {}, .outputs = {sampled.code}, .objective = {}, .draws_codes = true});
  std::ranges::fill(plan.feed(sampled.network.image()), 1.0f);
  plan.forward({.seed = 1, .step = 1});
  CHECK(values_of(plan, sampled.code) == sampled.draw({.seed = 1, .step = 1}));
}

TEST_CASE("nearest: agrees with the reference on few and many vectors and rows") {
  const auto check_sizes = [](std::int64_t vectors, std::int64_t width, std::int64_t rows) {
    CAPTURE(rows);
    check_body(
        [&](Node x) {
          const Node codebook = x.graph->parameter("codebook", "codebook", {rows, width}, {});
          const Node numbers = nearest(reshape(dense(x, vectors * width), {vectors, width}), codebook);
          return flatten(gather(codebook, numbers));
        },
        1, false);
  };
  check_sizes(1, 3, 5);
  check_sizes(4, 7, 16);
  check_sizes(5, 8, 50);
  check_sizes(13, 1, 3);
  check_sizes(2, 20, 1);
}

// The numbers of the rows of `codebook` [E, 2] that are nearest to a vector.
float nearest_to(std::vector<float> vector, const std::vector<float>& codebook) {
  Network network({1, 1, 2}, 0);
  const Node rows = network.parameter("codebook", "rows", {static_cast<std::int64_t>(codebook.size() / 2), 2}, {});
  const Node number = nearest(flatten(network.image()), rows);
  Model model(network, false);
  std::copy(codebook.begin(), codebook.end(), model.parameters().begin());
  Plan plan(network, model, {.batch = 1, .training = false, .feeds = {}, .outputs = {number}, .objective = {}});
  std::copy(vector.begin(), vector.end(), plan.feed(network.image()).begin());
  plan.forward();
  return plan.value(number)[0];
}

TEST_CASE("nearest: of equally near rows, the first is chosen") {
  CHECK(nearest_to({0, 0}, {5, 5, 1, 0, 0, 1, -1, 0}) == 1);
  std::vector<float> equal(2 * 40, 3.0f);
  CHECK(nearest_to({1, 2}, equal) == 0);
}

TEST_CASE("nearest: a NaN has no nearest row, and gather passes it on") {
  const float bad = std::numeric_limits<float>::quiet_NaN();
  CHECK(std::isnan(nearest_to({bad, 0}, {5, 5, 1, 0})));
  Network network({1, 1, 4}, 0);
  const Node output = gather(network.parameter("table", "rows", {3, 2}, {}), flatten(network.image()));
  Model model(network, false);
  std::fill_n(model.parameters().begin(), 6, 1.0f);
  Plan plan(network, model, {.batch = 1, .training = false, .feeds = {}, .outputs = {output}, .objective = {}});
  const std::vector<float> numbers = {bad, 2, 3, -1};
  std::copy(numbers.begin(), numbers.end(), plan.feed(network.image()).begin());
  plan.forward();
  const auto values = plan.value(output);
  CHECK(std::isnan(values[0]));
  CHECK(values[2] == 1);
  CHECK(std::isnan(values[4]));
  CHECK(std::isnan(values[6]));
}

TEST_CASE("gather: rows get the gradients of all their uses, and unused rows get none") {
  const auto numbers = [](Node x) { return nearest(reshape(x, {5, 4}), x.graph->parameter("c", "c", {3, 4}, {})); };
  check_body(
      [&](Node x) {
        return flatten(gather(x.graph->parameter("table", "table", {9, 6}, {}), numbers(x)));
      },
      1, false);
  check_body(
      [&](Node x) {
        const Node table = x.graph->parameter("table", "table", {3, 4}, {});
        return flatten(gather(table, numbers(x)) * gather(table, numbers(x)));
      },
      1, false);
}

TEST_CASE("nearest and gather: shapes that do not fit are refused") {
  check_refused(
      [](Network& network) {
        nearest(network.labels(), network.parameter("c", "c", {3, 5}, {}));
      },
      "network.nearest_0: nearest expects x [N, ..., D] and a codebook [E, D], but got [N, 4] and [3, 5]");
  check_refused([](Network& network) { gather(network.labels(), network.labels()); },
                "network.gather_0: gather expects a table [E, D] and row numbers [N, ...], but got [N, 4] and [N, 4]");
}

TEST_CASE("codes: vector quantisation is composed of these operations") {
  check_body(
      [](Node x) {
        Graph& graph = *x.graph;
        const Node codebook = graph.parameter("codebook", "codebook", {6, 3}, {});
        const Node h = transpose(max_pool2d(image_of(x, {3, 4, 4}), 2), {1, 2, 0});
        const Node code = gather(codebook, nearest(h, codebook));
        graph.penalty("codebook", flatten(square(stop_gradient(h) - code)), 1);
        graph.penalty("commitment", flatten(square(h - stop_gradient(code))), 0.25);
        return dense(flatten(straight_through(h, code)), 7);
      },
      1, kNoDifferences);
}

}  // namespace
}  // namespace hourglass::compute::test
