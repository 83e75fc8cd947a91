#include "binarise.hpp"

#include <utility>

namespace hourglass::idx {
namespace {

class Binarised final : public Samples {
 public:
  Binarised(std::unique_ptr<Samples> grey, Binarise how, std::int64_t seed, Split split, DataAccess& data)
      : grey_(std::move(grey)), how_(how), seed_(static_cast<std::uint64_t>(seed)), split_(split), data_(data) {}

  std::int64_t size() const override { return grey_->size(); }
  ImageShape shape() const override { return grey_->shape(); }
  std::span<const std::int32_t> labels() const override { return grey_->labels(); }
  std::vector<std::string> class_names() const override { return grey_->class_names(); }

  void read(std::span<const std::int64_t> indices, std::span<float> images) const override {
    grey_->read(indices, images);
    const auto pixels = static_cast<std::size_t>(shape().size());
    std::vector<float> limits(pixels, 0.5F);
    for (std::size_t i = 0; i < indices.size(); ++i) {
      if (how_ == Binarise::bernoulli) data_.rng(seed_, split_, indices[i])->uniform(limits);
      const auto image = images.subspan(i * pixels, pixels);
      // A draw is below 1 and may be 0, so that 1 stays 1 and 0 stays 0.
      for (std::size_t k = 0; k < pixels; ++k) {
        const bool on = how_ == Binarise::bernoulli ? limits[k] < image[k] : limits[k] <= image[k];
        image[k] = on ? 1.0F : 0.0F;
      }
    }
  }

 private:
  std::unique_ptr<Samples> grey_;
  Binarise how_;
  std::uint64_t seed_;
  Split split_;
  DataAccess& data_;
};

}  // namespace

std::unique_ptr<Samples> binarised(std::unique_ptr<Samples> samples, Binarise how, std::int64_t seed, Split split,
                                   DataAccess& data) {
  if (how == Binarise::none) return samples;
  return std::make_unique<Binarised>(std::move(samples), how, seed, split, data);
}

}  // namespace hourglass::idx
