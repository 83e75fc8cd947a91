// All kinds of networks in training, for tests of whole steps.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "compute/optimise/optimizers.hpp"
#include "compute/training.hpp"

namespace hourglass::compute::test {

/// A kind of network: image [N, 1, 14, 14] -> output of the same shape.
struct Kind {
  std::string name;
  std::function<Node(Node image)> build;
  Precision precision = Precision::f32;
  bool convolutional = false;
};

inline Node sparse_network(Node image) {
  Graph& graph = *image.graph;
  const auto weight = [&](const char* layer) {
    return graph.parameter(layer, "weight", {240, 196}, {Init::Kind::uniform, 0.1});
  };
  const Node units = relu(dense_transposed(flatten(image), weight("up"), graph.parameter("up", "bias", {240}, {})));
  return to_image(dense(top_k(units, 12), {weight("down"), graph.parameter("down", "bias", {196}, {})}), {1, 14, 14});
}

inline Node strided_network(Node image) {
  const ConvOptions half{.stride = 2, .padding = 1};
  Node x = relu(conv2d(image, 16, half));
  x = relu(conv2d(x, 24, half));
  x = reshape(relu(dense(dense(flatten(x), 10), x.shape().size())), x.shape().dims);
  x = relu(conv_transpose2d(x, 16, half, {0, 0}));
  return conv_transpose2d(x, 1, half, {1, 1});
}

inline Node pooled_network(Node image) {
  const ConvOptions same{.padding = 1};
  Node x = spatial_dropout(max_pool2d(relu(batch_norm(conv2d(image, 16, same))), 2), 0.2);
  const Node skip = x;
  x = average_pool2d(swish(group_norm(conv2d(x, 8, same), 4)), 2, 2, 1);
  x = resize2d(layer_norm(x), {7, 7}, op::ResizeKind::bilinear);
  x = upsample2d(relu(conv2d(concat({x, skip}), 16, same)), 2);
  return conv2d(x, 1, same);
}

inline Node sampled_network(Node image) {
  Graph& graph = *image.graph;
  const Node h = gelu(dense(dropout(flatten(image), 0.1), 40));
  const Node mean = dense(h, 8), log_variance = 0.1 * dense(h, 8);
  graph.penalty("kl", 0.5 * (exp(log_variance) + square(mean) - log_variance - 1.0), 0.01);
  return to_image(dense(tanh(dense(sample_gaussian(mean, log_variance), 40)), 196), {1, 14, 14});
}

// One weight used in both directions, with a penalty and a further use without gradient; and one unused weight.
inline Node tied_network(Node image) {
  Graph& graph = *image.graph;
  const Node weight = graph.parameter("tied", "weight", {196, 30}, {Init::Kind::uniform, 0.1});
  graph.parameter("idle", "weight", {5, 7}, {Init::Kind::uniform, 0.1});
  graph.penalty("decay", square(weight), 1e-3);
  const Node h = tanh(dense(flatten(image), {weight, graph.parameter("tied", "up", {30}, {})}));
  const Node again = dense(flatten(image), {stop_gradient(weight), graph.parameter("tied", "again", {30}, {})});
  return to_image(dense_transposed(h * again, weight, graph.parameter("tied", "down", {196}, {})), {1, 14, 14});
}

inline std::vector<Kind> kinds() {
  std::vector<Kind> all = {{"sampled", sampled_network},
                           {"sparse", sparse_network},
                           {"tied", tied_network},
                           {.name = "strided", .build = strided_network, .convolutional = true},
                           {.name = "pooled", .build = pooled_network, .convolutional = true}};
  if (missing_for(Precision::bf16).empty()) {
    all.push_back({"dense in bf16", sampled_network, Precision::bf16});
    all.push_back({"strided in bf16", strided_network, Precision::bf16, true});
  }
  return all;
}

/// One of them with its model, plan and Adam.
class Trained {
 public:
  enum class Updates { after, on_the_way };

  explicit Trained(const Kind& kind, std::int64_t batch = 70, Updates updates = Updates::after,
                   const std::string& optimizer = "adam")
      : on_the_way_(updates == Updates::on_the_way) {
    const Node image = network_.image(), output = kind.build(image);
    model_ = std::make_unique<Model>(network_, !on_the_way_);
    model_->initialise(network_, 3);
    plan_ = std::make_unique<Plan>(network_, *model_,
                                   PlanSpec{.batch = batch,
                                            .training = true,
                                            .hands_out_gradients = on_the_way_,
                                            .precision = kind.precision,
                                            .feeds = {},
                                            .outputs = {},
                                            .objective = Objective{output, Activation::sigmoid, Loss::bce, false}});
    const auto images = draw(plan_->feed(image).size(), 5, 0, 1);
    std::copy(images.begin(), images.end(), plan_->feed(image).begin());
    std::copy(images.begin(), images.end(), plan_->target().begin());
    optimizer_ = make_optimizer(network_, optimizer, optimizer_values(optimizer));
  }

  /// Takes a step and returns its loss; `index` counts from 1.
  double step(int index) {
    const Losses losses = plan_->forward({.seed = 11, .step = static_cast<std::uint64_t>(index)});
    const Update update{.learning_rate = 0.01, .step = index, .gradient_scale = 1, .loss = losses.total};
    if (on_the_way_) {
      plan_->backward([&](int parameter, const float* gradient) {
        optimizer_->update_parameter(*model_, update, parameter, gradient);
      });
    } else {
      plan_->backward();
      optimizer_->update(*model_, update);
    }
    return losses.total;
  }

  std::span<const float> parameters() const { return model_->parameters(); }

 private:
  bool on_the_way_;
  Network network_{{1, 14, 14}, 0};
  std::unique_ptr<Model> model_;
  std::unique_ptr<Plan> plan_;
  std::unique_ptr<Optimizer> optimizer_;
};

}  // namespace hourglass::compute::test
