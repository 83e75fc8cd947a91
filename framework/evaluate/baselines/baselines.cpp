// Baselines by name, each fitted at its first use.
#include "evaluate/baselines/baselines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <span>
#include <stdexcept>

#include "evaluate/baselines/linear_denoiser.hpp"
#include "evaluate/baselines/pca.hpp"
#include "evaluate/baselines/pca_denoiser.hpp"
#include "evaluate/moments.hpp"

namespace hourglass::evaluate {
namespace {

ImageMap constant(std::vector<float> image) {
  return [image = std::move(image)](std::span<const float> images, std::span<float> out) {
    for (std::size_t first = 0; first < images.size(); first += image.size()) {
      std::copy(image.begin(), image.end(), out.begin() + static_cast<std::ptrdiff_t>(first));
    }
  };
}

}  // namespace

std::vector<std::string> Baselines::names(bool denoising) const {
  std::vector<std::string> result = {"mean_image", "identity"};
  if (!denoising && has_pca()) result.emplace_back("pca");
  if (denoising && clean_.columns() > 1) result.emplace_back("pca_denoiser");
  if (denoising && clean_.columns() <= LinearDenoiser::kLargestImage) result.emplace_back("linear_denoiser");
  return result;
}

const Baselines::Fitted& Baselines::fitted(std::string_view name) {
  auto found = fitted_.find(name);
  if (found == fitted_.end()) found = fitted_.emplace(std::string(name), fit(name)).first;
  return found->second;
}

Baselines::Fitted Baselines::fit(std::string_view name) const {
  if (name == "identity")
    return {[](auto images, auto out) { std::copy(images.begin(), images.end(), out.begin()); }, ""};
  const auto on_train = fmt::format("fitted on the {} training images", clean_.rows());
  if (name == "mean_image") {
    const auto mean = column_means(clean_);
    return {constant({mean.begin(), mean.end()}), on_train};
  }
  if (name == "pca" && has_pca()) {
    const auto pca = std::make_shared<const Pca>(clean_, code_size_);
    return {[pca](auto images, auto out) { pca->reconstruct(images, out); },
            fmt::format("{} components, {}", pca->components(), on_train)};
  }
  if (name == "pca_denoiser" && clean_.columns() > 1) {
    const auto pca = std::make_shared<const Pca>(pca_denoiser(noisy_, clean_));
    return {[pca](auto images, auto out) { pca->reconstruct(images, out); },
            fmt::format("{} components, the best of 1, 2, 4, ..., {} on the training images, {}", pca->components(),
                        most_components(clean_.columns()), on_train)};
  }
  if (name == "linear_denoiser" && clean_.columns() <= LinearDenoiser::kLargestImage) {
    const auto denoiser = std::make_shared<const LinearDenoiser>(noisy_, clean_);
    return {[denoiser](auto images, auto out) { denoiser->denoise(images, out); }, on_train};
  }
  auto known = names(false);
  for (auto& each : names(true)) {
    if (std::ranges::find(known, each) == known.end()) known.push_back(std::move(each));
  }
  throw std::invalid_argument(fmt::format("unknown baseline '{}': expected one of {}", name, fmt::join(known, ", ")));
}

}  // namespace hourglass::evaluate
