// Makes one pass over the split: the squared deviation is the images' sum of squares minus that of their mean.
#include "evaluate/sparse_code.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace hourglass::evaluate {
namespace {

constexpr std::int64_t kPiece = 256;

/// Sums over images, accumulated piece by piece.
struct Sums {
  std::vector<double> pixels;  ///< [C * H * W]
  double squares = 0, errors = 0;
  std::vector<std::int64_t> active;  ///< [K], number of images for which a unit is not zero

  void add(std::span<const float> images, std::span<const float> reconstructions, std::span<const float> codes) {
    for (std::size_t i = 0; i < images.size(); ++i) {
      const double x = images[i], error = reconstructions[i] - x;
      pixels[i % pixels.size()] += x;
      squares += x * x;
      errors += error * error;
    }
    for (std::size_t i = 0; i < codes.size(); ++i) active[i % active.size()] += codes[i] != 0.0F ? 1 : 0;
  }

  double deviation(std::int64_t images) const {
    double of_mean = 0;
    for (const double sum : pixels) of_mean += sum * sum / static_cast<double>(images);
    return squares - of_mean;
  }
};

}  // namespace

void SparseCode::run(TaskContext& context) const {
  const Rows& clean = context.data.clean(Split::test);
  const auto count = clean.rows();
  if (count == 0) return;
  const auto units = static_cast<std::size_t>(context.model.code_size()),
             size = static_cast<std::size_t>(clean.columns());
  Sums sums{.pixels = std::vector<double>(size), .active = std::vector<std::int64_t>(units)};
  std::vector<float> images, codes, reconstructions;
  for (std::int64_t first = 0; first < count; first += kPiece) {
    const auto n = static_cast<std::size_t>(std::min(kPiece, count - first));
    images.resize(n * size);
    reconstructions.resize(n * size);
    codes.resize(n * units);
    clean.read(first, images);
    const Labels labels = labels_for(context, Split::test, first, static_cast<std::int64_t>(n));
    context.model.encode(images, codes, labels);
    context.model.reconstruct(images, reconstructions, labels);
    sums.add(images, reconstructions, codes);
  }

  double uses = 0, dead = 0;
  for (const auto active : sums.active) {
    uses += static_cast<double>(active);
    dead += active == 0 ? 1 : 0;
  }
  const std::string protocol = "clean images";
  context.report.metric({"l0", Split::test, uses / static_cast<double>(count), "units", Direction::lower, protocol});
  context.report.metric({"dead_units", Split::test, dead / static_cast<double>(units), "fraction", Direction::lower,
                         protocol + ", never active"});
  // Equal images deviate only by a rounding error.
  if (const double deviation = sums.deviation(count); deviation > 1e-9 * sums.squares) {
    context.report.metric({"explained_variance", Split::test, 1 - sums.errors / deviation, "1", Direction::higher,
                           protocol + ", 1 - squared error / squared deviation from their mean image"});
  } else {
    context.report.note("explained_variance is left out, because all test images are equal");
  }
}

}  // namespace hourglass::evaluate
