// Convolutions, plain and transposed, on every route, against the naive reference.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "compute/checker.hpp"
#include "compute/kernels/parallel.hpp"

namespace hourglass::compute::test {
namespace {

struct Layer {
  std::int64_t inputs, outputs;
  Extent image = {6, 7};
  Extent kernel = {3, 3};
  Window window = {};
  std::int64_t groups = 1;
  bool bias = true;
  Extent output_padding = {0, 0};
  Activation activation = Activation::identity;
};

std::string text(const Layer& layer) {
  const auto pair = [](const Extent& e) { return std::to_string(e[0]) + "x" + std::to_string(e[1]); };
  return std::to_string(layer.inputs) + " to " + std::to_string(layer.outputs) + " channels, image " +
         pair(layer.image) + ", kernel " + pair(layer.kernel) + ", stride " + pair(layer.window.stride) + ", padding " +
         pair(layer.window.padding) + ", dilation " + pair(layer.window.dilation);
}

Node weight_of(Graph& graph, const Layer& layer, bool transposed) {
  const auto first = transposed ? layer.inputs : layer.outputs, second = transposed ? layer.outputs : layer.inputs;
  return graph.parameter("conv", "weight", {first, second / layer.groups, layer.kernel[0], layer.kernel[1]}, {});
}

Node apply(const Layer& layer, bool transposed, Node x, Node weight, Node bias) {
  std::vector<Node> inputs = {x, weight};
  if (bias) inputs.push_back(bias);
  if (transposed) {
    return x.graph->apply(op::ConvTranspose2d{layer.window, layer.output_padding, layer.groups}, inputs);
  }
  return x.graph->apply(op::Conv2d{layer.window, layer.groups}, inputs);
}

// The layer follows an offset that is a parameter, so that the gradient with respect to its input is visible too.
void check_layer(const Layer& layer, bool transposed, std::int64_t batch = 3, bool differences = false) {
  CAPTURE(text(layer));
  CAPTURE(transposed);
  Case tested{.network = Network({layer.inputs, layer.image[0], layer.image[1]}, 0), .objective = {}, .batch = batch};
  Graph& graph = tested.network;
  const Node x = graph.image() + graph.parameter("probe", "offset", {layer.inputs, layer.image[0], layer.image[1]}, {});
  const Node bias = layer.bias ? graph.parameter("conv", "bias", {layer.outputs}, {}) : Node{};
  const Node y = apply(layer, transposed, x, weight_of(graph, layer, transposed), bias);
  tested.differences = differences;
  tested.objective = {.output = activation(y, layer.activation), .sum = true};
  check_against_reference(tested);
}

void check_both(const Layer& layer) {
  check_layer(layer, false);
  check_layer(layer, true);
}

TEST_CASE("conv: the reference agrees with finite differences") {
  const Layer layer{.inputs = 4,
                    .outputs = 6,
                    .window = {.stride = {2, 1}, .padding = {1, 2}, .dilation = {1, 2}},
                    .groups = 2,
                    .activation = Activation::tanh};
  check_layer(layer, false, 2, true);
  check_layer(layer, true, 2, true);
}

TEST_CASE("conv: agrees with the reference for any number of channels") {
  for (const std::int64_t inputs : {5, 16, 20}) {
    for (const std::int64_t outputs : {6, 17, 32}) check_both({.inputs = inputs, .outputs = outputs});
  }
}

TEST_CASE("conv: agrees with the reference with few channels on either side") {
  for (const std::int64_t thin : {1, 2, 3, 4}) {
    for (const std::int64_t wide : {8, 11, 16, 24}) {
      check_both({.inputs = thin, .outputs = wide, .window = {.padding = {1, 1}}});
      check_both({.inputs = wide, .outputs = thin, .window = {.padding = {1, 1}}});
    }
    check_both({.inputs = thin, .outputs = thin});
  }
}

// The layers tested with every window: one per route.
const std::vector<std::pair<std::int64_t, std::int64_t>> kChannels = {{6, 9}, {1, 16}, {16, 1}, {3, 20}, {20, 3}};

TEST_CASE("conv: agrees with the reference for any window") {
  const std::vector<Window> windows = {
      {.padding = {1, 1}},
      {.stride = {2, 2}, .padding = {1, 1}},
      {.stride = {2, 1}, .padding = {0, 2}},
      {.stride = {3, 2}},
      {.stride = {4, 4}, .padding = {1, 0}},  // skips pixels
      {.padding = {2, 3}, .dilation = {2, 3}},
      {.stride = {2, 3}, .padding = {2, 1}, .dilation = {3, 2}},
      {.padding = {4, 3}},  // more than the kernel's extent
  };
  for (const auto& [inputs, outputs] : kChannels) {
    for (const Window& window : windows) {
      check_both({.inputs = inputs, .outputs = outputs, .image = {9, 11}, .window = window});
    }
  }
}

TEST_CASE("conv: agrees with the reference for any kernel") {
  for (const auto& [inputs, outputs] : kChannels) {
    for (const Extent& kernel : {Extent{1, 1}, Extent{5, 5}, Extent{2, 4}, Extent{7, 1}}) {
      check_both({.inputs = inputs, .outputs = outputs, .image = {8, 7}, .kernel = kernel});
      check_both({.inputs = inputs,
                  .outputs = outputs,
                  .image = {8, 7},
                  .kernel = kernel,
                  .window = {.stride = {2, 2}, .padding = {2, 2}}});
    }
  }
}

TEST_CASE("conv: agrees with the reference on images of odd sizes") {
  for (const auto& [inputs, outputs] : kChannels) {
    for (const Extent& image : {Extent{1, 1}, Extent{3, 28}, Extent{13, 5}}) {
      check_both(
          {.inputs = inputs, .outputs = outputs, .image = image, .window = {.stride = {2, 2}, .padding = {1, 1}}});
      check_both({.inputs = inputs, .outputs = outputs, .image = image, .window = {.padding = {1, 1}}});
    }
  }
}

TEST_CASE("conv: groups see only their own channels") {
  check_both({.inputs = 6, .outputs = 9, .groups = 3});
  check_both({.inputs = 32, .outputs = 16, .window = {.stride = {2, 2}, .padding = {1, 1}}, .groups = 2});
}

TEST_CASE("conv: depthwise agrees with the reference") {
  check_both({.inputs = 5, .outputs = 5, .groups = 5});
  check_both({.inputs = 16, .outputs = 16, .window = {.stride = {2, 2}, .padding = {1, 1}}, .groups = 16});
  check_both({.inputs = 8, .outputs = 16, .window = {.padding = {1, 1}}, .groups = 8});
}

TEST_CASE("conv_transpose2d: output padding adds rows and columns that fewer weights reach") {
  for (const auto& [inputs, outputs] : kChannels) {
    check_layer({.inputs = inputs,
                 .outputs = outputs,
                 .window = {.stride = {2, 2}, .padding = {1, 1}},
                 .output_padding = {1, 1}},
                true);
    check_layer({.inputs = inputs,
                 .outputs = outputs,
                 .kernel = {2, 2},
                 .window = {.stride = {3, 3}},
                 .output_padding = {0, 2}},
                true);
  }
}

TEST_CASE("conv: works without a bias") {
  for (const auto& [inputs, outputs] : kChannels) check_both({.inputs = inputs, .outputs = outputs, .bias = false});
}

TEST_CASE("conv: applies an activation that follows, and undoes it") {
  for (const auto& [name, kind] : activation_names()) {
    for (const auto& [inputs, outputs] : kChannels) {
      for (const bool bias : {true, false}) {
        check_both({.inputs = inputs, .outputs = outputs, .bias = bias, .activation = kind});
      }
    }
  }
}

// The gradient with respect to the image is not needed then, so other passes run.
TEST_CASE("conv: a layer on the image itself agrees with the reference") {
  for (const auto& [name, kind] : activation_names()) {
    for (const auto& [inputs, outputs] : kChannels) {
      for (const bool transposed : {false, true}) {
        const Layer layer{.inputs = inputs, .outputs = outputs, .window = {.stride = {1, 2}, .padding = {1, 1}}};
        CAPTURE(text(layer));
        CAPTURE(name);
        Case tested{.network = Network({inputs, 6, 7}, 0), .objective = {}, .batch = 37, .differences = false};
        Graph& graph = tested.network;
        const Node bias = name == "tanh" ? Node{} : graph.parameter("conv", "bias", {outputs}, {});
        const Node weight = weight_of(graph, layer, transposed);
        const Node y = activation(apply(layer, transposed, graph.image(), weight, bias), kind);
        tested.objective = {.output = y, .sum = true};
        check_against_reference(tested);
      }
    }
  }
}

TEST_CASE("conv: a weight and a bias that two layers on the image share get the gradients of both") {
  for (const auto& [inputs, outputs] : kChannels) {
    const Layer layer{.inputs = inputs, .outputs = outputs};
    Case tested{.network = Network({inputs, 6, 7}, 0), .objective = {}, .differences = false};
    Graph& graph = tested.network;
    const Node weight = weight_of(graph, layer, false), bias = graph.parameter("conv", "bias", {outputs}, {});
    const Node once = tanh(apply(layer, false, graph.image(), weight, bias));
    tested.objective = {.output = once * sigmoid(apply(layer, false, graph.image(), weight, bias)), .sum = true};
    check_against_reference(tested);
  }
}

TEST_CASE("conv: batches that do not divide into equal parts agree with the reference") {
  for (const std::int64_t batch : {1, 2, 67}) {
    for (const auto& [inputs, outputs] : kChannels) {
      check_layer({.inputs = inputs, .outputs = outputs, .image = {4, 3}}, false, batch);
      check_layer({.inputs = inputs, .outputs = outputs, .image = {3, 3}}, true, batch);
    }
  }
}

TEST_CASE("conv: a weight and an input used twice get the gradients of both uses") {
  for (const auto& [inputs, outputs] : kChannels) {
    for (const bool transposed : {false, true}) {
      const Layer layer{.inputs = inputs, .outputs = outputs, .window = {.padding = {1, 1}}};
      CAPTURE(text(layer));
      CAPTURE(transposed);
      Case tested{.network = Network({inputs, 6, 7}, 0), .objective = {}};
      Graph& graph = tested.network;
      const Node x = graph.image() + graph.parameter("probe", "offset", {inputs, 6, 7}, {});
      const Node weight = weight_of(graph, layer, transposed);
      const Node bias = graph.parameter("conv", "bias", {outputs}, {});
      const Node once = tanh(apply(layer, transposed, x, weight, bias));
      tested.differences = false;
      tested.objective = {.output = once + apply(layer, transposed, x, weight, bias), .sum = true};
      check_against_reference(tested);
    }
  }
}

TEST_CASE("conv: consecutive layers agree with the reference") {
  Case tested{.network = Network({1, 12, 12}, 0), .objective = {}, .batch = 4, .spread = 0.3};
  const Node image = tested.network.image();
  const Node code = relu(conv2d(relu(conv2d(image, 8, {.stride = 2, .padding = 1})), 12, {.stride = 2, .padding = 1}));
  const Node back = to_image(dense(dense(flatten(code), 5), 108), {12, 3, 3});
  const ConvOptions up{.stride = 2, .padding = 1};
  tested.objective = {.output = conv_transpose2d(relu(conv_transpose2d(relu(back), 8, up, {1, 1})), 1, up, {1, 1}),
                      .nonlinearity = Activation::sigmoid,
                      .loss = Loss::bce};
  check_against_reference(tested);
}

TEST_CASE("conv: layers with few channels on the image give the same bits on any number of threads") {
  const int before = threads();
  for (const auto& [inputs, outputs] : {std::pair<std::int64_t, std::int64_t>{1, 16}, {16, 1}}) {
    Network network({inputs, 9, 9}, 0);
    const Node output = relu(conv2d(network.image(), outputs, {.padding = 1}));
    std::vector<std::vector<float>> results;
    for (const int count : {1, 3}) {
      set_threads(count);
      Model model(network, true);
      model.initialise(network, 3);
      Plan plan(network, model,
                {.batch = 70, .training = true, .feeds = {}, .outputs = {}, .objective = Objective{.output = output}});
      const auto images = draw(plan.feed(network.image()).size(), 5, 0, 1);
      std::copy(images.begin(), images.end(), plan.feed(network.image()).begin());
      plan.forward();
      plan.backward();
      auto& result = results.emplace_back(plan.prediction().begin(), plan.prediction().end());
      result.insert(result.end(), model.gradients().begin(), model.gradients().end());
    }
    CHECK(results[0] == results[1]);
  }
  set_threads(before);
}

// The message of the exception that a layer on [N, 3, 8, 8] throws.
std::string refusal(op::OperationRef operation, const std::vector<std::vector<std::int64_t>>& parameters) {
  Network network({3, 8, 8}, 0);
  std::vector<Node> inputs = {network.image()};
  for (const auto& dims : parameters) inputs.push_back(network.parameter("p", "p", dims, {}));
  try {
    network.apply(operation, inputs);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("conv2d: refuses shapes that do not fit, and reports them") {
  CHECK(refusal(op::Conv2d{}, {{4, 2, 3, 3}}) ==
        "network.conv2d_0: conv2d expects x [N, C, H, W], weight [O, C / groups, kh, kw] and perhaps bias [O], but "
        "got [N, 3, 8, 8] and [4, 2, 3, 3]");
  CHECK(refusal(op::Conv2d{}, {{4, 3, 3, 3}, {3}}) ==
        "network.conv2d_0: conv2d expects x [N, C, H, W], weight [O, C / groups, kh, kw] and perhaps bias [O], but "
        "got [N, 3, 8, 8], [4, 3, 3, 3] and [3]");
  CHECK(refusal(op::Conv2d{{}, 2}, {{4, 3, 3, 3}}) ==
        "network.conv2d_0: conv2d expects channels that divide into 2 groups, but got 3 in and 4 out");
  CHECK(refusal(op::Conv2d{{.stride = {0, 1}}}, {{4, 3, 3, 3}}) ==
        "network.conv2d_0: conv2d expects a stride of at least 1, but got 0 x 1");
  CHECK(refusal(op::Conv2d{{.padding = {0, 1}, .dilation = {4, 1}}}, {{4, 3, 3, 3}}) ==
        "network.conv2d_0: conv2d expects an image at least as large as the kernel, but got [N, 3, 8, 8] with "
        "padding 0 x 1 and a kernel that covers 9 x 3; use a smaller kernel or more padding");
}

TEST_CASE("conv_transpose2d: refuses shapes that do not fit, and reports them") {
  CHECK(refusal(op::ConvTranspose2d{}, {{4, 3, 3, 3}}) ==
        "network.conv_transpose2d_0: conv_transpose2d expects x [N, C, H, W], weight [C, O / groups, kh, kw] and "
        "perhaps bias [O], but got [N, 3, 8, 8] and [4, 3, 3, 3]");
  CHECK(refusal(op::ConvTranspose2d{{.stride = {2, 2}}, {2, 0}}, {{3, 4, 3, 3}}) ==
        "network.conv_transpose2d_0: conv_transpose2d expects an output padding of at least 0 and below the stride "
        "of 2 x 2, but got 2 x 0");
  CHECK(refusal(op::ConvTranspose2d{{.padding = {5, 5}}}, {{3, 4, 3, 3}}) ==
        "network.conv_transpose2d_0: conv_transpose2d expects a padding that leaves an output, but got 5 x 5 for x "
        "[N, 3, 8, 8] and a kernel of 3 x 3");
}

}  // namespace
}  // namespace hourglass::compute::test
