// Measures how well the model restores noisy test images, compared with simple baselines.
#include <algorithm>
#include <cmath>

#include "hourglass/task.hpp"

namespace {

using namespace hourglass;

/// Images per read.
constexpr std::int64_t kBlock = 1024;

class Denoising final : public Task {
 public:
  struct Params {
    std::int64_t images = 16;
    Chosen<Noise> noise;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("images", &Params::images, {0, 1024}, "number of test images in the picture; 0: no picture");
    table.add(
        "noise", &Params::noise,
        "noise of the test images, and of the training images to which baselines are fitted; none: that of [noise]");
  }

  explicit Denoising(const Params& params) : params_(params) {}

  Needs needs() const override { return {.noise = !params_.noise}; }

  void run(TaskContext& context) const override {
    const auto& clean = context.data.clean(Split::test);
    const auto text = params_.noise ? params_.noise.text : context.data.noise_text();
    const auto protocol = "test images with noise " + text + ", scored against the clean ones";
    const auto own = params_.noise ? context.data.noisy(Split::test, params_.noise.object) : nullptr;
    const auto& noisy = own ? *own : context.data.noisy(Split::test);
    if (own) {
      context.scores.compare(params_.noise.object, Split::test, protocol);
    } else {
      context.scores.compare(noisy, clean, Split::test, protocol);
    }
    if (const auto range = context.data.range(); range.bounded()) {
      // Noise that changes no pixel leaves an infinite PSNR.
      const auto psnr = 20 * std::log10(range.width()) - 10 * std::log10(mean_squared_error(noisy, clean));
      context.report.metric(
          {"input_psnr", Split::test, psnr, "dB", Direction::higher,
           "test images with noise " + text + ", not clipped, against the clean ones; psnr of the mse of all images"});
    }
    if (params_.images > 0) show(context, clean, noisy);
  }

 private:
  static double mean_squared_error(const Rows& noisy, const Rows& clean) {
    double sum = 0;
    std::vector<float> targets, images;
    for (std::int64_t first = 0; first < clean.rows(); first += kBlock) {
      targets.resize(static_cast<std::size_t>(std::min(kBlock, clean.rows() - first) * clean.columns()));
      images.resize(targets.size());
      clean.read(first, targets);
      noisy.read(first, images);
      for (std::size_t i = 0; i < images.size(); ++i) sum += std::pow(static_cast<double>(images[i]) - targets[i], 2);
    }
    return sum / static_cast<double>(clean.rows() * clean.columns());
  }

  void show(TaskContext& context, const Rows& clean, const Rows& noisy) const {
    const auto count = std::min(params_.images, clean.rows());
    std::vector<float> targets(static_cast<std::size_t>(count * clean.columns()));
    std::vector<float> images(targets.size()), out(targets.size());
    clean.read(0, targets);
    noisy.read(0, images);
    context.model.reconstruct(images, out, labels_for(context, Split::test, 0, count));
    context.report.picture("denoising", {context.model.image_shape(),
                                         {"clean", "noisy", "reconstruction"},
                                         {std::move(targets), std::move(images), std::move(out)},
                                         context.data.range()});
  }

  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Denoising>(
    "denoising", "Scores of test images restored from noise, compared with simple baselines, and a picture of them."))
