// Baselines by name, each fitted at its first use.
#include "evaluate/baselines/baselines.hpp"

#include <algorithm>
#include <memory>
#include <span>
#include <stdexcept>

#include "evaluate/baselines/linear_denoiser.hpp"
#include "evaluate/baselines/pca.hpp"
#include "evaluate/moments.hpp"

namespace hourglass::evaluate {

std::vector<std::string> Baselines::names(bool denoising) const {
  std::vector<std::string> result = {"mean_image", "identity"};
  if (has_pca()) result.emplace_back("pca");
  if (denoising && clean_.columns() <= LinearDenoiser::kLargestImage) result.emplace_back("linear_denoiser");
  return result;
}

ImageMap Baselines::map(std::string_view name) {
  auto found = fitted_.find(name);
  if (found == fitted_.end()) found = fitted_.emplace(std::string(name), fit(name)).first;
  return found->second;
}

ImageMap Baselines::fit(std::string_view name) const {
  if (name == "identity") return [](auto images, auto out) { std::copy(images.begin(), images.end(), out.begin()); };
  if (name == "mean_image") {
    const auto mean = column_means(clean_);
    return [image = std::vector<float>(mean.begin(), mean.end())](std::span<const float> images, std::span<float> out) {
      for (std::size_t first = 0; first < images.size(); first += image.size()) {
        std::copy(image.begin(), image.end(), out.begin() + static_cast<std::ptrdiff_t>(first));
      }
    };
  }
  if (name == "pca" && has_pca()) {
    const auto pca = std::make_shared<const Pca>(clean_, code_size_);
    return [pca](auto images, auto out) { pca->reconstruct(images, out); };
  }
  if (name == "linear_denoiser" && clean_.columns() <= LinearDenoiser::kLargestImage) {
    const auto denoiser = std::make_shared<const LinearDenoiser>(noisy_, clean_);
    return [denoiser](auto images, auto out) { denoiser->denoise(images, out); };
  }
  std::string known;
  for (const auto& each : names(true)) known += (known.empty() ? "" : ", ") + each;
  throw std::invalid_argument("unknown baseline '" + std::string(name) + "': expected one of " + known);
}

}  // namespace hourglass::evaluate
