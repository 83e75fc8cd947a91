#include "apply/scores.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "apply/blocks.hpp"
#include "base/random.hpp"
#include "evaluate/inference.hpp"

namespace hourglass::apply {
namespace {

/// Returns the percentage of the values in `sorted` that are lower than `value`.
double percentage_below(const std::vector<double>& sorted, double value) {
  const auto lower = std::ranges::lower_bound(sorted, value) - sorted.begin();
  return 100 * static_cast<double>(lower) / static_cast<double>(sorted.size());
}

/// Returns the reconstruction errors of the run's test images, in ascending order.
std::vector<double> test_errors(Restored& restored) {
  const auto& images = restored.data.clean(Split::test);
  const auto labels = restored.model.reads_labels() ? restored.data.labels(Split::test) : Labels();
  std::vector<double> errors;
  for_each_block(images, std::nullopt, [&](std::int64_t first, std::span<const float> block, Labels) {
    std::vector<float> out(block.size());
    const auto count = block.size() / static_cast<std::size_t>(images.columns());
    restored.model.reconstruct(block, out,
                               labels.empty() ? labels : labels.subspan(static_cast<std::size_t>(first), count));
    for (const double error : squared_errors(block, out, images.columns())) errors.push_back(error);
  });
  std::ranges::sort(errors);
  return errors;
}

/// Returns the distances of codes from the nearest training code.
std::vector<double> distances(Restored& restored, const Rows& codes) {
  auto result = restored.statistics.nearest(restored.data.codes(Split::train), codes, 1).squared_distances;
  std::vector<double> roots;
  for (const double squared : result) roots.push_back(std::sqrt(squared));
  return roots;
}

/// Estimates log p(x) of one image. Every image gets the same random numbers, so that it does not matter which others
/// there are.
double log_likelihood(Restored& restored, std::span<const float> image, const Class& given) {
  const auto samples = static_cast<std::size_t>(kLikelihoodSamples);
  std::vector<float> copies;
  for (std::size_t i = 0; i < samples; ++i) copies.insert(copies.end(), image.begin(), image.end());
  const std::vector<std::int32_t> labels(given ? samples : 0, given.value_or(0));
  std::vector<double> nats(samples);
  base::PhiloxRng rng(restored.subject.seed, base::Stream::sampling, 1, 0);
  restored.model.log_likelihood(copies, nats, 1, rng, labels);
  const double top = std::ranges::max(nats);
  const double sum =
      std::accumulate(nats.begin(), nats.end(), 0.0, [&](double all, double one) { return all + std::exp(one - top); });
  return top + std::log(sum / static_cast<double>(samples));
}

}  // namespace

results::Table score(Restored& restored, const Input& input, const Class& given) {
  check_class(restored, restored.model.reads_labels(), given);
  const bool has_density = restored.model.has_density();
  const auto known_errors = test_errors(restored);
  auto known_distances = distances(restored, restored.data.codes(Split::test));
  std::ranges::sort(known_distances);
  results::Table table{{{"image", "image", 5, false},
                        {"mse", "mse"},
                        {"test images below [%]", "mse_percentage"},
                        {"distance", "distance"},
                        {"test images below [%]", "distance_percentage"}},
                       {}};
  if (has_density) table.columns.push_back({"log-likelihood [nats]", "log_likelihood"});
  const auto width = restored.model.code_size();
  for_each_block(input, given, [&](std::int64_t first, std::span<const float> images, Labels labels) {
    std::vector<float> out(images.size());
    // Queries of the same number, so that the bits of a distance do not depend on it.
    std::vector<float> codes(static_cast<std::size_t>(evaluate::kInferenceBatch * width));
    restored.model.reconstruct(images, out, labels);
    const auto errors = squared_errors(images, out, input.columns());
    restored.model.encode(images, std::span(codes).first(errors.size() * static_cast<std::size_t>(width)), labels);
    const auto away = distances(restored, MemoryRows(std::move(codes), width));
    for (std::size_t i = 0; i < errors.size(); ++i) {
      table.rows.push_back({input.names()[static_cast<std::size_t>(first) + i], errors[i],
                            percentage_below(known_errors, errors[i]), away[i],
                            percentage_below(known_distances, away[i])});
      if (!has_density) continue;
      const auto size = images.size() / errors.size();
      table.rows.back().push_back(log_likelihood(restored, images.subspan(i * size, size), given));
    }
  });
  return table;
}

}  // namespace hourglass::apply
