// How well the model gives back images that it has not seen, beside simple baselines.
#include <algorithm>

#include "hourglass/task.hpp"

namespace {

using namespace hourglass;

/// Images that are read and mapped at a time.
constexpr std::int64_t kBlock = 1024;

/// One way to reconstruct, and how close it comes.
struct Contender {
  std::string baseline;  ///< empty: the model
  ImageMap map;
  ImageScores scores;
};

class Reconstruction final : public Task {
 public:
  struct Params {
    std::int64_t images = 16;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("images", &Params::images, {0, 1024}, "how many test images the picture shows; 0: no picture",
              Concerns::nothing);
  }

  explicit Reconstruction(const Params& params) : params_(params) {}

  void run(TaskContext& context) const override {
    const auto shape = context.image_shape();
    std::vector<Contender> contenders;
    contenders.push_back({"", [&](auto images, auto out) { context.reconstruct(images, out); }, ImageScores(shape)});
    for (const auto& name : context.baselines(false))
      contenders.push_back({name, context.baseline(name), ImageScores(shape)});

    const auto& clean = context.clean(Split::test);
    std::vector<float> images, out;
    for (std::int64_t first = 0; first < clean.rows(); first += kBlock) {
      images.resize(static_cast<std::size_t>(std::min(kBlock, clean.rows() - first) * clean.columns()));
      out.resize(images.size());
      clean.read(first, images);
      for (auto& contender : contenders) {
        contender.map(images, out);
        contender.scores.add(images, out);
      }
    }
    for (const auto& [baseline, map, scores] : contenders) {
      const std::string protocol =
          baseline.empty() ? "clean test images" : "clean test images; baseline fitted on train and validation";
      for (auto& metric : image_metrics(scores, Split::test, protocol, baseline)) context.report(std::move(metric));
    }
    if (params_.images > 0) show(context, clean);
  }

 private:
  void show(TaskContext& context, const Rows& clean) const {
    std::vector<float> images(static_cast<std::size_t>(std::min(params_.images, clean.rows()) * clean.columns()));
    std::vector<float> out(images.size());
    clean.read(0, images);
    context.reconstruct(images, out);
    context.picture("reconstruction",
                    {context.image_shape(), {"input", "reconstruction"}, {std::move(images), std::move(out)}});
  }

  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Reconstruction>(
    "reconstruction", "Errors and similarities of reconstructed test images, beside simple baselines, and a picture."))
