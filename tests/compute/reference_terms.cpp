// Operations whose output elements are weighted sums of input elements: forward and backward follow from one list of
// terms.
#include "compute/reference_terms.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>

namespace hourglass::compute::test {
namespace {

using Index = std::vector<std::int64_t>;

/// Output element `to` contains `weight` times element `from` of input `input`.
using Term = std::function<void(std::size_t to, std::size_t input, std::size_t from, double weight)>;

std::size_t offset(const Index& dims, const Index& index) {
  std::int64_t result = 0;
  for (std::size_t i = 0; i < dims.size(); ++i) result = result * dims[i] + index[i];
  return static_cast<std::size_t>(result);
}

void each_index(const Index& dims, const std::function<void(const Index&)>& body) {
  const auto count = std::accumulate(dims.begin(), dims.end(), std::int64_t{1}, std::multiplies<>());
  Index index(dims.size());
  for (std::int64_t number = 0; number < count; ++number) {
    std::int64_t left = number;
    for (std::size_t i = dims.size(); i-- > 0; left /= dims[i]) index[i] = left % dims[i];
    body(index);
  }
}

Index with_batch(const Shape& shape, std::int64_t batch) {
  Index dims = {shape.batched ? batch : 1};
  dims.insert(dims.end(), shape.dims.begin(), shape.dims.end());
  return dims;
}

std::int64_t pooled(std::int64_t size, std::int64_t kernel, const Window& window, std::size_t i) {
  return (size + 2 * window.padding[i] - window.dilation[i] * (kernel - 1) - 1) / window.stride[i] + 1;
}

void terms(const op::Pool2d& pool, std::int64_t batch, const std::vector<Argument>& x, const Term& term) {
  const Index from = with_batch(x[0].shape, batch);
  Index to = from;
  for (std::size_t i : {0, 1}) to[2 + i] = pooled(from[2 + i], pool.kernel[i], pool.window, i);
  each_index(to, [&](const Index& o) {
    std::vector<std::size_t> pixels;
    each_index({pool.kernel[0], pool.kernel[1]}, [&](const Index& k) {
      Index pixel = o;
      bool inside = true;
      for (std::size_t i : {0, 1}) {
        pixel[2 + i] = o[2 + i] * pool.window.stride[i] - pool.window.padding[i] + k[i] * pool.window.dilation[i];
        inside = inside && pixel[2 + i] >= 0 && pixel[2 + i] < from[2 + i];
      }
      if (inside) pixels.push_back(offset(from, pixel));
    });
    if (pool.kind == op::PoolKind::average) {
      for (const std::size_t pixel : pixels) term(offset(to, o), 0, pixel, 1 / static_cast<double>(pixels.size()));
    } else {
      const auto less = [&](std::size_t a, std::size_t b) { return (*x[0].value)[a] < (*x[0].value)[b]; };
      term(offset(to, o), 0, *std::max_element(pixels.begin(), pixels.end(), less), 1);
    }
  });
}

// The contributions of an input dimension to output position o: pixels with weights that decrease linearly with the
// distance, to zero at that of the next pixel.
std::vector<std::pair<std::int64_t, double>> mixture(op::ResizeKind kind, std::int64_t input, std::int64_t output,
                                                     std::int64_t o) {
  double at = (static_cast<double>(o) + 0.5) * static_cast<double>(input) / static_cast<double>(output) - 0.5;
  if (kind == op::ResizeKind::nearest) at = std::floor(at + 0.5);
  at = std::clamp(at, 0.0, static_cast<double>(input - 1));
  std::vector<std::pair<std::int64_t, double>> pixels;
  for (std::int64_t pixel = 0; pixel < input; ++pixel) {
    const double weight = 1 - std::abs(at - static_cast<double>(pixel));
    if (weight > 0) pixels.emplace_back(pixel, weight);
  }
  return pixels;
}

void terms(const op::Resize2d& resize, std::int64_t batch, const std::vector<Argument>& x, const Term& term) {
  const Index from = with_batch(x[0].shape, batch);
  for (std::int64_t h = 0; h < resize.size[0]; ++h) {
    for (std::int64_t w = 0; w < resize.size[1]; ++w) {
      const auto rows = mixture(resize.kind, from[2], resize.size[0], h);
      const auto columns = mixture(resize.kind, from[3], resize.size[1], w);
      for (std::int64_t plane = 0; plane < from[0] * from[1]; ++plane) {
        const auto to = static_cast<std::size_t>((plane * resize.size[0] + h) * resize.size[1] + w);
        for (const auto& [row, high] : rows) {
          for (const auto& [column, wide] : columns) {
            term(to, 0, static_cast<std::size_t>((plane * from[2] + row) * from[3] + column), high * wide);
          }
        }
      }
    }
  }
}

void terms(const op::Concat& concat, std::int64_t batch, const std::vector<Argument>& x, const Term& term) {
  const auto axis = static_cast<std::size_t>(concat.axis) + 1;
  Index to = with_batch(x[0].shape, batch);
  to[axis] = 0;
  for (const Argument& part : x) to[axis] += part.shape.dims[axis - 1];
  std::int64_t before = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Index from = with_batch(x[i].shape, batch);
    each_index(from, [&](const Index& index) {
      Index moved = index;
      moved[axis] += before;
      term(offset(to, moved), i, offset(from, index), 1);
    });
    before += from[axis];
  }
}

void terms(const op::Slice& slice, std::int64_t batch, const std::vector<Argument>& x, const Term& term) {
  const auto axis = static_cast<std::size_t>(slice.axis) + 1;
  const Index from = with_batch(x[0].shape, batch);
  Index to = from;
  to[axis] = slice.end - slice.begin;
  each_index(to, [&](const Index& index) {
    Index moved = index;
    moved[axis] += slice.begin;
    term(offset(to, index), 0, offset(from, moved), 1);
  });
}

void terms(const op::Transpose& transpose, std::int64_t batch, const std::vector<Argument>& x, const Term& term) {
  const Index from = with_batch(x[0].shape, batch);
  Index to = from;
  for (std::size_t i = 0; i < transpose.order.size(); ++i) {
    to[i + 1] = from[static_cast<std::size_t>(transpose.order[i]) + 1];
  }
  each_index(to, [&](const Index& index) {
    Index moved = index;
    for (std::size_t i = 0; i < transpose.order.size(); ++i) {
      moved[static_cast<std::size_t>(transpose.order[i]) + 1] = index[i + 1];
    }
    term(offset(to, index), 0, offset(from, moved), 1);
  });
}

void terms(const op::Reduce& reduce, std::int64_t batch, const std::vector<Argument>& x, const Term& term) {
  const Index from = with_batch(x[0].shape, batch);
  Index to = from;
  double weight = 1;
  for (const int axis : reduce.axes) {
    to[static_cast<std::size_t>(axis) + 1] = 1;
    if (reduce.kind == op::ReduceKind::mean) weight /= static_cast<double>(from[static_cast<std::size_t>(axis) + 1]);
  }
  each_index(from, [&](const Index& index) {
    Index kept = index;
    for (const int axis : reduce.axes) kept[static_cast<std::size_t>(axis) + 1] = 0;
    term(offset(to, kept), 0, offset(from, index), weight);
  });
}

void terms(const op::Gather&, std::int64_t, const std::vector<Argument>& x, const Term& term) {
  const auto width = static_cast<std::size_t>(x[0].shape.dims[1]);
  for (std::size_t i = 0; i < x[1].value->size(); ++i) {
    const auto row = static_cast<std::size_t>((*x[1].value)[i]);
    for (std::size_t d = 0; d < width; ++d) term(i * width + d, 0, row * width + d, 1);
  }
}

template <class Operation>
void forward_terms(const Operation& operation, std::int64_t batch, const std::vector<Argument>& x, Numbers& y) {
  terms(operation, batch, x, [&](std::size_t to, std::size_t input, std::size_t from, double weight) {
    y[to] += weight * (*x[input].value)[from];
  });
}

template <class Operation>
void backward_terms(const Operation& operation, std::int64_t batch, const std::vector<Argument>& x, const Numbers& dy) {
  terms(operation, batch, x, [&](std::size_t to, std::size_t input, std::size_t from, double weight) {
    (*x[input].gradient)[from] += weight * dy[to];
  });
}

}  // namespace

#define HOURGLASS_OF_TERMS(Operation)                                                                               \
  void forward_of(const op::Operation& o, std::int64_t batch, const std::vector<Argument>& x, Numbers& y) {         \
    forward_terms(o, batch, x, y);                                                                                  \
  }                                                                                                                 \
  void backward_of(const op::Operation& o, std::int64_t batch, const std::vector<Argument>& x, const Numbers& dy) { \
    backward_terms(o, batch, x, dy);                                                                                \
  }
HOURGLASS_OF_TERMS(Pool2d)
HOURGLASS_OF_TERMS(Resize2d)
HOURGLASS_OF_TERMS(Concat)
HOURGLASS_OF_TERMS(Slice)
HOURGLASS_OF_TERMS(Transpose)
HOURGLASS_OF_TERMS(Reduce)
HOURGLASS_OF_TERMS(Gather)
#undef HOURGLASS_OF_TERMS

void forward_of(const op::StopGradient&, std::int64_t, const std::vector<Argument>& x, Numbers& y) { y = *x[0].value; }
void backward_of(const op::StopGradient&, std::int64_t, const std::vector<Argument>&, const Numbers&) {}

void forward_of(const op::StraightThrough&, std::int64_t, const std::vector<Argument>& x, Numbers& y) {
  y = *x[1].value;
}
void backward_of(const op::StraightThrough&, std::int64_t, const std::vector<Argument>& x, const Numbers& dy) {
  for (std::size_t i = 0; i < dy.size(); ++i) (*x[0].gradient)[i] += dy[i];
}

void forward_of(const op::Nearest&, std::int64_t, const std::vector<Argument>& x, Numbers& y) {
  const Numbers &vectors = *x[0].value, &codebook = *x[1].value;
  const auto width = static_cast<std::size_t>(x[1].shape.dims[1]);
  for (std::size_t i = 0; i < y.size(); ++i) {
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t e = 0; e * width < codebook.size(); ++e) {
      double distance = 0;
      for (std::size_t d = 0; d < width; ++d) distance += std::pow(vectors[i * width + d] - codebook[e * width + d], 2);
      if (distance < least) least = distance, y[i] = static_cast<double>(e);
    }
  }
}
void backward_of(const op::Nearest&, std::int64_t, const std::vector<Argument>&, const Numbers&) {}

}  // namespace hourglass::compute::test
