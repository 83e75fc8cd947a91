// Estimates how likely the test images are under a model with a prior, by importance sampling (Burda et al. 2016).
#include <algorithm>
#include <cmath>

#include "hourglass/task.hpp"

namespace {

using namespace hourglass;

class Likelihood final : public Task {
 public:
  struct Params {
    std::int64_t samples = 200;
    std::int64_t images = 0;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("samples", &Params::samples, {1, 1e6},
              "codes drawn per image; the estimate is a lower bound in expectation, which rises with them");
    table.add("images", &Params::images, {0, 1e9}, "number of test images to use, from the first on; 0: all");
  }

  explicit Likelihood(const Params& params) : params_(params) {}

  Needs needs() const override { return {.density = true}; }

  void run(TaskContext& context) const override {
    const auto& clean = context.data.clean(Split::test);
    const auto count = params_.images == 0 ? clean.rows() : std::min(params_.images, clean.rows());
    double sum = 0, squares = 0;
    for (std::int64_t first = 0; first < count; first += kImages) {
      for (const auto& [nats, error] : estimates(context, clean, first, std::min(kImages, count - first))) {
        sum += nats;
        squares += error * error;
      }
    }
    const auto images = static_cast<double>(count);
    context.report.metric(
        {"nll", Split::test, -sum / images, "nats/img", Direction::lower,
         std::to_string(params_.samples) + " importance samples per image, " + std::to_string(count) + " test images"});
    if (params_.samples == 1) return;
    char error[32];
    std::snprintf(error, sizeof error, "%.2g", std::sqrt(squares) / images);
    context.report.note("the Monte Carlo standard error of nll is " + std::string(error) +
                        " nats, from the two halves of each image's samples");
  }

 private:
  static constexpr std::int64_t kImages = 1000;

  struct Estimate {
    double nats;   ///< log p(x)
    double error;  ///< its Monte Carlo standard error
  };

  /// Estimates test images [first, first + count) from two independent halves of the samples.
  std::vector<Estimate> estimates(TaskContext& context, const Rows& clean, std::int64_t first,
                                  std::int64_t count) const {
    std::vector<float> images(static_cast<std::size_t>(count * clean.columns()));
    clean.read(first, images);
    const auto labels = labels_for(context, Split::test, first, count);
    const auto half = params_.samples / 2, rest = params_.samples - half;
    std::vector<double> a(static_cast<std::size_t>(count)), b(a.size());
    context.model.log_likelihood(images, a, rest, context.rng, labels);
    if (half > 0) context.model.log_likelihood(images, b, half, context.rng, labels);
    std::vector<Estimate> result;
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (half == 0) {
        result.push_back({a[i], 0});
        continue;
      }
      // The logarithm of the mean over both halves. Its variance is half of that of one, which (a - b)^2 / 2 estimates.
      const double top = std::max(a[i], b[i]), share = static_cast<double>(rest) / static_cast<double>(params_.samples);
      const double mean = share * std::exp(a[i] - top) + (1 - share) * std::exp(b[i] - top);
      result.push_back({top + std::log(mean), std::abs(a[i] - b[i]) / 2});
    }
    return result;
  }

  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Likelihood>(
    "likelihood", "The negative log-likelihood of test images, estimated by importance sampling."))
