// Pooling and resizing of images.
#include <algorithm>
#include <cmath>
#include <limits>

#include "compute/cases.hpp"
#include "compute/kernels/parallel.hpp"

namespace hourglass::compute::test {
namespace {

constexpr auto kNaN = std::numeric_limits<float>::quiet_NaN();

Node pool(Node x, op::PoolKind kind, Extent kernel, Window window) {
  return x.graph->apply(op::Pool2d{kind, kernel, window}, {x});
}

// The values of `body(image)` for one image.
std::vector<float> pooled_values(const ImageShape& shape, const std::vector<float>& pixels,
                                 const std::function<Node(Node)>& body) {
  Network network(shape, 0);
  const Node output = body(network.image());
  Model model(network, false);
  Plan plan(network, model, {.batch = 1, .training = false, .feeds = {}, .outputs = {output}, .objective = {}});
  std::copy(pixels.begin(), pixels.end(), plan.feed(network.image()).begin());
  plan.forward();
  return {plan.value(output).begin(), plan.value(output).end()};
}

TEST_CASE("pooling: agrees with the reference on few and on many channels") {
  for (const auto kind : {op::PoolKind::max, op::PoolKind::average}) {
    for (const std::int64_t channels : {1, 3, 16, 21, 35}) {
      CAPTURE(channels);
      check_body([&](Node x) {
        return flatten(pool(image_of(x, {channels, 4, 6}), kind, {2, 2}, {.stride = {2, 2}}));
      });
    }
  }
}

TEST_CASE("pooling: agrees with the reference if windows overlap, skip pixels, are padded or dilated") {
  for (const auto kind : {op::PoolKind::max, op::PoolKind::average}) {
    const auto check_window = [&](Extent kernel, const Window& window) {
      const bool differences = kernel == Extent{3, 2};
      check_body([&](Node x) { return flatten(pool(image_of(x, {3, 5, 7}), kind, kernel, window)); }, 1, differences);
      check_body([&](Node x) { return flatten(pool(image_of(x, {18, 5, 7}), kind, kernel, window)); }, 1, false);
    };
    check_window({3, 3}, {.stride = {1, 1}});
    check_window({2, 2}, {.stride = {2, 2}});
    check_window({2, 1}, {.stride = {3, 2}});
    check_window({3, 2}, {.stride = {2, 1}, .padding = {1, 1}});
    check_window({2, 3}, {.stride = {1, 2}, .padding = {0, 2}, .dilation = {3, 2}});
    check_window({5, 7}, {});
  }
}

TEST_CASE("pooling: a window of more than 256 pixels agrees with the reference") {
  check_body([](Node x) { return flatten(pool(image_of(x, {2, 17, 18}), op::PoolKind::max, {17, 16}, {})); }, 1, false);
}

TEST_CASE("pooling: adds to an existing gradient") {
  for (const auto kind : {op::PoolKind::max, op::PoolKind::average}) {
    for (const std::int64_t channels : {3, 17}) {
      check_body(
          [&](Node x) {
            const Node image = image_of(x, {channels, 4, 4});
            const Node pooled = pool(image, kind, {2, 2}, {.stride = {2, 2}});
            return flatten(pooled + pool(image, kind, {3, 3}, {.stride = {1, 1}}));
          },
          1, false);
    }
  }
}

TEST_CASE("max_pool2d: the first of equal pixels gets the gradient") {
  Network network({1, 2, 4}, 0);
  const Node offset = network.parameter("offset", "offset", {1, 2, 4}, {});
  const Node pooled = max_pool2d(network.image() + offset, 2);
  Model model(network, true);
  Plan plan(network, model,
            {.batch = 1, .training = true, .feeds = {}, .outputs = {}, .objective = Objective{.output = pooled}});
  const std::vector<float> pixels = {1, 2, 5, 5, 2, 2, 5, 5};
  std::copy(pixels.begin(), pixels.end(), plan.feed(network.image()).begin());
  plan.forward();
  plan.backward();
  // The loss is the mean of two squares: its slope is the maximum.
  CHECK(std::vector<float>(model.gradients().begin(), model.gradients().begin() + 8) ==
        std::vector<float>{0, 2, 5, 0, 0, 0, 0, 0});
}

TEST_CASE("max_pool2d: a NaN anywhere in a window gives a NaN") {
  for (const std::int64_t channels : {1, 16}) {
    for (std::size_t pixel = 0; pixel < 4; ++pixel) {
      std::vector<float> pixels(static_cast<std::size_t>(4 * channels), 1.0f);
      pixels[pixel] = kNaN;
      const auto values = pooled_values({channels, 2, 2}, pixels, [](Node x) { return max_pool2d(x, 2); });
      CHECK(std::isnan(values[0]));
      CHECK(std::count(values.begin(), values.end(), 1.0f) == channels - 1);
    }
  }
}

TEST_CASE("average_pool2d: padding is not counted") {
  const auto values = pooled_values({1, 2, 2}, {1, 2, 3, 4}, [](Node x) { return average_pool2d(x, 2, 1, 1); });
  CHECK(values == std::vector<float>{1, 1.5, 2, 2, 2.5, 3, 3, 3.5, 4});
}

TEST_CASE("pooling: windows that do not fit are refused") {
  check_refused([](Network& network) { max_pool2d(flatten(network.image()), 2); },
                "network.max_pool2d_0: max_pool2d expects x [N, C, H, W], but got [N, 90]");
  check_refused(
      [](Network& network) { max_pool2d(network.image(), 6); },
      "network.max_pool2d_0: max_pool2d expects windows no larger than the padded image, but got a width of 6 on 5 "
      "for [N, 3, 6, 5]");
  check_refused(
      [](Network& network) { average_pool2d(network.image(), 2, 2, 2); },
      "network.average_pool2d_0: average_pool2d expects windows that all overlap the image, but got a padding of 2 "
      "in height with a kernel of 2 for [N, 3, 6, 5]");
  check_refused([](Network& network) { average_pool2d(network.image(), 2, -1); },
                "network.average_pool2d_0: average_pool2d expects a kernel, a stride and a dilation of at least 1 "
                "and a padding of at least 0, but got [N, 3, 6, 5]");
}

TEST_CASE("resize2d: agrees with the reference, larger and smaller") {
  for (const auto kind : {op::ResizeKind::nearest, op::ResizeKind::bilinear}) {
    for (const std::int64_t channels : {1, 3, 18}) {
      const auto check_size = [&](Extent size) {
        check_body(
            [&](Node x) {
              return flatten(resize2d(image_of(x, {channels, 3, 5}), size, kind));
            },
            1, channels == 3);
      };
      check_size({6, 10});
      check_size({7, 4});
      check_size({2, 13});
      check_size({1, 1});
      check_size({3, 5});
    }
    check_body([&](Node x) { return flatten(resize2d(image_of(x, {4, 1, 1}), {3, 2}, kind)); });
    check_body([&](Node x) {
      const Node image = image_of(x, {2, 3, 3});
      return flatten(resize2d(image, {5, 5}, kind) * resize2d(image, {5, 5}, kind));
    });
  }
}

TEST_CASE("upsample2d: repeats each pixel, or mixes neighbours at quarters") {
  const std::vector<float> pixels = {0, 4, 8, 16};
  CHECK(pooled_values({1, 2, 2}, pixels, [](Node x) { return upsample2d(x, 2); }) ==
        std::vector<float>{0, 0, 4, 4, 0, 0, 4, 4, 8, 8, 16, 16, 8, 8, 16, 16});
  CHECK(pooled_values({1, 1, 2}, {0, 4}, [](Node x) { return upsample2d(x, 2, op::ResizeKind::bilinear); }) ==
        std::vector<float>{0, 1, 3, 4, 0, 1, 3, 4});
}

TEST_CASE("resize2d: sizes without pixels and other shapes are refused") {
  check_refused(
      [](Network& network) {
        resize2d(network.image(), {0, 5});
      },
      "network.resize2d_0: resize2d expects a size of at least 1 by 1, but got 0 by 5 for [N, 3, 6, 5]");
  check_refused(
      [](Network& network) {
        resize2d(network.labels(), {2, 2});
      },
      "network.resize2d_0: resize2d expects x [N, C, H, W], but got [N, 4]");
}

}  // namespace
}  // namespace hourglass::compute::test
