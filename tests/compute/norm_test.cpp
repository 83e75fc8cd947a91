// Normalisation over batches, samples and groups, and softmax.
#include <algorithm>
#include <cmath>
#include <limits>

#include "compute/cases.hpp"
#include "compute/kernels/parallel.hpp"

namespace hourglass::compute::test {
namespace {

// The input of a norm over the batch: a bias right before it would have a gradient of zero, plus rounding.
Node vector_of(Node x, std::int64_t width) { return leaky_relu(dense(x, width), 0.3); }
Node curved(Node x, const ImageShape& shape) { return to_image(vector_of(x, shape.size()), shape); }

std::span<float> tensor_of(const Network& network, const std::string& name, std::span<float> buffer) {
  for (const ParameterRecord& parameter : network.parameters()) {
    if (parameter.name == name) {
      return buffer.subspan(static_cast<std::size_t>(parameter.offset), static_cast<std::size_t>(parameter.size));
    }
  }
  throw std::logic_error("no parameter " + name);
}

TEST_CASE("batch_norm: agrees with the reference on vectors and on images") {
  check_body([](Node x) { return batch_norm(vector_of(x, 23)); });
  for (const std::int64_t channels : {1, 3, 16, 37, 70}) {
    CAPTURE(channels);
    check_body([&](Node x) { return flatten(batch_norm(curved(x, {channels, 3, 5}))); }, 1, channels < 10);
  }
  check_body([](Node x) { return batch_norm(vector_of(x, 70)); }, 1, false);
}

TEST_CASE("batch_norm: more values than one block holds agree with the reference") {
  check_body([](Node x) { return flatten(batch_norm(resize2d(curved(x, {3, 4, 4}), {80, 80}))); }, 1, false);
}

TEST_CASE("batch_norm: applies the activation that follows") {
  for (const auto kind : {Activation::relu, Activation::gelu, Activation::tanh, Activation::elu, Activation::swish}) {
    check_body([&](Node x) { return dense(activation(batch_norm(vector_of(x, 23)), kind), 5); });
    check_body([&](Node x) { return flatten(activation(batch_norm(curved(x, {3, 2, 5})), kind)); });
  }
}

TEST_CASE("batch_norm: adds to existing gradients") {
  check_body([](Node x) {
    const Node h = curved(x, {4, 3, 3});
    return flatten(batch_norm(h) * max_pool2d(h, 1));
  });
  check_body([](Node x) {
    Graph& graph = *x.graph;
    const Node both = graph.parameter("both", "both", {20}, {});
    const Node mean = graph.state("a", "mean", {20}, {}), variance = graph.state("a", "variance", {20}, {});
    return graph.apply(op::BatchNorm{1e-5, 0.1}, {leaky_relu(x, 0.3), both, both, mean, variance}) * both;
  });
}

// One column of numbers through batch_norm.
struct Column {
  Network network{{1, 1, 1}, 0};
  Node output;
  Model model;
  std::int64_t batch;

  explicit Column(std::int64_t size, double momentum = 0.1)
      : output(batch_norm(flatten(network.image()), 1e-5, momentum)), model(network, true), batch(size) {
    model.initialise(network, 1);
  }
  std::vector<float> run(bool training, const std::vector<float>& column) {
    Plan plan(network, model,
              {.batch = batch, .training = training, .feeds = {}, .outputs = {output}, .objective = {}});
    std::copy(column.begin(), column.end(), plan.feed(network.image()).begin());
    plan.forward();
    return {plan.value(output).begin(), plan.value(output).end()};
  }
  float state(const std::string& name) {
    return tensor_of(network, "network.batch_norm_0." + name, model.parameters())[0];
  }
};

TEST_CASE("batch_norm: training moves the running statistics by the momentum") {
  Column column(4, 0.25);
  CHECK(column.network.parameter_count() == 2);
  column.run(true, {1, 2, 3, 6});
  CHECK(column.state("running_mean") == doctest::Approx(0.25 * 3));
  CHECK(column.state("running_variance") == doctest::Approx(0.75 + 0.25 * 14.0 / 3));
}

TEST_CASE("batch_norm: statistics of large, nearly equal numbers are accurate") {
  Column column(4, 1);
  const auto values = column.run(true, {10000.0f, 10000.5f, 10001.0f, 10001.5f});
  CHECK(column.state("running_mean") == doctest::Approx(10000.75).epsilon(1e-7));
  CHECK(column.state("running_variance") == doctest::Approx(0.4166667));
  CHECK(values[3] == doctest::Approx(0.75 / std::sqrt(0.3125 + 1e-5)).epsilon(1e-5));
}

TEST_CASE("batch_norm: uses the running statistics outside training and does not change them") {
  Column column(2);
  tensor_of(column.network, "network.batch_norm_0.running_mean", column.model.parameters())[0] = 5;
  tensor_of(column.network, "network.batch_norm_0.running_variance", column.model.parameters())[0] = 4;
  tensor_of(column.network, "network.batch_norm_0.scale", column.model.parameters())[0] = 3;
  tensor_of(column.network, "network.batch_norm_0.shift", column.model.parameters())[0] = 1;
  const auto values = column.run(false, {7, 4});
  CHECK(values[0] == doctest::Approx(4));
  CHECK(values[1] == doctest::Approx(-0.5));
  CHECK(column.state("running_mean") == 5);
}

TEST_CASE("batch_norm: a single value is its own mean, and does not change the running variance") {
  Column column(1, 0.5);
  CHECK(column.run(true, {8}) == std::vector<float>{0});
  CHECK(column.state("running_mean") == 4);
  CHECK(column.state("running_variance") == 1);
}

TEST_CASE("batch_norm: state has no gradient") {
  Network network({1, 4, 5}, 0);
  const Node output = batch_norm(flatten(network.image()));
  Model model(network, true);
  model.initialise(network, 1);
  std::fill(model.gradients().begin(), model.gradients().end(), 7.0f);
  Plan plan(network, model,
            {.batch = 8, .training = true, .feeds = {}, .outputs = {}, .objective = Objective{.output = output}});
  const auto pixels = draw(160, 1, 0, 1);
  std::copy(pixels.begin(), pixels.end(), plan.feed(network.image()).begin());
  plan.forward();
  plan.backward();
  const auto mean = tensor_of(network, "network.batch_norm_0.running_mean", model.gradients());
  CHECK(std::all_of(mean.begin(), mean.end(), [](float x) { return x == 0; }));
  CHECK(plan.first_bad_tensor() == "");
}

TEST_CASE("norms: shapes and settings that do not fit are refused") {
  check_refused(
      [](Network& network) {
        batch_norm(reshape(network.image(), {3, 30}));
      },
      "network.batch_norm_0: batch_norm expects x [N, C] or [N, C, H, W] (a series [N, C, L] can be reshaped to [N, "
      "C, L, 1]), and scale, shift, running mean and running variance [C], but got [N, 3, 30], [3], [3], [3] and [3]");
  check_refused(
      [](Network& network) { batch_norm(network.labels(), 0); },
      "network.batch_norm_0: batch_norm expects an epsilon above 0, but got 0.000000 for [N, 4], [4], [4], [4] and "
      "[4]");
  check_refused([](Network& network) { batch_norm(network.labels(), 1e-5, 1.5); },
                "network.batch_norm_0: batch_norm expects a momentum in [0, 1], but got 1.500000 for [N, 4], [4], "
                "[4], [4] and [4]");
  check_refused([](Network& network) { group_norm(network.labels(), 3); },
                "network.group_norm_0: group_norm expects a number of groups that divides the 4 channels, but got 3 "
                "for [N, 4], [4] and [4]");
  check_refused([](Network& network) { layer_norm(network.parameter("p", "p", {4}, {})); },
                "network.layer_norm_0: layer_norm expects x [N, ...], and scale and shift of x's dimensions without "
                "the batch, but got [4], [4] and [4]");
}

TEST_CASE("layer_norm: agrees with the reference on vectors and in both layouts of images") {
  check_body([](Node x) { return layer_norm(dense(x, 23)); });
  check_body([](Node x) { return layer_norm(dense(x, 3)) * dense(x, 3); });
  check_body([](Node x) { return flatten(layer_norm(image_of(x, {3, 4, 5}))); });
  check_body([](Node x) { return flatten(layer_norm(max_pool2d(image_of(x, {3, 4, 5}), 1))); });
  check_body([](Node x) {
    const Node h = dense(x, 7);
    return layer_norm(h) + h;
  });
}

TEST_CASE("group_norm: agrees with the reference on vectors and on images") {
  check_body([](Node x) { return group_norm(dense(x, 24), 4); });
  for (const std::int64_t groups : {1, 2, 3, 6}) {
    CAPTURE(groups);
    check_body([&](Node x) { return flatten(group_norm(image_of(x, {6, 3, 5}), groups)); }, 1, groups == 2);
  }
  check_body([](Node x) { return flatten(group_norm(image_of(x, {1, 4, 4}), 1)); }, 1, false);
  check_body([](Node x) { return flatten(group_norm(image_of(x, {36, 2, 3}), 4)); }, 1, false);
  check_body([](Node x) {
    const Node h = image_of(x, {4, 3, 3});
    return flatten(group_norm(h, 2) * max_pool2d(h, 1));
  });
}

TEST_CASE("softmax: agrees with the reference") {
  check_body([](Node x) { return softmax(dense(x, 37)); }, 2);
  check_body([](Node x) { return dense(flatten(softmax(reshape(x, {4, 5}))), 3); }, 2);
  check_body([](Node x) {
    const Node h = dense(x, 5);
    return softmax(h) * h;
  });
}

TEST_CASE("softmax: large numbers do not overflow, and a NaN reaches its whole row") {
  Network network({1, 2, 3}, 0);
  const Node output = softmax(reshape(network.image(), {2, 3}));
  Model model(network, false);
  Plan plan(network, model, {.batch = 1, .training = false, .feeds = {}, .outputs = {output}, .objective = {}});
  const std::vector<float> pixels = {1000, 1000, -1000, 1, std::numeric_limits<float>::quiet_NaN(), 2};
  std::copy(pixels.begin(), pixels.end(), plan.feed(network.image()).begin());
  plan.forward();
  const auto values = plan.value(output);
  CHECK(values[0] == 0.5f);
  CHECK(values[2] == 0.0f);
  CHECK(std::all_of(values.begin() + 3, values.end(), [](float x) { return std::isnan(x); }));
}

}  // namespace
}  // namespace hourglass::compute::test
