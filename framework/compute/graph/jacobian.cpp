// Jacobians as nodes: the chain rule, written backward from a code to what it is computed from, operation by operation.
#include <array>
#include <cmath>
#include <map>
#include <numbers>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "compute/graph/network.hpp"
#include "hourglass/nodes.hpp"

namespace hourglass::compute {
namespace {

/// f'(x) and f''(x) of a non-linearity.
std::array<double, 2> derivatives(Activation kind, double alpha, double x) {
  const double logistic = 1 / (1 + std::exp(-x)), slope = logistic * (1 - logistic);
  switch (kind) {
    case Activation::identity: return {1, 0};
    case Activation::relu: return {x > 0 ? 1.0 : 0.0, 0};
    case Activation::leaky_relu: return {x > 0 ? 1 : alpha, 0};
    case Activation::elu: return x > 0 ? std::array{1.0, 0.0} : std::array{alpha * std::exp(x), alpha * std::exp(x)};
    case Activation::gelu: {
      const double density = std::exp(-0.5 * x * x) / std::sqrt(2 * std::numbers::pi);
      return {0.5 * std::erfc(-x / std::numbers::sqrt2) + x * density, (2 - x * x) * density};
    }
    case Activation::tanh: {
      const double y = std::tanh(x);
      return {1 - y * y, -2 * y * (1 - y * y)};
    }
    case Activation::sigmoid: return {slope, slope * (1 - 2 * logistic)};
    case Activation::softplus: return {logistic, slope};
    case Activation::swish: return {logistic + x * slope, slope * (2 + x * (1 - 2 * logistic))};
  }
  throw std::logic_error("an activation has no derivative");
}

/// x -> f'(x).
class Slope final : public CustomOperation {
 public:
  explicit Slope(const op::Activate& activate) : activate_(activate) {}

  std::string name() const override { return "slope"; }
  Shape infer(std::span<const Shape> inputs) const override { return inputs[0]; }
  void forward(std::int64_t, std::span<const std::span<const float>> inputs, std::span<float> output) const override {
    for (std::size_t i = 0; i < output.size(); ++i) output[i] = derivative(inputs[0][i], 0);
  }
  void backward(std::int64_t, std::span<const std::span<const float>> inputs, std::span<const float>,
                std::span<const float> output_gradient,
                std::span<const std::span<float>> input_gradients) const override {
    for (std::size_t i = 0; i < input_gradients[0].size(); ++i) {
      input_gradients[0][i] += output_gradient[i] * derivative(inputs[0][i], 1);
    }
  }

 private:
  float derivative(float x, std::size_t order) const {
    return static_cast<float>(derivatives(activate_.kind, activate_.alpha, static_cast<double>(x))[order]);
  }

  op::Activate activate_;
};

/// Of a tensor that is repeated K times, [N * K, K]: row k of each sample is the unit vector k.
class UnitVectors final : public CustomOperation {
 public:
  std::string name() const override { return "unit_vectors"; }
  Shape infer(std::span<const Shape> inputs) const override { return inputs[0]; }
  void forward(std::int64_t batch, std::span<const std::span<const float>>, std::span<float> output) const override {
    std::ranges::fill(output, 0.0f);
    const std::size_t rows = static_cast<std::size_t>(batch), size = output.size() / rows;
    for (std::size_t row = 0; row < rows; ++row) output[row * size + row % size] = 1;
  }
  void backward(std::int64_t, std::span<const std::span<const float>>, std::span<const float>, std::span<const float>,
                std::span<const std::span<float>>) const override {}
};

/// x, maxima of one shape -> 1 where x is the maximum, else 0.
class IsMaximum final : public CustomOperation {
 public:
  std::string name() const override { return "is_maximum"; }
  Shape infer(std::span<const Shape> inputs) const override { return inputs[0]; }
  void forward(std::int64_t, std::span<const std::span<const float>> inputs, std::span<float> output) const override {
    for (std::size_t i = 0; i < output.size(); ++i) output[i] = inputs[0][i] >= inputs[1][i] ? 1.0f : 0.0f;
  }
  void backward(std::int64_t, std::span<const std::span<const float>>, std::span<const float>, std::span<const float>,
                std::span<const std::span<float>>) const override {}
};

/// Carries a cotangent of y back to x.
class Pullback {
 public:
  Pullback(Network& network, Node y, Node x) : network_(network), y_(y), x_(x), depends_(network.nodes().size()) {
    for (int id = x.id; id <= y.id; ++id) {
      bool depends = id == x.id;
      for (const int input : record(id).inputs) depends = depends || depends_[static_cast<std::size_t>(input)];
      depends_[static_cast<std::size_t>(id)] = depends;
    }
    if (y.id < x.id || !depends_[static_cast<std::size_t>(y.id)]) {
      throw std::invalid_argument("the Jacobian of " + record(y.id).name + " with respect to " + record(x.id).name +
                                  " is zero: the former does not depend on the latter");
    }
  }

  /// [N, 1]: the sum of the squared Jacobian, if y is f(dense(x)); sum_j f'_j^2 sum_i W_ij^2 (Rifai et al. 2011).
  std::optional<Node> of_one_layer() const {
    Node factor;
    int id = y_.id;
    if (const auto* activate = std::get_if<op::Activate>(&record(id).operation); activate && !leaf(id)) {
      id = record(id).inputs[0];
      factor = square(custom(std::make_shared<Slope>(*activate), {node(id)}));  // [N, K]
    }
    if (leaf(id) || !std::holds_alternative<op::Dense>(record(id).operation)) return std::nullopt;
    const auto& dense = record(id);
    if (!is_shifted_x(dense.inputs[0])) return std::nullopt;
    const bool transposed = std::get<op::Dense>(dense.operation).transposed;
    const Node norms = reduce_sum(square(node(dense.inputs[1])), {transposed ? 1 : 0});  // [K]
    const Node terms = factor ? factor * norms : 0.0 * node(id) + norms;
    return reshape(reduce_sum(terms, {0}), {1});
  }

  /// [N * K, ...] of y's shape -> of x's shape.
  Node of(Node cotangent) {
    cotangents_[y_.id] = cotangent;
    for (int id = y_.id; id > x_.id; --id) {
      const auto found = cotangents_.find(id);
      if (found == cotangents_.end()) continue;
      const Back back{*this, id, found->second};
      std::visit(back, record(id).operation);
    }
    return cotangents_.at(x_.id);
  }

 private:
  /// The rule of each operation: gives the cotangents of its inputs.
  struct Back {
    Pullback& pullback;
    int id;
    Node c;

    Node input(std::size_t i) const { return pullback.node(pullback.record(id).inputs[i]); }
    Node output() const { return pullback.node(id); }
    void give(std::size_t i, Node cotangent) const { pullback.give(pullback.record(id).inputs[i], cotangent); }
    bool wants(std::size_t i) const {
      return pullback.depends_[static_cast<std::size_t>(pullback.record(id).inputs[i])];
    }
    const std::vector<std::int64_t>& dims(std::size_t i) const { return input(i).shape().dims; }

    void operator()(const op::Dense& dense) const {
      give(0, pullback.network_.apply(op::Dense{!dense.transposed}, {c, input(1)}));
    }
    void operator()(const op::Conv2d& conv) const {
      const auto& [stride, padding, dilation] = conv.window;
      Extent missing;
      for (std::size_t i = 0; i < 2; ++i) {
        const auto kernel = dims(1)[i + 2];
        const auto covered = (output().shape().dims[i + 1] - 1) * stride[i] - 2 * padding[i];
        missing[i] = dims(0)[i + 1] - (covered + dilation[i] * (kernel - 1) + 1);
      }
      give(0, pullback.network_.apply(op::ConvTranspose2d{conv.window, missing, conv.groups}, {c, input(1)}));
    }
    void operator()(const op::Pool2d& pool) const {
      const auto& kernel = pool.kernel;
      const auto& size = output().shape().dims;
      const bool tiles = kernel == pool.window.stride && pool.window.padding == Extent{0, 0} &&
                         pool.window.dilation == Extent{1, 1} && size[1] * kernel[0] == dims(0)[1] &&
                         size[2] * kernel[1] == dims(0)[2];
      if (!tiles) return refuse("windows that do not tile the image");
      const Extent extent{dims(0)[1], dims(0)[2]};
      const Node spread = resize2d(c, extent);
      if (pool.kind == op::PoolKind::average) {
        give(0, spread / static_cast<double>(kernel[0] * kernel[1]));
      } else {
        const Node maxima = stop_gradient(resize2d(output(), extent));
        give(0, spread * custom(std::make_shared<IsMaximum>(), {stop_gradient(input(0)), maxima}));
      }
    }
    void operator()(const op::Activate& activate) const {
      give(0, c * custom(std::make_shared<Slope>(activate), {input(0)}));
    }
    void operator()(const op::Softmax&) const {
      if (output().shape().dims.size() != 1) return refuse("more than one dimension");
      give(0, output() * (c - reshape(reduce_sum(c * output(), {0}), {1})));
    }
    void operator()(const op::Reshape&) const { give(0, reshape(c, dims(0))); }
    void operator()(const op::Transpose& transposition) const {
      std::vector<int> inverse(transposition.order.size());
      for (std::size_t i = 0; i < inverse.size(); ++i) {
        inverse[static_cast<std::size_t>(transposition.order[i])] = static_cast<int>(i);
      }
      give(0, transpose(c, inverse));
    }
    void operator()(const op::Concat& concat) const {
      std::int64_t begin = 0;
      for (std::size_t i = 0; i < pullback.record(id).inputs.size(); ++i) {
        const auto size = dims(i)[static_cast<std::size_t>(concat.axis)];
        if (wants(i)) give(i, slice(c, concat.axis, begin, begin + size));
        begin += size;
      }
    }
    void operator()(const op::Affine& affine) const { give(0, affine.scale * c); }
    void operator()(const op::Unary& unary) const {
      switch (unary.kind) {
        case op::UnaryKind::square: return give(0, c * (2.0 * input(0)));
        case op::UnaryKind::sqrt: return give(0, c / (2.0 * output()));
        case op::UnaryKind::exp: return give(0, c * output());
        case op::UnaryKind::log: return give(0, c / input(0));
        case op::UnaryKind::abs: return refuse("a kink at 0");
      }
    }
    void operator()(const op::Binary& binary) const {
      for (std::size_t i = 0; i < 2; ++i) {
        if (wants(i) && input(i).shape() != output().shape()) return refuse("an input that is broadcast");
      }
      switch (binary.kind) {
        case op::BinaryKind::add:
        case op::BinaryKind::subtract:
          if (wants(0)) give(0, c);
          if (wants(1)) give(1, binary.kind == op::BinaryKind::add ? c : -c);
          return;
        case op::BinaryKind::multiply:
          if (wants(0)) give(0, c * input(1));
          if (wants(1)) give(1, c * input(0));
          return;
        case op::BinaryKind::divide:
          if (wants(0)) give(0, c / input(1));
          if (wants(1)) give(1, -(c * output() / input(1)));
          return;
      }
    }
    template <class Other>
    void operator()(const Other&) const {
      refuse("");
    }

    void refuse(const std::string& because) const {
      throw std::invalid_argument("the Jacobian of " + pullback.record(pullback.y_.id).name + " is not known through " +
                                  pullback.record(id).name + (because.empty() ? "" : ", which has " + because) +
                                  "; use dense layers, convolutions and smooth non-linearities between the image and "
                                  "the code, without normalisation or dropout");
    }
  };

  const NodeRecord& record(int id) const { return network_.nodes()[static_cast<std::size_t>(id)]; }
  Node node(int id) const { return {&network_, id}; }
  bool leaf(int id) const { return record(id).leaf != Leaf::none; }

  void give(int id, Node cotangent) {
    if (!depends_[static_cast<std::size_t>(id)]) return;
    const auto [place, fresh] = cotangents_.try_emplace(id, cotangent);
    if (!fresh) place->second = place->second + cotangent;
  }

  /// x with another shape, or plus something constant.
  bool is_shifted_x(int id) const {
    if (id == x_.id) return true;
    if (leaf(id)) return false;
    const auto& operation = record(id).operation;
    const auto& inputs = record(id).inputs;
    if (std::holds_alternative<op::Reshape>(operation)) return is_shifted_x(inputs[0]);
    const auto* binary = std::get_if<op::Binary>(&operation);
    if (binary == nullptr || node(inputs[0]).shape() != node(id).shape()) return false;
    const bool shifts = binary->kind == op::BinaryKind::add || binary->kind == op::BinaryKind::subtract;
    return shifts && !depends_[static_cast<std::size_t>(inputs[1])] && is_shifted_x(inputs[0]);
  }

  Network& network_;
  Node y_, x_;
  std::vector<bool> depends_;  // by node up to y: is computed from x
  std::map<int, Node> cotangents_;
};

}  // namespace

void Network::jacobian_penalty(std::string_view name, Node y, Node x, PenaltyWeight weight) {
  record(x);
  if (record(y).draws > 1) throw std::invalid_argument(record(y).name + ": the Jacobian of a repeated tensor");
  if (const auto& shape = record(y).shape; !shape.batched || shape.dims.size() != 1) {
    throw std::invalid_argument(record(y).name + ": a Jacobian expects [N, K], but got " + to_string(shape));
  }
  Pullback pullback(*this, y, x);
  if (const auto closed = pullback.of_one_layer()) return penalty(name, *closed, weight);
  const auto units = record(y).shape.size();
  const Node basis = custom(std::make_shared<UnitVectors>(), {stop_gradient(repeat(y, units))});  // [N * K, K]
  const Node rows = flatten(pullback.of(basis));  // [N * K, D], a row of the Jacobian each
  // Penalties are averaged over repeated samples, but a norm is the sum of its rows.
  penalty(name, static_cast<double>(units) * reduce_sum(square(rows), {0}), weight);
}

}  // namespace hourglass::compute
