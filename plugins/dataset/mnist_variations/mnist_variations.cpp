// MNIST as Larochelle et al. (2007) divide and vary it: few training images, rotated, or on a noisy background.
#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "hourglass/dataset.hpp"
#include "published_set.hpp"

namespace {

using namespace hourglass;

enum class Variant { basic, rot, bg_rand, rot_bg_rand };

constexpr std::int64_t kTrain = 10000, kValidation = 2000, kTest = 50000, kSide = 28;

struct Options {
  Variant variant = Variant::basic;
  std::int64_t seed = 1;
};

/// Rotates an image about its centre by an angle uniform in [0, 2 pi), with bilinear interpolation; beyond its edges it
/// is black.
void rotate(std::span<float> image, Rng& rng) {
  // A uniform point in the disc has a uniform angle. The last bit of a sine would depend on the machine.
  std::array<float, 2> point;
  double x, y, norm;
  do {
    rng.uniform(point);
    x = 2 * static_cast<double>(point[0]) - 1;
    y = 2 * static_cast<double>(point[1]) - 1;
    norm = std::sqrt(x * x + y * y);
  } while (norm > 1 || norm < 1e-3);
  const double cosine = x / norm, sine = y / norm, centre = (kSide - 1) / 2.0;
  const std::vector<float> source(image.begin(), image.end());
  const auto pixel = [&](std::int64_t column, std::int64_t row) {
    if (column < 0 || row < 0 || column >= kSide || row >= kSide) return 0.0;
    return static_cast<double>(source[static_cast<std::size_t>(row * kSide + column)]);
  };
  for (std::int64_t row = 0; row < kSide; ++row) {
    for (std::int64_t column = 0; column < kSide; ++column) {
      const double across = static_cast<double>(column) - centre, down = static_cast<double>(row) - centre;
      const double u = centre + cosine * across - sine * down, v = centre + sine * across + cosine * down;
      const auto left = static_cast<std::int64_t>(std::floor(u)), top = static_cast<std::int64_t>(std::floor(v));
      const double a = u - static_cast<double>(left), b = v - static_cast<double>(top);
      const double value = (1 - b) * ((1 - a) * pixel(left, top) + a * pixel(left + 1, top)) +
                           b * ((1 - a) * pixel(left, top + 1) + a * pixel(left + 1, top + 1));
      image[static_cast<std::size_t>(row * kSide + column)] = static_cast<float>(std::clamp(value, 0.0, 1.0));
    }
  }
}

/// Puts a digit in front of a background of uniform grey values: of both, the brighter pixel is seen.
void add_background(std::span<float> image, Rng& rng) {
  std::vector<std::uint32_t> bits(image.size());
  rng.bits(bits);
  for (std::size_t i = 0; i < image.size(); ++i) image[i] = std::max(image[i], static_cast<float>(bits[i] >> 24) / 255);
}

/// Images of MNIST, of which the numbers below `first->size()` are those of `first`.
class VariedSamples final : public Samples {
 public:
  VariedSamples(const Options& options, Split split, std::vector<std::int64_t> rows, std::unique_ptr<Samples> first,
                std::unique_ptr<Samples> second, DataAccess& data)
      : options_(options),
        split_(split),
        rows_(std::move(rows)),
        first_(std::move(first)),
        second_(std::move(second)),
        data_(data) {
    for (const auto row : rows_) {
      const auto [samples, index] = source(row);
      labels_.push_back(samples->labels()[static_cast<std::size_t>(index)]);
    }
  }

  std::int64_t size() const override { return std::ssize(rows_); }
  ImageShape shape() const override { return {1, kSide, kSide}; }
  std::span<const std::int32_t> labels() const override { return labels_; }
  std::vector<std::string> class_names() const override { return idx::numbered(10); }

  void read(std::span<const std::int64_t> indices, std::span<float> images) const override {
    constexpr auto kPixels = static_cast<std::size_t>(kSide * kSide);
    for (std::size_t i = 0; i < indices.size(); ++i) {
      if (indices[i] < 0 || indices[i] >= size())
        throw std::out_of_range("image " + std::to_string(indices[i]) + " does not exist");
      const auto image = images.subspan(i * kPixels, kPixels);
      const auto [samples, index] = source(rows_[static_cast<std::size_t>(indices[i])]);
      samples->read({&index, 1}, image);
      if (options_.variant == Variant::basic) continue;
      const auto rng = data_.rng(static_cast<std::uint64_t>(options_.seed), split_, indices[i]);
      if (options_.variant != Variant::bg_rand) rotate(image, *rng);
      if (options_.variant != Variant::rot) add_background(image, *rng);
    }
  }

 private:
  std::pair<const Samples*, std::int64_t> source(std::int64_t row) const {
    return row < first_->size() ? std::pair<const Samples*, std::int64_t>(first_.get(), row)
                                : std::pair<const Samples*, std::int64_t>(second_.get(), row - first_->size());
  }

  Options options_;
  Split split_;
  std::vector<std::int64_t> rows_;
  std::unique_ptr<Samples> first_, second_;
  DataAccess& data_;
  std::vector<std::int32_t> labels_;
};

class MnistVariations final : public Dataset {
 public:
  using Params = Options;
  static void declare(ParamTable<Params>& table) {
    table
        .add(
            "variant", &Params::variant,
            {{"basic", Variant::basic},
             {"rot", Variant::rot},
             {"bg_rand", Variant::bg_rand},
             {"rot_bg_rand", Variant::rot_bg_rand}},
            "basic: the images as they are; rot: rotated by an angle uniform in [0, 2 pi); bg_rand: on a background of "
            "uniform grey values, where the brighter of both is seen; rot_bg_rand: both")
        .add("seed", &Params::seed, {0, 4294967295.0}, "seed of the division, the angles and the backgrounds");
  }

  explicit MnistVariations(const Params& params) : params_(params) {}

  std::unique_ptr<Samples> open(Split split, DataAccess& data) const override {
    const auto part = [&](Split of) {
      const auto files = idx::find_split(of, {data.directory() / "mnist"}, "run `hourglass data fetch mnist`");
      return idx::open_split(data, files, {}, {.class_names = idx::numbered(10)});
    };
    auto first = part(Split::train), second = part(Split::test);
    const auto all = first->size() + second->size(), wanted = kTrain + kValidation + kTest;
    if (all < wanted || first->shape() != ImageShape{1, kSide, kSide}) {
      throw std::runtime_error("MNIST in " + (data.directory() / "mnist").string() + " has " + std::to_string(all) +
                               " images of " + to_string(first->shape()) + ", but " + std::to_string(wanted) +
                               " of [1, 28, 28] are needed; run `hourglass data fetch mnist`");
    }
    std::vector<std::int64_t> order(static_cast<std::size_t>(all));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    // The stream of an image that does not exist.
    const auto rng = data.rng(static_cast<std::uint64_t>(params_.seed), Split::train, all);
    for (auto i = all - 1; i > 0; --i)
      std::swap(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(rng->below(i + 1))]);
    const auto begin = split == Split::train ? 0 : split == Split::validation ? kTrain : kTrain + kValidation;
    const auto count = split == Split::train ? kTrain : split == Split::validation ? kValidation : kTest;
    return std::make_unique<VariedSamples>(params_, split,
                                           std::vector(order.begin() + begin, order.begin() + begin + count),
                                           std::move(first), std::move(second), data);
  }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<MnistVariations>("mnist_variations",
                                                     "MNIST with 10,000 training, 2,000 validation and 50,000 test "
                                                     "images, plain, rotated or on noise (Larochelle et al. "
                                                     "2007)."))
