// One pass over the images gives the errors for all numbers of components: each component has an error of its own.
#include "evaluate/baselines/pca_denoiser.hpp"

#include <algorithm>
#include <bit>
#include <span>
#include <vector>

#include "evaluate/rows.hpp"

namespace hourglass::evaluate {
namespace {

/// Returns by how much each component lowers the squared error, summed over the rows: with the projections c of a clean
/// and d of a noisy row, the error c^2 without the component becomes (c - d)^2.
std::vector<double> gains(const Pca& pca, const Rows& noisy, const Rows& clean) {
  const auto width = static_cast<std::size_t>(pca.components());
  std::vector<double> result(width);
  std::vector<float> targets, of_clean, of_noisy;
  for_each_block(noisy, [&](std::int64_t first, std::span<float> values) {
    targets.resize(values.size());
    clean.read(first, targets);
    of_noisy.resize(values.size() / static_cast<std::size_t>(noisy.columns()) * width);
    of_clean.resize(of_noisy.size());
    pca.project(values, of_noisy);
    pca.project(targets, of_clean);
    for (std::size_t i = 0; i < of_noisy.size(); ++i) {
      const double c = of_clean[i], d = of_noisy[i];
      result[i % width] += (2 * c - d) * d;
    }
  });
  return result;
}

}  // namespace

std::int64_t most_components(std::int64_t columns) {
  return static_cast<std::int64_t>(
      std::bit_floor(static_cast<std::uint64_t>(std::min<std::int64_t>(columns - 1, 256))));
}

Pca pca_denoiser(const Rows& noisy, const Rows& clean) {
  Pca pca(clean, most_components(clean.columns()));
  const auto of_components = gains(pca, noisy, clean);
  double gain = 0, most = 0;
  std::int64_t best = 0;
  for (std::int64_t count = 1; count <= pca.components(); ++count) {
    gain += of_components[static_cast<std::size_t>(count - 1)];
    if (!std::has_single_bit(static_cast<std::uint64_t>(count)) || (best > 0 && gain <= most)) continue;
    best = count;
    most = gain;
  }
  pca.keep(best);
  return pca;
}

}  // namespace hourglass::evaluate
