// Decodes points on the line between the codes of two images. If codes unfold the images well, the image half-way is as
// near to real images as any; the mean of two images is not.
#include <algorithm>

#include "hourglass/task.hpp"

namespace {

using namespace hourglass;

class Interpolation final : public Task {
 public:
  struct Params {
    std::int64_t images = 10, steps = 11, pairs = 1000;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("images", &Params::images, {0, 1000}, "pairs of test images in the picture; 0: no picture");
    table.add("steps", &Params::steps, {2, 100}, "images of each row of the picture, both ends included");
    table.add("pairs", &Params::pairs, {1, 1e6}, "pairs of test images whose midpoints are measured");
  }

  explicit Interpolation(const Params& params) : params_(params) {}

  Needs needs() const override { return {.decoder = true}; }

  void run(TaskContext& context) const override {
    if (params_.images > 0) draw(context);
    measure(context);
  }

 private:
  /// Pairs of test images i and i + half; a model that reads labels decodes with the classes of the first ones.
  struct Pairs {
    std::vector<float> from, to;  ///< [n, columns]
  };
  static Pairs read(const Rows& rows, std::int64_t count) {
    const auto half = rows.rows() / 2, n = std::min(count, half);
    Pairs result{std::vector<float>(static_cast<std::size_t>(n * rows.columns())), {}};
    result.to.resize(result.from.size());
    rows.read(0, result.from);
    rows.read(half, result.to);
    return result;
  }

  static std::vector<float> mix(const Pairs& pairs, float share) {
    std::vector<float> result(pairs.from.size());
    for (std::size_t i = 0; i < result.size(); ++i) result[i] = (1 - share) * pairs.from[i] + share * pairs.to[i];
    return result;
  }

  static std::vector<float> decode(TaskContext& context, const std::vector<float>& codes) {
    const auto count = std::ssize(codes) / context.model.code_size();
    std::vector<float> images(static_cast<std::size_t>(count * context.model.image_shape().size()));
    context.model.decode(codes, images, labels_for(context, Split::test, 0, count));
    return images;
  }

  void draw(TaskContext& context) const {
    const auto codes = read(context.data.codes(Split::test), params_.images);
    const auto size = static_cast<std::size_t>(context.model.image_shape().size());
    Grid grid{context.model.image_shape(), {}, {}};
    grid.rows.resize(codes.from.size() / static_cast<std::size_t>(context.model.code_size()));
    if (grid.rows.empty()) return;
    for (std::int64_t step = 0; step < params_.steps; ++step) {
      const auto share = static_cast<float>(step) / static_cast<float>(params_.steps - 1);
      const auto images = decode(context, mix(codes, share));
      for (std::size_t row = 0; row < grid.rows.size(); ++row) {
        const auto image = std::span(images).subspan(row * size, size);
        grid.rows[row].insert(grid.rows[row].end(), image.begin(), image.end());
      }
    }
    context.report.picture("interpolation", grid);
  }

  void measure(TaskContext& context) const {
    const auto& clean = context.data.clean(Split::test);
    const auto codes = read(context.data.codes(Split::test), params_.pairs);
    const auto images = read(clean, params_.pairs);
    const auto count = std::ssize(images.from) / clean.columns();
    if (count == 0) throw std::runtime_error("an interpolation needs at least 2 test images");
    const auto report = [&](std::vector<float> values, const char* baseline, const std::string& what) {
      const auto near = context.statistics.nearest(context.data.clean(Split::train),
                                                   MemoryRows(std::move(values), clean.columns()), 1);
      double sum = 0;
      for (const float distance : near.squared_distances) sum += distance;
      context.report.metric({"nearest_mse", Split::test, sum / static_cast<double>(count * clean.columns()), "1/px",
                             Direction::lower, what + ", squared difference from the nearest training image",
                             baseline});
    };
    const auto pairs = std::to_string(count) + " pairs of test images";
    report(decode(context, mix(codes, 0.5F)), "", "decoded midpoints of the codes of " + pairs);
    report(decode(context, codes.from), "reconstruction", "reconstructions of the first images of " + pairs);
    report(mix(images, 0.5F), "pixels", "means of " + pairs);
    report(images.from, "test_images", "first images of " + pairs);
  }

  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Interpolation>(
    "interpolation", "Images decoded between two codes, and how near the midpoints are to training images."))
