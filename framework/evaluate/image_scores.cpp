// Vectorised sums over pixels, and structural similarity with separable windows.
#include "evaluate/image_scores.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>
#include <memory>

namespace hourglass::evaluate {
namespace {

/// Writes, for each of `rows` x `columns` positions, the weighted sum of the inputs in a window, `step` apart. The
/// window is symmetric.
void convolve(const std::array<double, Ssim::kWindow>& window, const double* in, std::int64_t pitch, std::int64_t step,
              std::int64_t rows, std::int64_t columns, double* out) {
  constexpr std::int64_t last = Ssim::kWindow - 1, middle = last / 2;
  for (std::int64_t y = 0; y < rows; ++y) {
    const double* from = in + y * pitch;
    double* to = out + y * columns;
    for (std::int64_t x = 0; x < columns; ++x) {
      double sum = window[middle] * from[x + middle * step];
      for (std::int64_t t = 0; t < middle; ++t)
        sum += window[static_cast<std::size_t>(t)] * (from[x + t * step] + from[x + (last - t) * step]);
      to[x] = sum;
    }
  }
}

}  // namespace

/// With x = 2^k * m and m in [sqrt(1/2), sqrt(2)), log m = 2 atanh((m - 1) / (m + 1)).
double fast_log(double x) {
  constexpr std::uint64_t kRootHalf = 0x3fe6a09e667f3bcd, kOne = 0x3ff0000000000000;
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const auto exponent = (bits + (kOne - kRootHalf)) >> 52;  // k + 1023
  const auto m = std::bit_cast<double>(bits - (exponent << 52) + kOne);
  // 2^52 + exponent, so that no conversion of 64-bit integers is needed, which older instruction sets lack.
  const double k = std::bit_cast<double>(exponent | 0x4330000000000000) - (0x1p52 + 1023);
  const double s = (m - 1) / (m + 1), z = s * s;
  double series = 1.0 / 19;
  series = series * z + 1.0 / 17;
  series = series * z + 1.0 / 15;
  series = series * z + 1.0 / 13;
  series = series * z + 1.0 / 11;
  series = series * z + 1.0 / 9;
  series = series * z + 1.0 / 7;
  series = series * z + 1.0 / 5;
  series = series * z + 1.0 / 3;
  return k * 0.693147180559945309417 + (2 * s + 2 * s * z * series);
}

Ssim::Ssim(ImageShape shape, ValueRange range) : shape_(shape), range_(range) {
  double sum = 0;
  for (std::size_t i = 0; i < window_.size(); ++i) {
    const double x = (static_cast<double>(i) - static_cast<double>(kWindow / 2)) / 1.5;
    window_[i] = std::exp(-0.5 * x * x);
    sum += window_[i];
  }
  for (auto& weight : window_) weight /= sum;
}

double Ssim::operator()(std::span<const float> a, std::span<const float> b) const {
  const auto plane_size = shape_.height * shape_.width;
  const auto scratch = std::make_unique_for_overwrite<double[]>(static_cast<std::size_t>(6 * plane_size));
  std::vector<float> mapped_a, mapped_b;
  if (range_ != ValueRange{}) {
    const auto map = [&](std::span<const float> from, std::vector<float>& to) {
      for (const float value : from) to.push_back(static_cast<float>((value - range_.min) / range_.width()));
    };
    map(a, mapped_a);
    map(b, mapped_b);
    a = mapped_a;
    b = mapped_b;
  }
  double total = 0;
  for (std::int64_t c = 0; c < shape_.channels; ++c) {
    total += plane(a.data() + c * plane_size, b.data() + c * plane_size, scratch.get());
  }
  return total / static_cast<double>(shape_.channels);
}

/// Needs only four blurs: of a, of b, of a^2 + b^2 (only the sum of the variances is needed) and of a * b.
double Ssim::plane(const float* a, const float* b, double* scratch) const {
  constexpr double kC1 = 0.01 * 0.01, kC2 = 0.03 * 0.03;
  const auto rows = shape_.height - kWindow + 1, columns = shape_.width - kWindow + 1,
             pixels = shape_.height * shape_.width;
  double *input = scratch, *across = scratch + pixels;
  double* blurred[4];
  for (int i = 0; i < 4; ++i) {
    blurred[i] = scratch + (2 + i) * pixels;
    switch (i) {
      case 0: std::copy_n(a, pixels, input); break;
      case 1: std::copy_n(b, pixels, input); break;
      case 2:
        for (std::int64_t p = 0; p < pixels; ++p)
          input[p] = static_cast<double>(a[p]) * a[p] + static_cast<double>(b[p]) * b[p];
        break;
      default:
        for (std::int64_t p = 0; p < pixels; ++p) input[p] = static_cast<double>(a[p]) * b[p];
    }
    convolve(window_, input, shape_.width, 1, shape_.height, columns, across);
    convolve(window_, across, columns, columns, rows, columns, blurred[i]);
  }
  const double *ma = blurred[0], *mb = blurred[1], *squares = blurred[2], *products = blurred[3];
  for (std::int64_t p = 0; p < rows * columns; ++p) {
    const double mean_product = ma[p] * mb[p], mean_squares = ma[p] * ma[p] + mb[p] * mb[p];
    input[p] = (2 * mean_product + kC1) * (2 * (products[p] - mean_product) + kC2) /
               ((mean_squares + kC1) * (squares[p] - mean_squares + kC2));
  }
  double sum = 0;
  for (std::int64_t p = 0; p < rows * columns; ++p) sum += input[p];
  return sum / static_cast<double>(rows * columns);
}

void ImageScorer::add(std::span<const float> clean, std::span<const float> reconstruction) {
  // Keeps the cross-entropy finite; Keras uses the same value.
  constexpr double kEpsilon = 1e-7;
  // The terms of a piece are stored and then summed, so that the compiler vectorises the first loop.
  constexpr std::size_t kPiece = 256;
  double squares[kPiece], entropies[kPiece];
  const auto size = static_cast<std::size_t>(shape_.size());
  for (std::size_t first = 0; first < clean.size(); first += size) {
    for (std::size_t begin = first; begin < first + size; begin += kPiece) {
      const auto count = std::min(kPiece, first + size - begin);
      const float *targets = clean.data() + begin, *values = reconstruction.data() + begin;
      for (std::size_t i = 0; i < count; ++i) {
        const double target = targets[i], value = values[i], error = value - target;
        const double above = value < kEpsilon ? kEpsilon : value, p = above > 1 - kEpsilon ? 1 - kEpsilon : above;
        squares[i] = error * error;
        entropies[i] = target * fast_log(p) + (1 - target) * fast_log(1 - p);
      }
      double squared = 0, entropy = 0;
      for (std::size_t i = 0; i < count; ++i) {
        squared += squares[i];
        entropy += entropies[i];
      }
      squared_ += squared;
      cross_entropy_ -= entropy;
    }
    if (ssim_) similarity_ += (*ssim_)(clean.subspan(first, size), reconstruction.subspan(first, size));
    ++count_;
  }
}

ImageScores ImageScorer::scores() const {
  ImageScores result;
  result.images = count_;
  result.sse = squared_ / static_cast<double>(count_);
  result.mse = result.sse / static_cast<double>(shape_.size());
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  result.bce_sum = range_.within_unit() ? cross_entropy_ / static_cast<double>(count_) : kNone;
  result.bce = result.bce_sum / static_cast<double>(shape_.size());
  result.psnr = range_ == ValueRange{} ? -10 * std::log10(result.mse)
                : range_.bounded()     ? 10 * std::log10(range_.width() * range_.width() / result.mse)
                                       : kNone;
  result.ssim = ssim_ ? similarity_ / static_cast<double>(count_) : kNone;
  return result;
}

std::vector<Metric> image_metrics(const ImageScores& scores, Split split, const std::string& protocol,
                                  const std::string& baseline) {
  const bool has_ssim = !std::isnan(scores.ssim);
  const bool too_small = !has_ssim && !std::isnan(scores.psnr);
  const auto said = too_small ? protocol + "; no ssim, whose window of 11 x 11 pixels exceeds the images" : protocol;
  const std::vector<Metric> all = {
      {"mse", split, scores.mse, "1/px", Direction::lower, said, baseline},
      {"sse", split, scores.sse, "1/img", Direction::lower, said, baseline},
      {"bce", split, scores.bce, "nats/px", Direction::lower, said, baseline},
      {"bce_sum", split, scores.bce_sum, "nats/img", Direction::lower, said, baseline},
      {"psnr", split, scores.psnr, "dB", Direction::higher, said + "; psnr of the mse of all images", baseline},
      {"ssim", split, scores.ssim, "1", Direction::higher, said, baseline},
  };
  // A mean that is not a number is a mistake, which the report names; of the others it means that there is none.
  const auto is_reported = [](const Metric& metric) {
    return metric.name == "mse" || metric.name == "sse" || !std::isnan(metric.value);
  };
  std::vector<Metric> metrics;
  std::ranges::copy_if(all, std::back_inserter(metrics), is_reported);
  return metrics;
}

}  // namespace hourglass::evaluate
