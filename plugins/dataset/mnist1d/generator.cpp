// Follows the steps of transform() and make_dataset() of the published program, with its constants.
#include "generator.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <random>

namespace hourglass::mnist1d {
namespace {

constexpr std::size_t kClasses = 10, kPerClass = 500, kTrain = 4000;
constexpr std::size_t kTemplate = 12, kDrawn = 72;  // numbers of a template, and of a sequence before the last step
constexpr int kLeastPadding = 36, kPaddings = 25, kTranslations = 48;
constexpr double kScale = 0.4, kCorrelatedNoise = 0.25, kNoise = 2e-2, kShear = 0.75;

constexpr double kTemplates[kClasses][kTemplate] = {
    {5, 6, 6.5, 6.75, 7, 7, 7, 7, 6.75, 6.5, 6, 5},     {5, 3, 3, 3.4, 3.8, 4.2, 4.6, 5, 5.4, 5.8, 5, 5},
    {5, 6, 6.5, 6.5, 6, 5.25, 4.75, 4, 3.5, 3.5, 4, 5}, {5, 6, 6.5, 6.5, 6, 5, 5, 6, 6.5, 6.5, 6, 5},
    {5, 4.4, 3.8, 3.2, 2.6, 2.6, 5, 5, 5, 5, 5, 5},     {5, 3, 3, 3, 3, 5, 6, 6.5, 6.5, 6, 4.5, 5},
    {5, 4, 3.5, 3.25, 3, 3, 3, 3, 3.25, 3.5, 4, 5},     {5, 7, 7, 6.6, 6.2, 5.8, 5.4, 5, 4.6, 4.2, 5, 5},
    {5, 4, 3.5, 3.5, 4, 5, 5, 4, 3.5, 3.5, 4, 5},       {5, 4, 3.5, 3.5, 4, 5, 5, 5, 5, 4.7, 4.3, 5}};

using Sequence = std::vector<double>;

/// The random numbers of NumPy's RandomState.
class RandomState {
 public:
  explicit RandomState(std::uint32_t seed) : twister_(seed) {}

  double uniform() {
    const auto high = word() >> 5, low = word() >> 6;
    return (high * 67108864.0 + low) / 9007199254740992.0;
  }
  /// Draws from [0, most] by rejection below the next power of two.
  std::uint32_t up_to(std::uint32_t most) {
    std::uint32_t mask = most;
    for (const int shift : {1, 2, 4, 8, 16}) mask |= mask >> shift;
    std::uint32_t value;
    do {
      value = word() & mask;
    } while (value > most);
    return value;
  }
  /// Draws pairs by the polar method.
  double normal() {
    if (has_spare_) {
      has_spare_ = false;
      return spare_;
    }
    double x, y, squared;
    do {
      x = 2 * uniform() - 1;
      y = 2 * uniform() - 1;
      squared = x * x + y * y;
    } while (squared >= 1 || squared == 0);
    const double factor = std::sqrt(-2 * std::log(squared) / squared);
    spare_ = factor * x;
    has_spare_ = true;
    return factor * y;
  }

 private:
  std::uint32_t word() { return static_cast<std::uint32_t>(twister_()); }

  std::mt19937 twister_;
  bool has_spare_ = false;
  double spare_ = 0;
};

double mean_of(const Sequence& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double deviation_of(const Sequence& values) {
  const double mean = mean_of(values);
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return std::sqrt(sum / static_cast<double>(values.size()));
}

/// Returns a template that starts and ends at 0, with deviation 1/6.
Sequence whitened(std::size_t label) {
  Sequence values(std::begin(kTemplates[label]), std::end(kTemplates[label]));
  const double mean = mean_of(values), deviation = deviation_of(values);
  for (auto& value : values) value = (value - mean) / deviation;
  const double first = values.front();
  for (auto& value : values) value = (value - first) / 6;
  return values;
}

/// Samples a sequence, linearly interpolated, at `count` equally distant points.
Sequence interpolated(const Sequence& values, std::size_t count) {
  Sequence result(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double at = static_cast<double>(i * (values.size() - 1)) / static_cast<double>(count - 1);
    const auto left = std::min(static_cast<std::size_t>(at), values.size() - 2);
    result[i] = values[left] + (at - static_cast<double>(left)) * (values[left + 1] - values[left]);
  }
  return result;
}

/// Smooths with a Gaussian of deviation 2 that is cut at 8; values beyond the ends are mirrored.
Sequence smoothed(const Sequence& values) {
  constexpr int kRadius = 8;
  std::array<double, 2 * kRadius + 1> window;
  for (int i = -kRadius; i <= kRadius; ++i) window[static_cast<std::size_t>(i + kRadius)] = std::exp(-i * i / 8.0);
  const double total = std::accumulate(window.begin(), window.end(), 0.0);
  const auto size = static_cast<int>(values.size());
  Sequence result(values.size());
  for (int i = 0; i < size; ++i) {
    for (int j = -kRadius; j <= kRadius; ++j) {
      const int at = i + j, inside = at < 0 ? -1 - at : at >= size ? 2 * size - 1 - at : at;
      result[static_cast<std::size_t>(i)] +=
          window[static_cast<std::size_t>(j + kRadius)] / total * values[static_cast<std::size_t>(inside)];
    }
  }
  return result;
}

Sequence transformed(const Sequence& pattern, RandomState& random) {
  Sequence x = pattern;
  for (auto& value : x) value += 1e-8;  // distinguishes the pattern from the padding
  x.resize(kTemplate + static_cast<std::size_t>(kLeastPadding + static_cast<int>(random.uniform() * kPaddings)));
  x = interpolated(x, kDrawn);
  const double scale = 1 + kScale * (random.uniform() - 0.5);
  for (auto& value : x) value *= scale;
  std::rotate(x.begin(), x.end() - random.up_to(kTranslations - 1), x.end());
  Sequence noise(kDrawn);
  for (auto& value : noise) value = kCorrelatedNoise * random.normal();
  noise = smoothed(noise);
  for (std::size_t i = 0; i < kDrawn; ++i) x[i] = x[i] != 0 ? x[i] : noise[i];
  for (auto& value : x) value += kNoise * random.normal();
  const double shear = kShear * (random.uniform() - 0.5);
  for (std::size_t i = 0; i < kDrawn; ++i) x[i] -= shear * (static_cast<double>(i) / (kDrawn - 1) - 0.5);
  return interpolated(x, kLength);
}

}  // namespace

std::pair<Part, Part> generate(std::uint32_t seed) {
  RandomState random(seed);
  constexpr std::size_t kAll = kClasses * kPerClass;
  Sequence all;
  for (std::size_t label = 0; label < kClasses; ++label) {
    const auto pattern = whitened(label);
    for (std::size_t i = 0; i < kPerClass; ++i) {
      const auto sequence = transformed(pattern, random);
      all.insert(all.end(), sequence.begin(), sequence.end());
    }
  }
  std::vector<std::size_t> order(kAll);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = kAll - 1; i > 0; --i) std::swap(order[i], order[random.up_to(static_cast<std::uint32_t>(i))]);

  const double mean = mean_of(all), deviation = deviation_of(all);
  std::pair<Part, Part> parts;
  for (std::size_t i = 0; i < kAll; ++i) {
    auto& part = i < kTrain ? parts.first : parts.second;
    part.labels.push_back(static_cast<std::int32_t>(order[i] / kPerClass));
    for (std::size_t j = 0; j < kLength; ++j)
      part.values.push_back(static_cast<float>((all[order[i] * kLength + j] - mean) / deviation));
  }
  return parts;
}

}  // namespace hourglass::mnist1d
