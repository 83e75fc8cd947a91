// Textbook formulas, forward and backward.
#include "compute/reference.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "compute/reference_conv.hpp"
#include "compute/reference_sparse.hpp"
#include "compute/reference_terms.hpp"

namespace hourglass::compute::test {
namespace {

// Index into an operand for element i of a result with these dimensions, broadcast as in NumPy; an operand without a
// batch is broadcast over it.
std::size_t at(const Argument& x, const std::vector<std::int64_t>& dims, std::size_t i) {
  auto left = static_cast<std::int64_t>(i);
  std::int64_t index = 0, stride = 1;
  for (std::size_t k = 0; k < dims.size(); ++k) {
    const std::int64_t dim = dims[dims.size() - 1 - k], position = left % dim;
    left /= dim;
    if (k >= x.shape.dims.size()) continue;
    const std::int64_t own = x.shape.dims[x.shape.dims.size() - 1 - k];
    if (own > 1) index += position * stride;
    stride *= own;
  }
  return static_cast<std::size_t>(index + (x.shape.batched ? left * stride : 0));
}

std::vector<std::int64_t> broadcast(const Argument& a, const Argument& b) {
  const auto& longer = a.shape.dims.size() < b.shape.dims.size() ? b.shape.dims : a.shape.dims;
  const auto& shorter = a.shape.dims.size() < b.shape.dims.size() ? a.shape.dims : b.shape.dims;
  auto dims = longer;
  for (std::size_t k = 0; k < shorter.size(); ++k) {
    std::int64_t& dim = dims[dims.size() - 1 - k];
    dim = std::max(dim, shorter[shorter.size() - 1 - k]);
  }
  return dims;
}

ConvArguments conv_arguments(std::int64_t batch, const std::vector<Argument>& x) {
  ConvArguments arguments{.batch = batch, .values = {}, .gradients = {}, .shapes = {}};
  for (const Argument& each : x) {
    arguments.values.push_back(each.value);
    arguments.gradients.push_back(each.gradient);
    arguments.shapes.push_back(each.shape);
  }
  return arguments;
}

struct Forward {
  std::int64_t batch;
  std::vector<Argument> x;
  Numbers& y;

  void operator()(const op::Dense& dense) const {
    const auto inputs = x[0].shape.size(), outputs = static_cast<std::int64_t>(y.size()) / batch;
    for (std::int64_t n = 0; n < batch; ++n) {
      for (std::int64_t k = 0; k < outputs; ++k) {
        double sum = x.size() > 2 ? (*x[2].value)[static_cast<std::size_t>(k)] : 0;
        for (std::int64_t d = 0; d < inputs; ++d) {
          const auto weight = static_cast<std::size_t>(dense.transposed ? k * inputs + d : d * outputs + k);
          sum += (*x[0].value)[static_cast<std::size_t>(n * inputs + d)] * (*x[1].value)[weight];
        }
        y[static_cast<std::size_t>(n * outputs + k)] = sum;
      }
    }
  }
  void operator()(const op::Conv2d& conv) const { conv_forward(conv, conv_arguments(batch, x), y); }
  void operator()(const op::ConvTranspose2d& conv) const { conv_forward(conv, conv_arguments(batch, x), y); }
  void operator()(const op::Activate& a) const {
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = reference_activation(a.kind, a.alpha, (*x[0].value)[i]);
  }
  void operator()(const op::Reshape&) const { y = *x[0].value; }
  void operator()(const op::Dropout&) const { y = *x[0].value; }
  void operator()(const op::Binary& binary) const {
    const auto dims = broadcast(x[0], x[1]);
    for (std::size_t i = 0; i < y.size(); ++i) {
      const double a = (*x[0].value)[at(x[0], dims, i)], b = (*x[1].value)[at(x[1], dims, i)];
      switch (binary.kind) {
        case op::BinaryKind::add: y[i] = a + b; break;
        case op::BinaryKind::subtract: y[i] = a - b; break;
        case op::BinaryKind::multiply: y[i] = a * b; break;
        case op::BinaryKind::divide: y[i] = a / b; break;
      }
    }
  }
  void operator()(const op::Unary& unary) const {
    for (std::size_t i = 0; i < y.size(); ++i) {
      const double v = (*x[0].value)[i];
      switch (unary.kind) {
        case op::UnaryKind::abs: y[i] = std::abs(v); break;
        case op::UnaryKind::square: y[i] = v * v; break;
        case op::UnaryKind::sqrt: y[i] = std::sqrt(v); break;
        case op::UnaryKind::exp: y[i] = std::exp(v); break;
        case op::UnaryKind::log: y[i] = std::log(v); break;
      }
    }
  }
  void operator()(const op::Affine& affine) const {
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = affine.scale * (*x[0].value)[i] + affine.shift;
  }
  void operator()(const op::BatchMean&) const {
    for (std::size_t i = 0; i < x[0].value->size(); ++i) {
      y[i % y.size()] += (*x[0].value)[i] / static_cast<double>(batch);
    }
  }
  void operator()(const op::TopK& top_k) const {
    const Numbers kept = kept_of(top_k, batch, *x[0].value);
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = kept[i] * (*x[0].value)[i];
  }
  template <class Other>
  void operator()(const Other& other) const {
    if constexpr (requires { forward_of(other, batch, x, y); }) {
      forward_of(other, batch, x, y);
    } else {
      throw std::logic_error("the reference does not know this operation");
    }
  }
};

struct Backward {
  std::int64_t batch;
  std::vector<Argument> x;
  const Numbers& dy;

  void operator()(const op::Dense& dense) const {
    const auto inputs = x[0].shape.size(), outputs = static_cast<std::int64_t>(dy.size()) / batch;
    for (std::int64_t n = 0; n < batch; ++n) {
      for (std::int64_t k = 0; k < outputs; ++k) {
        const double gradient = dy[static_cast<std::size_t>(n * outputs + k)];
        if (x.size() > 2) (*x[2].gradient)[static_cast<std::size_t>(k)] += gradient;
        for (std::int64_t d = 0; d < inputs; ++d) {
          const auto weight = static_cast<std::size_t>(dense.transposed ? k * inputs + d : d * outputs + k);
          const auto element = static_cast<std::size_t>(n * inputs + d);
          (*x[0].gradient)[element] += gradient * (*x[1].value)[weight];
          (*x[1].gradient)[weight] += gradient * (*x[0].value)[element];
        }
      }
    }
  }
  void operator()(const op::Conv2d& conv) const { conv_backward(conv, conv_arguments(batch, x), dy); }
  void operator()(const op::ConvTranspose2d& conv) const { conv_backward(conv, conv_arguments(batch, x), dy); }
  void operator()(const op::Activate& a) const {
    for (std::size_t i = 0; i < dy.size(); ++i) {
      (*x[0].gradient)[i] += dy[i] * reference_derivative(a.kind, a.alpha, (*x[0].value)[i]);
    }
  }
  void operator()(const op::Reshape&) const { pass(); }
  void operator()(const op::Dropout&) const { pass(); }
  void operator()(const op::Binary& binary) const {
    const auto dims = broadcast(x[0], x[1]);
    for (std::size_t i = 0; i < dy.size(); ++i) {
      const std::size_t ia = at(x[0], dims, i), ib = at(x[1], dims, i);
      const double a = (*x[0].value)[ia], b = (*x[1].value)[ib];
      double da = 1, db = 1;
      switch (binary.kind) {
        case op::BinaryKind::add: break;
        case op::BinaryKind::subtract: db = -1; break;
        case op::BinaryKind::multiply: da = b, db = a; break;
        case op::BinaryKind::divide: da = 1 / b, db = -a / (b * b); break;
      }
      (*x[0].gradient)[ia] += da * dy[i];
      (*x[1].gradient)[ib] += db * dy[i];
    }
  }
  void operator()(const op::Unary& unary) const {
    for (std::size_t i = 0; i < dy.size(); ++i) {
      const double v = (*x[0].value)[i];
      double slope = 0;
      switch (unary.kind) {
        case op::UnaryKind::abs: slope = v > 0 ? 1 : (v < 0 ? -1 : 0); break;
        case op::UnaryKind::square: slope = 2 * v; break;
        case op::UnaryKind::sqrt: slope = 0.5 / std::sqrt(v); break;
        case op::UnaryKind::exp: slope = std::exp(v); break;
        case op::UnaryKind::log: slope = 1 / v; break;
      }
      (*x[0].gradient)[i] += slope * dy[i];
    }
  }
  void operator()(const op::Affine& affine) const {
    for (std::size_t i = 0; i < dy.size(); ++i) (*x[0].gradient)[i] += affine.scale * dy[i];
  }
  void operator()(const op::BatchMean&) const {
    for (std::size_t i = 0; i < x[0].gradient->size(); ++i) {
      (*x[0].gradient)[i] += dy[i % dy.size()] / static_cast<double>(batch);
    }
  }
  void operator()(const op::TopK& top_k) const {
    const Numbers kept = kept_of(top_k, batch, *x[0].value);
    for (std::size_t i = 0; i < dy.size(); ++i) (*x[0].gradient)[i] += kept[i] * dy[i];
  }
  template <class Other>
  void operator()(const Other& other) const {
    if constexpr (requires { backward_of(other, batch, x, dy); }) {
      backward_of(other, batch, x, dy);
    } else {
      throw std::logic_error("the reference does not know this operation");
    }
  }

 private:
  void pass() const {
    for (std::size_t i = 0; i < dy.size(); ++i) (*x[0].gradient)[i] += dy[i];
  }
};

double usual_alpha(Activation kind) { return kind == Activation::leaky_relu ? 0.01 : 1.0; }

// The loss of one sample, and its derivative with respect to the output z before the non-linearity.
double sample_loss(const Objective& objective, const double* z, const double* t, double* dz, std::size_t size) {
  const Activation f = objective.nonlinearity;
  double loss = 0;
  if (objective.loss == Loss::softmax_cross_entropy) {
    double total = 0, weight = 0;
    for (std::size_t j = 0; j < size; ++j) total += std::exp(z[j]), weight += t[j];
    for (std::size_t j = 0; j < size; ++j) {
      loss -= t[j] * std::log(std::exp(z[j]) / total);
      dz[j] = weight * std::exp(z[j]) / total - t[j];
    }
    return loss;
  }
  const double scale = objective.sum ? 1.0 : 1.0 / static_cast<double>(size);
  for (std::size_t j = 0; j < size; ++j) {
    const double y = reference_activation(f, usual_alpha(f), z[j]);
    const double slope = reference_derivative(f, usual_alpha(f), z[j]);
    switch (objective.loss) {
      case Loss::mse:
        loss += scale * (y - t[j]) * (y - t[j]);
        dz[j] = scale * 2 * (y - t[j]) * slope;
        break;
      case Loss::l1:
        loss += scale * std::abs(y - t[j]);
        dz[j] = scale * (y > t[j] ? slope : (y < t[j] ? -slope : 0));
        break;
      default: loss -= scale * (t[j] * std::log(y) + (1 - t[j]) * std::log1p(-y)); dz[j] = scale * (y - t[j]);
    }
  }
  return loss;
}

}  // namespace

double reference_activation(Activation kind, double alpha, double x) {
  switch (kind) {
    case Activation::identity: return x;
    case Activation::relu: return std::max(x, 0.0);
    case Activation::leaky_relu: return x > 0 ? x : alpha * x;
    case Activation::elu: return x > 0 ? x : alpha * std::expm1(x);
    case Activation::gelu: return x * 0.5 * std::erfc(-x / std::numbers::sqrt2);
    case Activation::tanh: return std::tanh(x);
    case Activation::sigmoid: return 1 / (1 + std::exp(-x));
    case Activation::softplus: return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
    case Activation::swish: return x / (1 + std::exp(-x));
  }
  throw std::logic_error("the reference does not know this activation");
}

double reference_derivative(Activation kind, double alpha, double x) {
  const double s = 1 / (1 + std::exp(-x));
  switch (kind) {
    case Activation::identity: return 1;
    case Activation::relu: return x > 0 ? 1 : 0;
    case Activation::leaky_relu: return x > 0 ? 1 : alpha;
    case Activation::elu: return x > 0 ? 1 : alpha * std::exp(x);
    case Activation::gelu:
      return 0.5 * std::erfc(-x / std::numbers::sqrt2) + x * std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi);
    case Activation::tanh: return 1 - std::tanh(x) * std::tanh(x);
    case Activation::sigmoid: return s * (1 - s);
    case Activation::softplus: return s;
    case Activation::swish: return s + x * s * (1 - s);
  }
  throw std::logic_error("the reference does not know this activation");
}

Evaluation evaluate_reference(const Network& network, const Objective& objective, const ReferenceInput& input) {
  const auto& nodes = network.nodes();
  Evaluation result;
  result.values.resize(nodes.size());
  result.gradients.resize(nodes.size());
  const auto arguments = [&](const NodeRecord& node) {
    std::vector<Argument> list;
    for (const int id : node.inputs) {
      const auto i = static_cast<std::size_t>(id);
      list.push_back({&result.values[i], &result.gradients[i], nodes[i].shape});
    }
    return list;
  };
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const NodeRecord& node = nodes[i];
    const auto count = static_cast<std::size_t>((node.shape.batched ? input.batch : 1) * node.shape.size());
    result.values[i].assign(count, 0.0);
    result.gradients[i].assign(count, 0.0);
    if (const auto fed = input.fed.find(static_cast<int>(i)); fed != input.fed.end()) {
      result.values[i] = fed->second;
    } else if (node.leaf == Leaf::parameter) {
      result.values[i] = input.parameters.at(static_cast<std::size_t>(node.parameter));
    } else if (node.leaf == Leaf::none) {
      std::visit(Forward{input.batch, arguments(node), result.values[i]}, node.operation);
    }
  }

  const auto output = static_cast<std::size_t>(objective.output.id);
  const std::size_t size = result.values[output].size() / static_cast<std::size_t>(input.batch);
  for (std::size_t n = 0; n < static_cast<std::size_t>(input.batch); ++n) {
    Numbers dz(size);
    result.loss += sample_loss(objective, &result.values[output][n * size], &input.target[n * size], dz.data(), size) /
                   static_cast<double>(input.batch);
    for (std::size_t j = 0; j < size; ++j) {
      result.gradients[output][n * size + j] += dz[j] / static_cast<double>(input.batch);
    }
  }
  for (const double z : result.values[output]) {
    result.prediction.push_back(reference_activation(objective.nonlinearity, usual_alpha(objective.nonlinearity), z));
  }
  result.total = result.loss;
  for (const PenaltyRecord& penalty : network.penalties()) {
    const auto i = static_cast<std::size_t>(penalty.node);
    const double divisor = nodes[i].shape.batched ? static_cast<double>(input.batch) : 1.0;
    double value = 0;
    for (const double x : result.values[i]) value += x / divisor;
    for (double& gradient : result.gradients[i]) gradient += penalty.weight.value / divisor;
    result.penalties.push_back(value);
    result.total += penalty.weight.value * value;
  }
  for (std::size_t i = nodes.size(); i-- > 0;) {
    if (nodes[i].leaf != Leaf::none || input.fed.contains(static_cast<int>(i))) continue;
    std::visit(Backward{input.batch, arguments(nodes[i]), result.gradients[i]}, nodes[i].operation);
  }
  return result;
}

}  // namespace hourglass::compute::test
