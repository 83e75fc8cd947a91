// Measures means, deviations and ranges in one pass over the training images.
#include "subject/normalisation.hpp"

#include <algorithm>
#include <cmath>

namespace hourglass::subject {
namespace {

/// Images per read.
constexpr std::int64_t kBlock = 1024;

/// What is measured of each of `size` values over `count` images. Deviations are summed from those of the first image,
/// which loses no digits to a large mean.
struct Measured {
  std::vector<double> origin, sums, squares;  ///< [size]; sums of x - origin and of its square
  double least = std::numeric_limits<double>::infinity(), greatest = -least;
  double count;

  Measured(std::int64_t images, std::int64_t size, const Normalisation::Read& read)
      : sums(static_cast<std::size_t>(size)), squares(sums.size()), count(static_cast<double>(images)) {
    std::vector<float> block;
    for (std::int64_t first = 0; first < images; first += kBlock) {
      block.resize(static_cast<std::size_t>(std::min(kBlock, images - first) * size));
      read(first, block);
      if (origin.empty()) origin.assign(block.begin(), block.begin() + size);
      for (std::size_t i = 0, column = 0; i < block.size(); ++i) {
        const double value = block[i], difference = value - origin[column];
        least = std::min(least, value);
        greatest = std::max(greatest, value);
        sums[column] += difference;
        squares[column] += difference * difference;
        if (++column == sums.size()) column = 0;
      }
    }
  }

  double mean(std::size_t i) const { return origin[i] + sums[i] / count; }
  double variance(std::size_t i) const {
    const double offset = sums[i] / count;
    return std::max(0.0, squares[i] / count - offset * offset);
  }
  double mean() const {
    double sum = 0;
    for (std::size_t i = 0; i < sums.size(); ++i) sum += mean(i);
    return sum / static_cast<double>(sums.size());
  }
  /// Returns the mean of (x - point)^2 over all values.
  double square_about(double point) const {
    double sum = 0;
    for (std::size_t i = 0; i < sums.size(); ++i) sum += variance(i) + std::pow(mean(i) - point, 2);
    return sum / static_cast<double>(sums.size());
  }
};

/// Returns 1 / x, or 1 for what does not vary.
double inverse(double x) { return x > 0 ? 1 / x : 1; }

}  // namespace

Normalisation::Normalisation(const DatasetSettings::Params& settings, const ValueRange& range, std::int64_t count,
                             std::int64_t size, const Read& read)
    : range_(range) {
  if (settings.normalise == Normalise::none && settings.scale == 1) return;
  std::vector<double> shift = {0}, factor = {1};
  const bool stated = settings.normalise == Normalise::range && range.bounded();
  if (stated) {
    shift = {range.min};
    factor = {inverse(range.width())};
  } else if (settings.normalise != Normalise::none) {
    const Measured measured(count, size, read);
    switch (settings.normalise) {
      case Normalise::range:
        shift = {measured.least};
        factor = {inverse(measured.greatest - measured.least)};
        break;
      case Normalise::standard:
        shift = {measured.mean()};
        factor = {inverse(std::sqrt(measured.square_about(measured.mean())))};
        break;
      case Normalise::features:
        shift.resize(static_cast<std::size_t>(size));
        factor.resize(shift.size());
        for (std::size_t i = 0; i < shift.size(); ++i) {
          shift[i] = measured.mean(i);
          factor[i] = inverse(std::sqrt(measured.variance(i)));
        }
        break;
      default: factor = {inverse(std::sqrt(measured.square_about(0)))};
    }
  }
  for (auto& each : factor) each *= settings.scale;
  limits_ = settings.normalise == Normalise::range;
  range_ = limits_             ? ValueRange{0, settings.scale}
           : shift.size() == 1 ? ValueRange{(range.min - shift[0]) * factor[0], (range.max - shift[0]) * factor[0]}
                               : ValueRange::any();
  shift_.assign(shift.begin(), shift.end());
  factor_.assign(factor.begin(), factor.end());
}

void Normalisation::apply(std::span<float> images) const {
  if (is_identity()) return;
  for (std::size_t i = 0, column = 0; i < images.size(); ++i) {
    images[i] = (images[i] - shift_[column]) * factor_[column];
    if (++column == shift_.size()) column = 0;
  }
  if (!limits_) return;
  const auto least = static_cast<float>(range_.min), greatest = static_cast<float>(range_.max);
  for (auto& value : images) value = std::clamp(value, least, greatest);
}

void Normalisation::apply_to_directions(std::span<float> directions, std::int64_t size) const {
  if (factor_.size() <= 1) return;
  const auto width = static_cast<std::size_t>(size);
  for (std::size_t first = 0; first < directions.size(); first += width) {
    double squares = 0;
    for (std::size_t i = 0; i < width; ++i) {
      auto& value = directions[first + i];
      value *= factor_[i];
      squares += static_cast<double>(value) * value;
    }
    const double shrink = inverse(std::sqrt(squares));
    for (std::size_t i = 0; i < width; ++i) directions[first + i] *= static_cast<float>(shrink);
  }
}

}  // namespace hourglass::subject
