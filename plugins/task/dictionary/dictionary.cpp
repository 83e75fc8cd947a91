// Measures a sparse dictionary: how many units are active and how often, how much of the data they explain, and whether
// they point along the true features, where the dataset knows them.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "hourglass/task.hpp"

namespace {

using namespace hourglass;

constexpr std::int64_t kBlock = 256;  ///< images per read
/// A true feature with a unit at least as close, by cosine, counts as recovered.
constexpr double kRecovered = 0.9;

/// Sums over the test images.
struct Sums {
  std::vector<double> pixels;        ///< [C * H * W]
  std::vector<std::int64_t> active;  ///< [K], number of images for which a unit is not zero
  double squares = 0, errors = 0, cosines = 0;
  std::int64_t images = 0;

  void add(std::span<const float> clean, std::span<const float> out, std::span<const float> codes) {
    const auto size = pixels.size();
    for (std::size_t first = 0; first < clean.size(); first += size, ++images) {
      double of_clean = 0, of_out = 0, product = 0;
      for (std::size_t i = 0; i < size; ++i) {
        const double x = clean[first + i], y = out[first + i];
        pixels[i] += x;
        errors += (x - y) * (x - y);
        of_clean += x * x, of_out += y * y, product += x * y;
      }
      squares += of_clean;
      if (of_clean > 0 && of_out > 0) cosines += product / std::sqrt(of_clean * of_out);
    }
    for (std::size_t i = 0; i < codes.size(); ++i) active[i % active.size()] += codes[i] != 0 ? 1 : 0;
  }

  /// The summed squared distance of the images from `mean`, the mean of these images or of others.
  double deviation(std::span<const double> mean) const {
    double result = squares;
    for (std::size_t i = 0; i < mean.size(); ++i)
      result += static_cast<double>(images) * mean[i] * mean[i] - 2 * mean[i] * pixels[i];
    return result;
  }
};

class Dictionary final : public Task {
 public:
  struct Params {
    double bin = 0.25;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("bin", &Params::bin, {0.01, 10}, "width of a bin of the histogram, in decades of the firing frequency");
  }

  explicit Dictionary(const Params& params) : params_(params) {}

  void run(TaskContext& context) const override {
    const auto sums = sums_of(context);
    const auto images = static_cast<double>(sums.images);
    const double uses = std::accumulate(sums.active.begin(), sums.active.end(), 0.0);
    const auto dead = static_cast<double>(std::ranges::count(sums.active, 0));
    report(context, "l0", uses / images, "units", Direction::lower, "mean number of units that are not zero");
    report(context, "dead_units", dead / static_cast<double>(sums.active.size()), "fraction", Direction::lower,
           "zero for all images");
    report(context, "cosine", sums.cosines / images, "1", Direction::higher,
           "mean cosine of reconstruction and image; 0 if either is zero");
    report_errors(context, sums);
    context.report.curve("density", density(sums));
    if (!context.data.true_features().empty()) report_features(context);
  }

 private:
  static void report(TaskContext& context, const char* name, double value, const char* unit, Direction better,
                     const char* how) {
    context.report.metric({name, Split::test, value, unit, better, std::string("clean test images, ") + how});
  }

  static Sums sums_of(TaskContext& context) {
    const Rows &clean = context.data.clean(Split::test), &codes = context.data.codes(Split::test);
    Sums sums{.pixels = std::vector<double>(static_cast<std::size_t>(clean.columns())),
              .active = std::vector<std::int64_t>(static_cast<std::size_t>(codes.columns()))};
    std::vector<float> images, out, units;
    for (std::int64_t first = 0; first < clean.rows(); first += kBlock) {
      const auto count = std::min(kBlock, clean.rows() - first);
      images.resize(static_cast<std::size_t>(count * clean.columns()));
      out.resize(images.size());
      units.resize(static_cast<std::size_t>(count * codes.columns()));
      clean.read(first, images);
      codes.read(first, units);
      context.model.reconstruct(images, out, labels_for(context, Split::test, first, count));
      sums.add(images, out, units);
    }
    return sums;
  }

  /// Errors relative to those of two constants: the mean of the test images and that of the training images.
  static void report_errors(TaskContext& context, const Sums& sums) {
    std::vector<double> mean(sums.pixels.size());
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] = sums.pixels[i] / static_cast<double>(sums.images);
    const double deviation = sums.deviation(mean);
    if (!(deviation > 1e-9 * sums.squares)) {  // equal images deviate only by a rounding error
      context.report.note("unexplained_variance and relative_error are left out, because all test images are equal");
      return;
    }
    report(context, "unexplained_variance", sums.errors / deviation, "1", Direction::lower,
           "squared error / squared deviation from their mean");
    std::vector<float> blank(mean.size()), constant(mean.size());
    context.scores.baseline("mean_image")(blank, constant);
    mean.assign(constant.begin(), constant.end());
    report(context, "relative_error", sums.errors / sums.deviation(mean), "1", Direction::lower,
           "squared error / that of the mean training image");
  }

  /// The number of units in each bin of log10 of the share of images for which they are active; dead units are in none.
  Curve density(const Sums& sums) const {
    const double least = std::log10(1 / static_cast<double>(sums.images));
    std::vector<std::pair<double, double>> bins;
    const auto first = static_cast<std::int64_t>(std::floor(least / params_.bin));
    for (std::int64_t bin = first; bin <= 0; ++bin) {
      // The last bin's lower edge is 0: units that are always active.
      bins.emplace_back((static_cast<double>(bin) + 0.5) * params_.bin, 0);
    }
    for (const auto active : sums.active) {
      if (active == 0) continue;
      const double frequency = std::log10(static_cast<double>(active) / static_cast<double>(sums.images));
      const auto bin = static_cast<std::int64_t>(std::floor(frequency / params_.bin));
      ++bins[static_cast<std::size_t>(std::max(bin, first) - first)].second;
    }
    return {"log10 of the firing frequency", "units", {"units"}, {bins}};
  }

  /// What each unit adds to the decoded image, in order: calls body(direction) with norm 1.
  template <class Body>
  static void for_each_direction(TaskContext& context, const Body& body) {
    const auto units = static_cast<std::size_t>(context.model.code_size());
    const auto size = static_cast<std::size_t>(context.model.image_shape().size());
    std::vector<float> nothing(units), constant(size);
    context.model.decode(nothing, constant);
    constexpr std::size_t kUnits = 128;
    for (std::size_t first = 0; first < units; first += kUnits) {
      const auto count = std::min(kUnits, units - first);
      std::vector<float> codes(count * units), images(count * size);
      for (std::size_t k = 0; k < count; ++k) codes[k * units + first + k] = 1;
      context.model.decode(codes, images);
      for (std::size_t k = 0; k < count; ++k) {
        const auto direction = std::span(images).subspan(k * size, size);
        double squares = 0;
        for (std::size_t i = 0; i < size; ++i) {
          direction[i] -= constant[i];
          squares += static_cast<double>(direction[i]) * direction[i];
        }
        if (!(squares > 0)) continue;
        for (auto& value : direction) value /= static_cast<float>(std::sqrt(squares));
        body(direction);
      }
    }
  }

  static void report_features(TaskContext& context) {
    if (!context.model.has_decoder() || context.model.reads_labels()) {
      context.report.note("true features are not compared: the decoder reads more than the code");
      return;
    }
    const auto features = context.data.true_features();
    const auto size = static_cast<std::size_t>(context.model.image_shape().size());
    std::vector<float> best(features.size() / size, -1);
    for_each_direction(context, [&](std::span<const float> direction) {
      for (std::size_t f = 0; f < best.size(); ++f) {
        const float* feature = features.data() + f * size;
        best[f] = std::max(best[f], std::inner_product(direction.begin(), direction.end(), feature, 0.0F));
      }
    });
    const auto count = static_cast<double>(best.size());
    report(context, "feature_cosine", std::accumulate(best.begin(), best.end(), 0.0) / count, "1", Direction::higher,
           "mean over the true features of the largest cosine with a unit's direction (Sharkey et al. 2022)");
    const auto found = std::ranges::count_if(best, [](float cosine) { return cosine >= kRecovered; });
    report(context, "recovered_features", static_cast<double>(found) / count, "fraction", Direction::higher,
           "true features with a unit's direction at a cosine of at least 0.9");
  }

  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Dictionary>(
    "dictionary", "Active and dead units, explained variance and true features that a sparse dictionary recovers."))
