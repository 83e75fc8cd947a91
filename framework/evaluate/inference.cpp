// Runs batches of a fixed size through compiled plans.
#include "evaluate/inference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <stdexcept>

namespace hourglass::evaluate {

bool needs(const subject::Autoencoder& autoencoder, compute::Leaf leaf, Node from, Node to) {
  const auto& nodes = autoencoder.network->nodes();
  const auto given = from ? std::span<const Node>(&from, 1) : std::span<const Node>();
  const auto needed = autoencoder.network->needed_for(std::array{to}, given);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (needed[i] && nodes[i].leaf == leaf && static_cast<int>(i) != from.id) return true;
  }
  return false;
}

bool reads_labels(const subject::Autoencoder& autoencoder) {
  const std::array outputs = {autoencoder.code, autoencoder.reconstruction, autoencoder.prior_sample,
                              autoencoder.log_prior, autoencoder.log_posterior};
  return std::ranges::any_of(outputs,
                             [&](Node node) { return node && needs(autoencoder, compute::Leaf::labels, {}, node); });
}

void check_labels(const subject::Autoencoder& autoencoder, Labels labels, std::int64_t rows) {
  if (static_cast<std::int64_t>(labels.size()) != rows) {
    throw std::invalid_argument(fmt::format("the network of {} expects a label for each of {} rows, but got {}",
                                            autoencoder.name, rows, labels.size()));
  }
  const auto classes = autoencoder.network->classes();
  const auto outside = std::ranges::find_if(labels, [&](std::int32_t label) { return label < 0 || label >= classes; });
  if (outside != labels.end()) {
    throw std::invalid_argument(fmt::format("label {} is out of range: expected 0 to {}, but got {}",
                                            outside - labels.begin(), classes - 1, *outside));
  }
}

void feed_labels(const subject::Autoencoder& autoencoder, compute::Plan& plan, Labels labels) {
  const auto out = plan.feed(autoencoder.network->labels());
  const auto classes = static_cast<std::size_t>(autoencoder.network->classes());
  std::ranges::fill(out, 0.0F);
  for (std::size_t i = 0; i < labels.size(); ++i) out[i * classes + static_cast<std::size_t>(labels[i])] = 1;
}

Inference::Inference(const subject::Autoencoder& autoencoder, compute::Model& model, Node from, Node to, StopFlag stop)
    : autoencoder_(autoencoder),
      model_(model),
      from_(from),
      to_(to),
      reads_labels_(needs(autoencoder, compute::Leaf::labels, from, to)),
      stop_(stop) {}

void Inference::compile() {
  if (needs(autoencoder_, compute::Leaf::image, from_, to_)) {
    throw std::invalid_argument("the decoder of " + autoencoder_.name +
                                " reads the image as well as the code, so it cannot decode a code alone");
  }
  compute::PlanSpec spec{.batch = kInferenceBatch, .training = false, .feeds = {}, .outputs = {to_}, .objective = {}};
  if (from_.id != autoencoder_.image.id) spec.feeds = {from_};
  plan_.emplace(*autoencoder_.network, model_, spec);
}

void Inference::apply(std::span<const float> in, std::span<float> out, Labels labels) {
  const auto in_size = static_cast<std::size_t>(from_.shape().size()),
             out_size = static_cast<std::size_t>(to_.shape().size());
  const auto count = in.size() / in_size;
  if (in.size() != count * in_size || out.size() != count * out_size) {
    throw std::invalid_argument(fmt::format("the model maps {} to {}, but got {} input numbers and room for {} outputs",
                                            to_string(from_.shape()), to_string(to_.shape()), in.size(), out.size()));
  }
  if (reads_labels_) check_labels(autoencoder_, labels, static_cast<std::int64_t>(count));
  if (!plan_) compile();
  const auto fed = plan_->feed(from_);
  for (std::size_t first = 0; first < count; first += kInferenceBatch) {
    stop_.check();
    const auto n = std::min<std::size_t>(kInferenceBatch, count - first);
    std::copy_n(in.begin() + static_cast<std::ptrdiff_t>(first * in_size), n * in_size, fed.begin());
    std::fill(fed.begin() + static_cast<std::ptrdiff_t>(n * in_size), fed.end(), 0.0F);
    if (reads_labels_) feed_labels(autoencoder_, *plan_, labels.subspan(first, n));
    plan_->forward();
    std::copy_n(plan_->value(to_).begin(), n * out_size, out.begin() + static_cast<std::ptrdiff_t>(first * out_size));
  }
}

}  // namespace hourglass::evaluate
