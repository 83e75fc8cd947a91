// Runs the batches of a split, in order, through inference plans.
#include "train/validation.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "base/guest_code.hpp"

namespace hourglass::train {
namespace {

/// Steps of random codes that no training reaches: each batch has the same draws in every epoch.
constexpr std::uint64_t kFirstStep = std::uint64_t{1} << 63;

}  // namespace

results::LossParts loss_parts(double reconstruction, std::span<const double> penalties, std::span<const double> weights,
                              std::int64_t images) {
  const auto count = static_cast<double>(images);
  results::LossParts parts{.objective = reconstruction / count, .reconstruction = reconstruction / count};
  for (std::size_t i = 0; i < penalties.size(); ++i) {
    parts.penalties.push_back(penalties[i] / count);
    parts.objective += weights[i] * parts.penalties.back();
  }
  return parts;
}

double monitored(const results::LossParts& parts, const std::string& monitor, const compute::Network& network) {
  if (monitor == "objective") {
    double objective = parts.reconstruction;
    for (std::size_t i = 0; i < parts.penalties.size(); ++i)
      objective += network.penalties()[i].weight.value * parts.penalties[i];
    return objective;
  }
  constexpr std::string_view kReconstruction = "reconstruction";
  if (monitor == kReconstruction) return parts.reconstruction;
  for (std::size_t i = 0; i < network.penalties().size(); ++i) {
    if (network.penalties()[i].name == monitor) return parts.penalties.at(i);
  }
  throw std::logic_error("no part of the loss is called " + monitor);
}

results::LossParts Validation::loss(const subject::SplitView& split, std::int64_t count,
                                    std::span<const double> weights) {
  const base::GuestCode guest("measuring the loss");
  const auto& autoencoder = subject_.autoencoder;
  const auto batch_size = subject_.settings.batch_size;
  double sum = 0;
  std::vector<double> penalties(autoencoder.network->penalties().size(), 0.0);
  std::vector<std::int64_t> indices;
  for (std::int64_t first = 0; first < count; first += batch_size) {
    indices.resize(static_cast<std::size_t>(std::min(batch_size, count - first)));
    std::iota(indices.begin(), indices.end(), first);
    auto& plan = this->plan(static_cast<std::int64_t>(indices.size()));
    split.read_noisy(indices, plan.target(), plan.feed(autoencoder.image), *subject_.noise, subject_.seed,
                     base::Stream::evaluation_noise, 0);
    if (autoencoder.labels && plan.reads(autoencoder.labels)) split.one_hot(indices, plan.feed(autoencoder.labels));
    const auto losses = plan.forward({subject_.seed, kFirstStep + static_cast<std::uint64_t>(first)});
    const auto size = static_cast<double>(indices.size());
    sum += losses.loss * size;
    for (std::size_t i = 0; i < penalties.size(); ++i) penalties[i] += losses.penalties[i] * size;
  }
  return loss_parts(sum, penalties, weights, count);
}

compute::Plan& Validation::plan(std::int64_t images) {
  const auto found = plans_.find(images);
  if (found != plans_.end()) return found->second;
  compute::PlanSpec spec{.batch = images,
                         .precision = subject_.autoencoder.precision,
                         .feeds = {},
                         .outputs = {},
                         .objective = subject_.autoencoder.objective,
                         .draws_codes = true};
  return plans_.emplace(images, compute::Plan(*subject_.autoencoder.network, model_, spec)).first->second;
}

}  // namespace hourglass::train
