// Winograd convolutions compared with direct ones, for all sizes that they support.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "compute/kernels/activation.hpp"
#include "compute/kernels/buffer.hpp"
#include "compute/kernels/parallel.hpp"
#include "compute/ops/conv/conv_gradients.hpp"
#include "compute/ops/conv/conv_pass.hpp"

namespace hourglass::compute::test {
namespace {

ConvShape shape_of(std::int64_t image_channels, std::int64_t map_channels, Extent image, std::int64_t stride,
                   std::int64_t padding, std::int64_t batch = 3) {
  ConvShape shape;
  shape.batch = batch;
  shape.image_channels = image_channels;
  shape.map_channels = map_channels;
  shape.image = image;
  shape.kernel = {3, 3};
  shape.window.stride = {stride, stride};
  shape.window.padding = {padding, padding};
  for (std::size_t i = 0; i < 2; ++i) shape.map[i] = (image[i] + 2 * padding - 3) / stride + 1;
  return shape;
}

// Images with odd and even sizes, borders that no tap reaches, several images at a time, and images in strips.
std::vector<ConvShape> shapes() {
  std::vector<ConvShape> result;
  for (const std::int64_t stride : {1, 2}) {
    for (const std::int64_t padding : {0, 2}) result.push_back(shape_of(16, 32, {7, 8}, stride, padding));
    for (const Extent& image : {Extent{7, 8}, Extent{8, 7}, Extent{3, 3}, Extent{5, 30}, Extent{26, 21}}) {
      result.push_back(shape_of(16, 32, image, stride, 1));
    }
    result.push_back(shape_of(48, 16, {6, 6}, stride, 1, 10));
    result.push_back(shape_of(16, 16, {4, 4}, stride, 1, 7));
  }
  return result;
}

std::string winograd_text(const ConvShape& shape) {
  return std::to_string(shape.image_channels) + " and " + std::to_string(shape.map_channels) + " channels, image " +
         std::to_string(shape.image[0]) + "x" + std::to_string(shape.image[1]) + ", stride " +
         std::to_string(shape.window.stride[0]) + ", padding " + std::to_string(shape.window.padding[0]) + ", batch " +
         std::to_string(shape.batch);
}

Buffer numbers(std::int64_t count, int salt) {
  Buffer buffer(count);
  for (std::int64_t i = 0; i < count; ++i) {
    buffer.data()[i] = static_cast<float>((i * 7919 + salt * 104729) % 2003) / 1001.0f - 1.0f;
  }
  return buffer;
}

// The largest difference, in units of the largest value.
double distance(const Buffer& a, const Buffer& b) {
  double difference = 0, largest = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) {
    difference = std::max(difference, std::abs(static_cast<double>(a.data()[i]) - b.data()[i]));
    largest = std::max(largest, std::abs(static_cast<double>(b.data()[i])));
  }
  return largest == 0 ? difference : difference / largest;
}

struct Tensors {
  explicit Tensors(const ConvShape& shape)
      : image(numbers(shape.batch * shape.image_size(), 1)),
        map(numbers(shape.batch * shape.map_size(), 2)),
        weight(numbers(shape.weight_size(), 3)),
        bias(numbers(std::max(shape.image_channels, shape.map_channels), 4)) {}
  Buffer image, map, weight, bias;
};

struct WinogradForward {
  Buffer target, activated;
};

WinogradForward winograd_forward(ConvPass& pass, const ConvPassSpec& spec, const Tensors& tensors, bool keeps) {
  const bool map = spec.target == ConvTarget::map;
  WinogradForward result{numbers(map ? tensors.map.size() : tensors.image.size(), 9), {}};
  if (keeps) result.activated = Buffer(result.target.size());
  Buffer scratch = numbers(pass.scratch(), 8);
  pass.bind({.image = map ? tensors.image.data() : nullptr,
             .map = map ? nullptr : tensors.map.data(),
             .weight = tensors.weight.data(),
             .bias = tensors.bias.data(),
             .target = result.target.data(),
             .activated = keeps ? result.activated.data() : result.target.data(),
             .scratch = scratch.data()});
  pass.execute();
  return result;
}

struct Gradients {
  Buffer data, weight, bias;
};

Gradients winograd_backward(ConvGradients& pass, const ConvGradientsSpec& spec, const Tensors& tensors) {
  const Buffer& x = spec.transposed ? tensors.map : tensors.image;
  const Buffer& y = spec.transposed ? tensors.image : tensors.map;
  Gradients result{numbers(x.size(), 5), numbers(tensors.weight.size(), 6), numbers(tensors.bias.size(), 7)};
  Buffer dy = numbers(y.size(), 11), scratch = numbers(pass.scratch(), 8);
  pass.bind({.x = x.data(),
             .weight = tensors.weight.data(),
             .from = y.data(),
             .dy = dy.data(),
             .dx = spec.data == Write::none ? nullptr : result.data.data(),
             .weight_gradient = spec.weight == Write::none ? nullptr : result.weight.data(),
             .bias_gradient = spec.bias == Write::none ? nullptr : result.bias.data(),
             .scratch = scratch.data()});
  pass.execute();
  return result;
}

constexpr double kClose = 3e-6;

// separate_conv_gradients() may use Winograd for the data as well, so the reference gets it from oneDNN.
Gradients backward_of_all_products(const ConvGradientsSpec& spec, const Tensors& tensors) {
  Gradients result = winograd_backward(*separate_conv_gradients(spec), spec, tensors);
  if (spec.data == Write::none) return result;
  const Buffer& y = spec.transposed ? tensors.image : tensors.map;
  Buffer dy = numbers(y.size(), 11);
  activate_backward(spec.activation.kind, 0, y.data(), dy.data(), dy.data(), dy.size(), false);
  result.data = numbers(result.data.size(), 5);
  const auto pass = onednn_conv_pass({.shape = spec.shape,
                                      .target = spec.transposed ? ConvTarget::map : ConvTarget::image,
                                      .accumulate = spec.data == Write::add});
  Buffer scratch(pass->scratch());
  pass->bind({.image = spec.transposed ? dy.data() : nullptr,
              .map = spec.transposed ? nullptr : dy.data(),
              .weight = tensors.weight.data(),
              .target = result.data.data(),
              .scratch = scratch.data()});
  pass->execute();
  return result;
}

void check_winograd_gradients(const ConvGradientsSpec& spec, const Tensors& tensors) {
  const Gradients got = winograd_backward(*winograd_conv_gradients(spec), spec, tensors);
  const Gradients wanted = backward_of_all_products(spec, tensors);
  CHECK(distance(got.data, wanted.data) < kClose);
  CHECK(distance(got.weight, wanted.weight) < kClose);
  CHECK(distance(got.bias, wanted.bias) < kClose);
}

bool same_bits(const Buffer& a, const Buffer& b) {
  return std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * sizeof(float)) == 0;
}

}  // namespace

TEST_CASE("winograd: maps and images agree with those of direct convolutions") {
  for (const ConvShape& shape : shapes()) {
    CAPTURE(winograd_text(shape));
    const Tensors tensors(shape);
    for (const ConvTarget target : {ConvTarget::map, ConvTarget::image}) {
      for (const bool bias : {false, true}) {
        const ConvPassSpec spec{.shape = shape, .target = target, .bias = bias};
        const WinogradForward got = winograd_forward(*winograd_conv_pass(spec), spec, tensors, false);
        CHECK(distance(got.target, winograd_forward(*onednn_conv_pass(spec), spec, tensors, false).target) < kClose);
      }
    }
  }
}

TEST_CASE("winograd: an activation is applied in place, or its input is kept") {
  const ConvShape shape = shape_of(16, 16, {7, 9}, 1, 1);
  const Tensors tensors(shape);
  for (const ConvTarget target : {ConvTarget::map, ConvTarget::image}) {
    for (const bool keeps : {false, true}) {
      const ConvPassSpec spec{.shape = shape, .target = target, .activation = op::Activate{Activation::gelu, 0}};
      const WinogradForward got = winograd_forward(*winograd_conv_pass(spec), spec, tensors, keeps);
      const WinogradForward wanted = winograd_forward(*onednn_conv_pass(spec), spec, tensors, keeps);
      CHECK(distance(got.target, wanted.target) < kClose);
      if (keeps) CHECK(distance(got.activated, wanted.activated) < kClose);
    }
  }
}

TEST_CASE("winograd: gradients agree with those of direct convolutions") {
  for (const ConvShape& shape : shapes()) {
    CAPTURE(winograd_text(shape));
    const Tensors tensors(shape);
    for (const bool transposed : {false, true}) {
      check_winograd_gradients({.shape = shape,
                                .transposed = transposed,
                                .activation = {Activation::relu, 0},
                                .data = Write::overwrite,
                                .weight = Write::overwrite,
                                .bias = Write::overwrite},
                               tensors);
    }
  }
}

TEST_CASE("winograd: gradients are written, added or skipped, as requested") {
  const ConvShape shape = shape_of(16, 32, {9, 6}, 2, 1);
  const Tensors tensors(shape);
  for (const bool transposed : {false, true}) {
    for (const auto& [data, weight, bias] : {std::tuple{Write::add, Write::add, Write::add},
                                             {Write::none, Write::overwrite, Write::none},
                                             {Write::overwrite, Write::none, Write::none},
                                             {Write::none, Write::none, Write::add}}) {
      check_winograd_gradients({.shape = shape, .transposed = transposed, .data = data, .weight = weight, .bias = bias},
                               tensors);
    }
  }
}

TEST_CASE("winograd: the same bits on any number of threads") {
  const int before = threads();
  for (const std::int64_t stride : {1, 2}) {
    const ConvShape shape = shape_of(16, 32, {11, 10}, stride, 1, 37);
    const Tensors tensors(shape);
    std::vector<WinogradForward> forwards;
    std::vector<Gradients> gradients;
    for (const int count : {1, 2, 4}) {
      set_threads(count);
      const ConvPassSpec pass{.shape = shape, .target = ConvTarget::image, .bias = true};
      forwards.push_back(winograd_forward(*winograd_conv_pass(pass), pass, tensors, false));
      const ConvGradientsSpec spec{
          .shape = shape, .data = Write::overwrite, .weight = Write::overwrite, .bias = Write::overwrite};
      gradients.push_back(winograd_backward(*winograd_conv_gradients(spec), spec, tensors));
    }
    for (std::size_t i = 1; i < forwards.size(); ++i) {
      CHECK(same_bits(forwards[i].target, forwards[0].target));
      CHECK(same_bits(gradients[i].data, gradients[0].data));
      CHECK(same_bits(gradients[i].weight, gradients[0].weight));
      CHECK(same_bits(gradients[i].bias, gradients[0].bias));
    }
  }
  set_threads(before);
}

TEST_CASE("winograd: threads without an image use no memory") {
  const int before = threads();
  const ConvPassSpec pass{.shape = shape_of(16, 16, {20, 20}, 1, 1, 2)};
  const ConvGradientsSpec gradients{.shape = pass.shape, .data = Write::overwrite, .weight = Write::overwrite};
  std::vector<std::int64_t> floats;
  for (const int count : {2, 16}) {
    set_threads(count);
    floats.push_back(winograd_conv_pass(pass)->scratch());
    floats.push_back(winograd_conv_gradients(gradients)->scratch());
  }
  set_threads(before);
  CHECK(floats[2] == floats[0]);
  CHECK(floats[3] == floats[1]);
}

TEST_CASE(
    "winograd: takes kernels of 3, one stride of 1 or 2, full registers of channels and images that fit the cache") {
  const ConvShape fitting = shape_of(16, 32, {8, 8}, 2, 1);
  CHECK(winograd_fits(fitting, Precision::f32));
  CHECK_FALSE(winograd_fits(fitting, Precision::bf16));
  ConvShape other = fitting;
  other.kernel = {3, 5};
  CHECK_FALSE(winograd_fits(other, Precision::f32));
  other = fitting;
  other.window.stride = {1, 2};
  CHECK_FALSE(winograd_fits(other, Precision::f32));
  other = fitting;
  other.window.dilation = {2, 2};
  CHECK_FALSE(winograd_fits(other, Precision::f32));
  other = fitting;
  other.image_channels = 24;
  CHECK_FALSE(winograd_fits(other, Precision::f32));
  other = fitting;
  other.groups = 2;
  CHECK_FALSE(winograd_fits(other, Precision::f32));
  CHECK_FALSE(winograd_fits(shape_of(16, 16, {512, 512}, 1, 1), Precision::f32));
}

}  // namespace hourglass::compute::test
