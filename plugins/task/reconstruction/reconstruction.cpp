// Measures how well the model reconstructs images that it has not seen, compared with simple baselines.
#include <algorithm>

#include "hourglass/task.hpp"

namespace {

using namespace hourglass;

class Reconstruction final : public Task {
 public:
  struct Params {
    std::int64_t images = 16;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("images", &Params::images, {0, 1024}, "number of test images in the picture; 0: no picture");
  }

  explicit Reconstruction(const Params& params) : params_(params) {}

  void run(TaskContext& context) const override {
    const auto& clean = context.data.clean(Split::test);
    context.scores.compare(clean, clean, Split::test, "clean test images");
    if (params_.images > 0) show(context, clean);
  }

 private:
  void show(TaskContext& context, const Rows& clean) const {
    const auto count = std::min(params_.images, clean.rows());
    std::vector<float> images(static_cast<std::size_t>(count * clean.columns())), out(images.size());
    clean.read(0, images);
    context.model.reconstruct(images, out, labels_for(context, Split::test, 0, count));
    context.report.picture("reconstruction", {context.model.image_shape(),
                                              {"input", "reconstruction"},
                                              {std::move(images), std::move(out)},
                                              context.data.range()});
  }

  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Reconstruction>(
    "reconstruction", "Scores of reconstructed test images, compared with simple baselines, and a picture of them."))
