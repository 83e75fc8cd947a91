// How well the model restores test images that the run's noise has corrupted, beside simple baselines.
#include <algorithm>
#include <cmath>

#include "hourglass/task.hpp"

namespace {

using namespace hourglass;

/// Images that are read and mapped at a time.
constexpr std::int64_t kBlock = 1024;

/// One way to denoise, and how close it comes.
struct Contender {
  std::string baseline;  ///< empty: the model
  ImageMap map;
  ImageScores scores;
};

class Denoising final : public Task {
 public:
  struct Params {
    std::int64_t images = 16;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("images", &Params::images, {0, 1024}, "how many test images the picture shows; 0: no picture",
              Concerns::nothing);
  }

  explicit Denoising(const Params& params) : params_(params) {}

  void run(TaskContext& context) const override {
    const auto shape = context.image_shape();
    std::vector<Contender> contenders;
    contenders.push_back({"", [&](auto images, auto out) { context.reconstruct(images, out); }, ImageScores(shape)});
    for (const auto& name : context.baselines(true))
      contenders.push_back({name, context.baseline(name), ImageScores(shape)});

    const auto &clean = context.clean(Split::test), &noisy = context.noisy(Split::test);
    double squared_error = 0;
    std::vector<float> targets, images, out;
    for (std::int64_t first = 0; first < clean.rows(); first += kBlock) {
      targets.resize(static_cast<std::size_t>(std::min(kBlock, clean.rows() - first) * clean.columns()));
      images.resize(targets.size());
      out.resize(targets.size());
      clean.read(first, targets);
      noisy.read(first, images);
      for (std::size_t i = 0; i < images.size(); ++i)
        squared_error += std::pow(static_cast<double>(images[i]) - targets[i], 2);
      for (auto& contender : contenders) {
        contender.map(images, out);
        contender.scores.add(targets, out);
      }
    }
    for (const auto& [baseline, map, scores] : contenders) {
      const std::string protocol = std::string("noisy test images against clean ones") +
                                   (baseline.empty() ? "" : "; baseline fitted on train and validation");
      for (auto& metric : image_metrics(scores, Split::test, protocol, baseline)) context.report(std::move(metric));
    }
    // Without noise the input has no error, and its ratio would be infinite.
    if (squared_error > 0) {
      const double mse = squared_error / static_cast<double>(clean.rows() * clean.columns());
      context.report({"input_psnr", Split::test, -10 * std::log10(mse), "dB", Direction::higher,
                      "noisy test images against clean ones"});
    }
    if (params_.images > 0) show(context, clean, noisy);
  }

 private:
  void show(TaskContext& context, const Rows& clean, const Rows& noisy) const {
    std::vector<float> targets(static_cast<std::size_t>(std::min(params_.images, clean.rows()) * clean.columns()));
    std::vector<float> images(targets.size()), out(targets.size());
    clean.read(0, targets);
    noisy.read(0, images);
    context.reconstruct(images, out);
    context.picture("denoising", {context.image_shape(),
                                  {"clean", "noisy", "reconstruction"},
                                  {std::move(targets), std::move(images), std::move(out)}});
  }

  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Denoising>(
    "denoising",
    "Errors and similarities of test images restored from the run's noise, beside simple baselines, and a picture."))
