// Synthetic vectors from a known dictionary, for experiments that ask whether a sparse code finds the true features.
#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "hourglass/dataset.hpp"

namespace {

using namespace hourglass;

struct Options {
  std::int64_t dimension = 256, features = 512, active = 8;
  double least = 0.5, most = 1.5, skew = 0, noise = 0;
  std::int64_t train_size = 20000, test_size = 5000, seed = 1;
};

/// What the samples of all splits share.
struct Dictionary {
  std::vector<float> directions;  ///< [features, dimension], each of norm 1
  std::vector<float> cumulative;  ///< [features], the sum of the features' shares up to and with each
};

/// The random numbers of feature i are those of the training sample kFeatures + i, which does not exist.
constexpr std::int64_t kFeatures = std::int64_t{1} << 31;

std::shared_ptr<const Dictionary> draw_dictionary(const Options& options, DataAccess& data) {
  Dictionary result;
  const auto width = static_cast<std::size_t>(options.dimension);
  result.directions.resize(static_cast<std::size_t>(options.features) * width);
  double total = 0;
  std::vector<double> sums;
  for (std::int64_t i = 0; i < options.features; ++i) {
    const auto direction = std::span(result.directions).subspan(static_cast<std::size_t>(i) * width, width);
    data.rng(static_cast<std::uint64_t>(options.seed), Split::train, kFeatures + i)->normal(direction);
    double squares = 0;
    for (const float value : direction) squares += static_cast<double>(value) * value;
    for (auto& value : direction) value = static_cast<float>(value / std::sqrt(squares));
    total += std::pow(static_cast<double>(i + 1), -options.skew);
    sums.push_back(total);
  }
  for (const double sum : sums) result.cumulative.push_back(static_cast<float>(sum / total));
  return std::make_shared<const Dictionary>(std::move(result));
}

class FeatureSamples final : public Samples {
 public:
  FeatureSamples(const Options& options, Split split, DataAccess& data)
      : options_(options), split_(split), data_(data), dictionary_(draw_dictionary(options, data)) {}

  std::int64_t size() const override { return split_ == Split::train ? options_.train_size : options_.test_size; }
  ImageShape shape() const override { return {1, 1, options_.dimension}; }
  std::span<const std::int32_t> labels() const override { return {}; }
  std::vector<std::string> class_names() const override { return {}; }
  ValueRange range() const override { return ValueRange::any(); }
  std::span<const float> true_features() const override { return dictionary_->directions; }

  void read(std::span<const std::int64_t> indices, std::span<float> images) const override {
    const auto width = static_cast<std::size_t>(options_.dimension);
    for (std::size_t i = 0; i < indices.size(); ++i) {
      if (indices[i] < 0 || indices[i] >= size())
        throw std::out_of_range("sample " + std::to_string(indices[i]) + " does not exist");
      draw(indices[i], images.subspan(i * width, width));
    }
  }

 private:
  void draw(std::int64_t index, std::span<float> image) const {
    const auto rng = data_.rng(static_cast<std::uint64_t>(options_.seed), split_, index);
    if (options_.noise > 0) {
      rng->normal(image);
      for (auto& value : image) value *= static_cast<float>(options_.noise);
    } else {
      std::ranges::fill(image, 0.0F);
    }
    std::vector<std::size_t> chosen;
    while (std::ssize(chosen) < options_.active) {
      const auto feature = static_cast<std::size_t>(std::ranges::upper_bound(dictionary_->cumulative, rng->uniform()) -
                                                    dictionary_->cumulative.begin());
      if (feature == dictionary_->cumulative.size() || std::ranges::find(chosen, feature) != chosen.end()) continue;
      chosen.push_back(feature);
      const auto coefficient =
          static_cast<float>(options_.least + (options_.most - options_.least) * static_cast<double>(rng->uniform()));
      const float* direction = dictionary_->directions.data() + feature * image.size();
      for (std::size_t i = 0; i < image.size(); ++i) image[i] += coefficient * direction[i];
    }
  }

  Options options_;
  Split split_;
  DataAccess& data_;
  std::shared_ptr<const Dictionary> dictionary_;
};

class SparseFeatures final : public Dataset {
 public:
  using Params = Options;
  static void declare(ParamTable<Params>& table) {
    constexpr Range kSize{1, 1e7};
    table.add("dimension", &Params::dimension, {1, 65536}, "width of the vectors, D")
        .add("features", &Params::features, {1, 1 << 20},
             "number of true features: directions of norm 1 that are drawn uniformly from the sphere")
        .add("active", &Params::active, {1, 1024}, "number of different features in each vector")
        .add("coefficient_min", &Params::least, {0, 1e6}, "least coefficient of an active feature")
        .add("coefficient_max", &Params::most, {0, 1e6}, "greatest coefficient; coefficients are uniform between them")
        .add("skew", &Params::skew, {0, 4},
             "how unequal the features are: feature i, from 1 on, is drawn in proportion to i^-skew; 0: all alike")
        .add("noise", &Params::noise, {0, 1e6}, "standard deviation of Gaussian noise that is added to each value")
        .add("train_size", &Params::train_size, kSize, "number of training vectors")
        .add("test_size", &Params::test_size, kSize, "number of test vectors", Concerns::evaluation)
        .add("seed", &Params::seed, {0, 4294967295.0}, "seed of the features and of all vectors");
  }

  explicit SparseFeatures(const Params& params) : params_(params) {
    if (params.active > params.features) {
      throw std::invalid_argument("active = " + std::to_string(params.active) + " is more than the " +
                                  std::to_string(params.features) + " features");
    }
    if (params.least > params.most) throw std::invalid_argument("coefficient_min must not exceed coefficient_max");
  }

  std::unique_ptr<Samples> open(Split split, DataAccess& data) const override {
    if (split == Split::validation) return nullptr;
    return std::make_unique<FeatureSamples>(params_, split, data);
  }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<SparseFeatures>(
    "sparse_features",
    "Synthetic vectors, each the sum of a few features of a known dictionary with positive factors."))
