// Batches of one size through compiled plans.
#include "evaluate/inference.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <stdexcept>
#include <string>

namespace hourglass::evaluate {
namespace {

constexpr std::int64_t kBatch = 256;

}  // namespace

bool needs(const subject::Autoencoder& autoencoder, compute::Leaf leaf, Node from, Node to) {
  const auto& nodes = autoencoder.network->nodes();
  const auto needed = autoencoder.network->needed_for(std::array{to}, std::array{from});
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (needed[i] && nodes[i].leaf == leaf && static_cast<int>(i) != from.id) return true;
  }
  return false;
}

void Inference::encode(std::span<const float> images, std::span<float> codes) {
  apply(encoder_, autoencoder_.image, autoencoder_.code, images, codes);
}

void Inference::decode(std::span<const float> codes, std::span<float> images) {
  apply(decoder_, autoencoder_.decoder_input, autoencoder_.reconstruction, codes, images);
}

void Inference::reconstruct(std::span<const float> images, std::span<float> out) {
  apply(whole_, autoencoder_.image, autoencoder_.reconstruction, images, out);
}

void Inference::apply(std::optional<compute::Plan>& plan, Node from, Node to, std::span<const float> in,
                      std::span<float> out) {
  const auto in_size = static_cast<std::size_t>(from.shape().size()),
             out_size = static_cast<std::size_t>(to.shape().size());
  const auto count = in.size() / in_size;
  if (in.size() != count * in_size || out.size() != count * out_size) {
    throw std::invalid_argument("the model maps " + to_string(from.shape()) + " to " + to_string(to.shape()) +
                                ", but got " + std::to_string(in.size()) + " numbers in and room for " +
                                std::to_string(out.size()) + " out");
  }
  if (!plan) {
    if (needs(autoencoder_, compute::Leaf::image, from, to)) {
      throw std::invalid_argument("the decoder of " + autoencoder_.name +
                                  " reads the image beside the code, so that a code alone cannot be decoded");
    }
    if (needs(autoencoder_, compute::Leaf::labels, from, to)) {
      throw std::invalid_argument("the network of " + autoencoder_.name + " needs labels on the way from " +
                                  to_string(from.shape()) + " to " + to_string(to.shape()) +
                                  ", and what a task gives it comes without labels");
    }
    compute::PlanSpec spec{.batch = kBatch, .training = false, .feeds = {}, .outputs = {to}, .objective = {}};
    if (from.id != autoencoder_.image.id) spec.feeds = {from};
    plan.emplace(*autoencoder_.network, model_, spec);
  }
  const auto fed = plan->feed(from);
  for (std::size_t first = 0; first < count; first += kBatch) {
    const auto n = std::min<std::size_t>(kBatch, count - first);
    std::copy_n(in.begin() + static_cast<std::ptrdiff_t>(first * in_size), n * in_size, fed.begin());
    std::fill(fed.begin() + static_cast<std::ptrdiff_t>(n * in_size), fed.end(), 0.0F);
    plan->forward();
    std::copy_n(plan->value(to).begin(), n * out_size, out.begin() + static_cast<std::ptrdiff_t>(first * out_size));
  }
}

}  // namespace hourglass::evaluate
