// Initial values, and the mean image that some of them start from.
#include "subject/initialise.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace hourglass::subject {
namespace {

/// Returns the mean of the clean images, [C, H, W], summed in their order.
std::vector<float> mean_image(const SplitView& images, std::int64_t pixels) {
  constexpr std::int64_t kBatch = 512;
  std::vector<double> sums(static_cast<std::size_t>(pixels));
  std::vector<std::int64_t> indices;
  std::vector<float> batch;
  for (std::int64_t first = 0; first < images.size(); first += kBatch) {
    indices.resize(static_cast<std::size_t>(std::min(kBatch, images.size() - first)));
    std::iota(indices.begin(), indices.end(), first);
    batch.resize(indices.size() * sums.size());
    images.read(indices, batch);
    for (std::size_t i = 0; i < batch.size(); i += sums.size()) {
      for (std::size_t pixel = 0; pixel < sums.size(); ++pixel) sums[pixel] += static_cast<double>(batch[i + pixel]);
    }
  }
  std::vector<float> mean(sums.size());
  for (std::size_t pixel = 0; pixel < mean.size(); ++pixel) {
    mean[pixel] = static_cast<float>(sums[pixel] / static_cast<double>(images.size()));
  }
  return mean;
}

}  // namespace

void initialise(compute::Model& model, const compute::Network& network, const Data& data, std::uint64_t seed) {
  std::vector<float> mean;
  if (network.starts_at_mean_image()) mean = mean_image(data.split(Split::train), data.shape().size());
  model.initialise(network, seed, mean);
}

}  // namespace hourglass::subject
