// Samples with plans, keyed by the caller's stream, with one step per batch and draw.
#include "evaluate/generation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>
#include <vector>

#include "compute/kernels/parallel.hpp"
#include "evaluate/inference.hpp"

namespace hourglass::evaluate {
namespace {

/// Images per block when densities are computed in parallel.
constexpr std::int64_t kImagesPerBlock = 8;

std::uint64_t draw_seed(Rng& rng) {
  std::array<std::uint32_t, 2> words{};
  rng.bits(words);
  return (static_cast<std::uint64_t>(words[0]) << 32) | words[1];
}

/// Sums `term(pixel, value)` over an image.
template <class Term>
double sum_of(std::span<const float> pixels, std::span<const float> values, const Term& term) {
  double sum = 0;
  for (std::size_t i = 0; i < pixels.size(); ++i) sum += term(double{pixels[i]}, double{values[i]});
  return sum;
}

/// Returns log p(x|z) in nats of an image given the decoder's output: logits for bce, means for mse and l1.
double log_density(compute::Loss loss, std::span<const float> pixels, std::span<const float> given) {
  const auto size = static_cast<double>(pixels.size());
  switch (loss) {
    case compute::Loss::bce:  // x l - log(1 + e^l), which overflows for large l
      return sum_of(pixels, given,
                    [](double x, double l) { return x * l - std::max(l, 0.0) - std::log1p(std::exp(-std::abs(l))); });
    case compute::Loss::mse:
      return -sum_of(pixels, given, [](double x, double y) { return (x - y) * (x - y); }) -
             size * 0.5 * std::log(std::numbers::pi);
    case compute::Loss::l1:
      return -sum_of(pixels, given, [](double x, double y) { return std::abs(x - y); }) - size * std::numbers::ln2;
    case compute::Loss::softmax_cross_entropy: break;
  }
  throw std::logic_error("the loss of a classifier was used for images");
}

/// Accumulates the logarithm of a mean of exponentials.
class LogMeanExp {
 public:
  void add(double x) {
    const double top = std::max(top_, x);
    if (std::isfinite(top)) sum_ = sum_ * std::exp(top_ - top) + std::exp(x - top);
    top_ = top;
    ++count_;
  }
  double value() const { return top_ + std::log(sum_ / static_cast<double>(count_)); }

 private:
  double top_ = -std::numeric_limits<double>::infinity(), sum_ = 0;
  std::int64_t count_ = 0;
};

}  // namespace

Fault prior_fault(const subject::Autoencoder& autoencoder) {
  if (autoencoder.prior_sample) return {};
  return {autoencoder.name + " have no prior", "choose a bottleneck with a prior"};
}

Fault density_fault(const subject::Autoencoder& autoencoder) {
  constexpr const char* kChoose = "choose a bottleneck that samples codes and states their densities";
  if (!autoencoder.log_prior) return {autoencoder.name + " state no prior density", kChoose};
  if (!autoencoder.log_posterior) {
    return {autoencoder.name + " state no density of the codes sampled for an image", kChoose};
  }
  if (needs(autoencoder, compute::Leaf::image, autoencoder.decoded, autoencoder.reconstruction)) {
    return {"the decoder of " + autoencoder.name + " reads the image as well as the code",
            "choose an architecture without skip connections"};
  }
  return {};
}

void PriorSampler::draw(std::span<float> codes, Rng& rng, Labels labels) {
  if (const auto fault = prior_fault(autoencoder_)) {
    throw std::invalid_argument(fmt::format("cannot sample codes: {}; {}", fault.reason, fault.fix));
  }
  const Node sample = autoencoder_.prior_sample;
  const auto width = static_cast<std::size_t>(autoencoder_.code_size()), count = codes.size() / width;
  if (codes.size() != count * width) {
    throw std::invalid_argument(
        fmt::format("codes expect a multiple of {} numbers, but got room for {}", width, codes.size()));
  }
  const bool labelled = needs(autoencoder_, compute::Leaf::labels, {}, sample);
  if (labelled) check_labels(autoencoder_, labels, static_cast<std::int64_t>(count));
  if (!plan_) {
    const compute::PlanSpec spec{
        .batch = kInferenceBatch, .feeds = {}, .outputs = {sample}, .objective = {}, .draws_codes = true};
    plan_.emplace(*autoencoder_.network, model_, spec);
  }
  const auto seed = draw_seed(rng);
  for (std::size_t first = 0; first < count; first += kInferenceBatch) {
    stop_.check();
    const auto n = std::min<std::size_t>(kInferenceBatch, count - first);
    if (labelled) feed_labels(autoencoder_, *plan_, labels.subspan(first, n));
    plan_->forward({seed, first / kInferenceBatch});
    std::ranges::copy(plan_->value(sample).first(n * width), codes.subspan(first * width).begin());
  }
}

Likelihood::Likelihood(const subject::Autoencoder& autoencoder, compute::Model& model, StopFlag stop)
    : autoencoder_(autoencoder),
      model_(model),
      given_(autoencoder.objective.loss == compute::Loss::bce ? autoencoder.output : autoencoder.reconstruction),
      stop_(stop) {}

void Likelihood::compile() {
  const std::vector<Node> outputs = {given_, autoencoder_.log_prior, autoencoder_.log_posterior};
  reads_labels_ =
      std::ranges::any_of(outputs, [&](Node node) { return needs(autoencoder_, compute::Leaf::labels, {}, node); });
  const compute::PlanSpec spec{
      .batch = kInferenceBatch, .feeds = {}, .outputs = outputs, .objective = {}, .draws_codes = true};
  plan_.emplace(*autoencoder_.network, model_, spec);
}

void Likelihood::estimate(std::span<const float> images, std::span<double> nats, std::int64_t samples, Rng& rng,
                          Labels labels) {
  if (const auto fault = density_fault(autoencoder_)) {
    throw std::invalid_argument(fmt::format("cannot estimate likelihoods: {}; {}", fault.reason, fault.fix));
  }
  const auto size = static_cast<std::size_t>(autoencoder_.network->image_shape().size()), count = nats.size();
  if (images.size() != count * size || samples < 1) {
    throw std::invalid_argument(
        fmt::format("the likelihoods of {} images expect {} pixels and at least 1 sample per image, but got {} and {}",
                    count, count * size, images.size(), samples));
  }
  if (!plan_) compile();
  if (reads_labels_) check_labels(autoencoder_, labels, static_cast<std::int64_t>(count));
  compute::StepKey key{draw_seed(rng), 0};
  for (std::size_t first = 0; first < count; first += kInferenceBatch) {
    const auto n = std::min<std::size_t>(kInferenceBatch, count - first);
    if (reads_labels_) feed_labels(autoencoder_, *plan_, labels.subspan(first, n));
    estimate_batch(images.subspan(first * size, n * size), nats.subspan(first, n), samples, key);
  }
}

void Likelihood::estimate_batch(std::span<const float> images, std::span<double> nats, std::int64_t samples,
                                compute::StepKey& key) {
  const auto fed = plan_->feed(autoencoder_.image);
  std::ranges::copy(images, fed.begin());
  std::ranges::fill(fed.subspan(images.size()), 0.0F);
  std::vector<LogMeanExp> weights(nats.size());
  const auto size = images.size() / nats.size();
  for (std::int64_t draw = 0; draw < samples; ++draw, ++key.step) {
    stop_.check();
    plan_->forward(key);
    const auto given = plan_->value(given_), log_prior = plan_->value(autoencoder_.log_prior),
               log_posterior = plan_->value(autoencoder_.log_posterior);
    const auto add = [&](std::int64_t begin, std::int64_t end) {
      for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
        const double likelihood =
            log_density(autoencoder_.objective.loss, images.subspan(i * size, size), given.subspan(i * size, size));
        weights[i].add(likelihood + log_prior[i] - log_posterior[i]);
      }
    };
    compute::parallel_blocks(static_cast<std::int64_t>(nats.size()), kImagesPerBlock, add);
  }
  for (std::size_t i = 0; i < nats.size(); ++i) nats[i] = weights[i].value();
}

}  // namespace hourglass::evaluate
