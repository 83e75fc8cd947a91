// Images in channels_last: conversions, mixtures, and the same bits on any number of threads.
#include <algorithm>

#include "compute/cases.hpp"
#include "compute/kernels/parallel.hpp"
#include "compute/ops/conversion.hpp"
#include "compute/threads.hpp"

namespace hourglass::compute::test {
namespace {

// Restores the number of threads.
ConversionKernel conversion(const Shape& shape, std::int64_t batch, Layout layout, Write write) {
  return ConversionKernel(
      {.batch = batch, .inputs = {shape}, .output = shape, .gradients = {write}, .activation = {}, .layout = layout});
}

// to = from in the other layout.
void convert(ConversionKernel kernel, const std::vector<float>& from, std::vector<float>& to) {
  Binding binding;
  binding.inputs = {from.data()};
  binding.output = to.data();
  kernel.bind(binding);
  kernel.forward({});
}

void convert_back(ConversionKernel kernel, std::vector<float>& output_gradient, std::vector<float>& input_gradient) {
  Binding binding;
  binding.input_gradients = {input_gradient.data()};
  binding.output_gradient = output_gradient.data();
  kernel.bind(binding);
  kernel.backward();
}

TEST_CASE("conversion: moves channels last and back, for samples of any size") {
  for (const auto& dims : std::vector<std::vector<std::int64_t>>{{2, 1, 3}, {3, 5, 7}, {17, 4, 9}, {40, 1, 2}}) {
    const Shape shape{dims, true};
    constexpr std::int64_t kBatch = 3;
    const auto size = static_cast<std::size_t>(shape.size());
    const auto rows = draw(kBatch * size, 1, -1, 1);
    std::vector<float> last(rows.size()), back(rows.size());
    convert(conversion(shape, kBatch, Layout::channels_last, Write::none), rows, last);
    const auto channels = static_cast<std::size_t>(dims[0]), pixels = size / channels;
    bool right = true;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::size_t sample = i / size, channel = i % size / pixels, pixel = i % pixels;
      right = right && last[sample * size + pixel * channels + channel] == rows[i];
    }
    CHECK(right);
    convert(conversion(shape, kBatch, Layout::row_major, Write::none), last, back);
    CHECK(back == rows);
  }
}

TEST_CASE("conversion: the gradient is converted back, written or added") {
  const Shape shape{{3, 4, 5}, true};
  const auto rows = draw(120, 1, -1, 1);
  std::vector<float> last(120), gradient(120, 1.0f);
  convert(conversion(shape, 2, Layout::channels_last, Write::none), rows, last);
  convert_back(conversion(shape, 2, Layout::channels_last, Write::overwrite), last, gradient);
  CHECK(gradient == rows);
  convert_back(conversion(shape, 2, Layout::channels_last, Write::add), last, gradient);
  CHECK(std::equal(gradient.begin(), gradient.end(), rows.begin(), [](float a, float b) { return a == 2 * b; }));
}

// Every operation on images in sequence, in both layouts.
Node mixed(Node x) {
  Node h = max_pool2d(leaky_relu(batch_norm(leaky_relu(image_of(x, {4, 6, 8}), 0.3)), 0.2), 2);
  const Node skip = h;
  h = group_norm(average_pool2d(h, 2, 1), 2);
  h = resize2d(layer_norm(h), {3, 4}, op::ResizeKind::bilinear);
  h = concat({h, skip, reshape(dense(x, 12), {1, 3, 4})});
  h = h * sigmoid(reshape(reduce_mean(h, {1, 2}), {9, 1, 1}));
  const Node rows = softmax(transpose(slice(h, 0, 2, 7), {1, 2, 0}));
  return dense(concat({flatten(rows), flatten(upsample2d(h, 2))}), 5);
}

TEST_CASE("layouts: a network that mixes them agrees with the reference") { check_body(mixed); }

TEST_CASE("layouts: images in channels_last train to the same bits on 1, 2 and 4 threads") {
  const Threads restore;
  std::vector<float> expected;
  for (const int count : {1, 2, 4}) {
    set_threads(count);
    Network network({1, 4, 5}, 0);
    const Node x = probe(network);
    const Node code = mixed(dropout(x, 0.2));
    const Node table = network.parameter("table", "table", {7, 5}, {Init::Kind::normal, 1});
    const Node output =
        straight_through(code, gather(table, nearest(code, table))) + gather(table, nearest(code, table));
    Model model(network, true);
    model.initialise(network, 1);
    Plan plan(network, model,
              {.batch = 70, .training = true, .feeds = {}, .outputs = {}, .objective = Objective{.output = output}});
    const auto pixels = draw(plan.feed(network.image()).size(), 5, 0, 1);
    std::copy(pixels.begin(), pixels.end(), plan.feed(network.image()).begin());
    plan.forward({.seed = 1, .step = 1});
    plan.backward();
    std::vector<float> all(model.gradients().begin(), model.gradients().end());
    all.insert(all.end(), model.parameters().begin(), model.parameters().end());
    if (expected.empty()) expected = all;
    CHECK(all == expected);
  }
}

}  // namespace
}  // namespace hourglass::compute::test
