// A transposed convolution has the same products as the convolution from its output to its input.
#include "compute/reference_conv.hpp"

#include <tuple>

namespace hourglass::compute::test {
namespace {

// Calls body(image element, weight element, map element) for image [N, C, H, W], weight [O, C / groups, kh, kw] and map
// [N, O, H', W'].
template <class Body>
void each_product(const Shape& image, const Shape& weight, const Shape& map, const Window& window, std::int64_t groups,
                  std::int64_t batch, const Body& body) {
  const auto channels = image.dims[0], height = image.dims[1], width = image.dims[2];
  const auto outputs = map.dims[0], rows = map.dims[1], columns = map.dims[2];
  const auto group_channels = channels / groups, group_outputs = outputs / groups;
  const auto kernel_rows = weight.dims[2], kernel_columns = weight.dims[3];
  for (std::int64_t n = 0; n < batch; ++n) {
    for (std::int64_t o = 0; o < outputs; ++o) {
      for (std::int64_t c = 0; c < group_channels; ++c) {
        const auto channel = o / group_outputs * group_channels + c;
        for (std::int64_t y = 0; y < rows; ++y) {
          for (std::int64_t x = 0; x < columns; ++x) {
            for (std::int64_t i = 0; i < kernel_rows; ++i) {
              for (std::int64_t j = 0; j < kernel_columns; ++j) {
                const auto h = y * window.stride[0] - window.padding[0] + i * window.dilation[0];
                const auto w = x * window.stride[1] - window.padding[1] + j * window.dilation[1];
                if (h < 0 || h >= height || w < 0 || w >= width) continue;
                body(static_cast<std::size_t>(((n * channels + channel) * height + h) * width + w),
                     static_cast<std::size_t>(((o * group_channels + c) * kernel_rows + i) * kernel_columns + j),
                     static_cast<std::size_t>(((n * outputs + o) * rows + y) * columns + x));
              }
            }
          }
        }
      }
    }
  }
}

Shape output_of(const op::Conv2d& conv, const ConvArguments& arguments) {
  const Shape &x = arguments.shapes[0], &weight = arguments.shapes[1];
  Shape y{{weight.dims[0]}, true};
  for (std::size_t i = 0; i < 2; ++i) {
    const auto [stride, padding, dilation] =
        std::tuple(conv.window.stride[i], conv.window.padding[i], conv.window.dilation[i]);
    y.dims.push_back((x.dims[i + 1] + 2 * padding - dilation * (weight.dims[i + 2] - 1) - 1) / stride + 1);
  }
  return y;
}

Shape output_of(const op::ConvTranspose2d& conv, const ConvArguments& arguments) {
  const Shape &x = arguments.shapes[0], &weight = arguments.shapes[1];
  Shape y{{weight.dims[1] * conv.groups}, true};
  for (std::size_t i = 0; i < 2; ++i) {
    const auto [stride, padding, dilation] =
        std::tuple(conv.window.stride[i], conv.window.padding[i], conv.window.dilation[i]);
    y.dims.push_back((x.dims[i + 1] - 1) * stride - 2 * padding + dilation * (weight.dims[i + 2] - 1) + 1 +
                     conv.output_padding[i]);
  }
  return y;
}

// body(x element, weight element, y element)
template <class Body>
void products_of(const op::Conv2d& conv, const ConvArguments& a, const Body& body) {
  each_product(a.shapes[0], a.shapes[1], output_of(conv, a), conv.window, conv.groups, a.batch, body);
}
template <class Body>
void products_of(const op::ConvTranspose2d& conv, const ConvArguments& a, const Body& body) {
  each_product(output_of(conv, a), a.shapes[1], a.shapes[0], conv.window, conv.groups, a.batch,
               [&](std::size_t y, std::size_t weight, std::size_t x) { body(x, weight, y); });
}

// body(channel, y element)
template <class Body>
void each_channel(const Shape& y, std::int64_t batch, const Body& body) {
  const auto channels = static_cast<std::size_t>(y.dims[0]), pixels = static_cast<std::size_t>(y.dims[1] * y.dims[2]);
  for (std::size_t i = 0; i < static_cast<std::size_t>(batch) * channels * pixels; ++i) body(i / pixels % channels, i);
}

template <class Conv>
void forward(const Conv& conv, const ConvArguments& a, Numbers& y) {
  const Numbers &x = *a.values[0], &w = *a.values[1];
  products_of(conv, a, [&](std::size_t ix, std::size_t iw, std::size_t iy) { y.at(iy) += x[ix] * w[iw]; });
  if (a.values.size() < 3) return;
  each_channel(output_of(conv, a), a.batch, [&](std::size_t c, std::size_t iy) { y.at(iy) += (*a.values[2])[c]; });
}

template <class Conv>
void backward(const Conv& conv, const ConvArguments& a, const Numbers& dy) {
  const Numbers &x = *a.values[0], &w = *a.values[1];
  Numbers &dx = *a.gradients[0], &dw = *a.gradients[1];
  products_of(conv, a, [&](std::size_t ix, std::size_t iw, std::size_t iy) {
    dx[ix] += w[iw] * dy.at(iy);
    dw[iw] += x[ix] * dy.at(iy);
  });
  if (a.values.size() < 3) return;
  each_channel(output_of(conv, a), a.batch, [&](std::size_t c, std::size_t iy) { (*a.gradients[2])[c] += dy.at(iy); });
}

}  // namespace

void conv_forward(const op::Conv2d& conv, const ConvArguments& arguments, Numbers& y) { forward(conv, arguments, y); }
void conv_forward(const op::ConvTranspose2d& conv, const ConvArguments& arguments, Numbers& y) {
  forward(conv, arguments, y);
}
void conv_backward(const op::Conv2d& conv, const ConvArguments& arguments, const Numbers& dy) {
  backward(conv, arguments, dy);
}
void conv_backward(const op::ConvTranspose2d& conv, const ConvArguments& arguments, const Numbers& dy) {
  backward(conv, arguments, dy);
}

}  // namespace hourglass::compute::test
