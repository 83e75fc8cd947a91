// Procedural images for quick experiments: wide and tall rectangles, or convex and non-convex regions (Larochelle et
// al. 2007).
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "convex.hpp"
#include "hourglass/dataset.hpp"

namespace {

using namespace hourglass;
using shapes::Draws;

enum class Variant { rectangles, filled_rectangles, convex };

struct Options {
  Variant variant = Variant::rectangles;
  std::int64_t train_size = 8000, test_size = 2000;
  std::int64_t side = 28;
  std::int64_t seed = 1;
};

/// Draws a white outline or a filled white rectangle on black. Width and height differ by at least 3 pixels, so that
/// the class is recognisable.
void draw_rectangle(bool tall, bool filled, int side, std::span<float> image, Draws& draws) {
  int width, height;
  do {
    width = draws.between(3, side);
    height = draws.between(3, side);
  } while (std::abs(width - height) < 3);
  if ((height > width) != tall) std::swap(width, height);
  const int left = draws.between(0, side - width), top = draws.between(0, side - height);
  std::ranges::fill(image, 0.0f);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const bool border = y == 0 || y == height - 1 || x == 0 || x == width - 1;
      if (filled || border) image[static_cast<std::size_t>((top + y) * side + left + x)] = 1.0f;
    }
  }
}

class ShapesSamples final : public Samples {
 public:
  ShapesSamples(const Options& options, Split split, DataAccess& data) : options_(options), split_(split), data_(data) {
    // Classes alternate, so that the first n images are balanced for any even n.
    labels_.resize(static_cast<std::size_t>(split == Split::train ? options.train_size : options.test_size));
    for (std::size_t i = 0; i < labels_.size(); ++i) labels_[i] = static_cast<std::int32_t>(i % 2);
  }

  std::int64_t size() const override { return static_cast<std::int64_t>(labels_.size()); }
  ImageShape shape() const override { return {1, options_.side, options_.side}; }
  std::span<const std::int32_t> labels() const override { return labels_; }
  std::vector<std::string> class_names() const override {
    return options_.variant == Variant::convex ? std::vector<std::string>{"not convex", "convex"}
                                               : std::vector<std::string>{"wide", "tall"};
  }

  void read(std::span<const std::int64_t> indices, std::span<float> images) const override {
    const auto pixels = static_cast<std::size_t>(shape().size());
    for (std::size_t i = 0; i < indices.size(); ++i) draw(indices[i], images.subspan(i * pixels, pixels));
  }

 private:
  void draw(std::int64_t index, std::span<float> image) const {
    if (index < 0 || index >= size())
      throw std::out_of_range("image index " + std::to_string(index) + " is out of range: expected 0 to " +
                              std::to_string(size() - 1));
    const auto rng = data_.rng(static_cast<std::uint64_t>(options_.seed), split_, index);
    Draws draws(*rng);
    const bool second_class = labels_[static_cast<std::size_t>(index)] == 1;
    const int side = static_cast<int>(options_.side);
    if (options_.variant == Variant::convex) {
      const auto region = shapes::draw_region(side, second_class, draws);
      std::ranges::copy(region.pixels, image.begin());
    } else {
      draw_rectangle(second_class, options_.variant == Variant::filled_rectangles, side, image, draws);
    }
  }

  Options options_;
  Split split_;
  DataAccess& data_;
  std::vector<std::int32_t> labels_;
};

class Shapes final : public Dataset {
 public:
  using Params = Options;
  static void declare(ParamTable<Params>& table) {
    constexpr Range kSize{1, 1e6};  // the labels are drawn when the set is opened
    table
        .add("variant", &Params::variant,
             {{"rectangles", Variant::rectangles},
              {"filled_rectangles", Variant::filled_rectangles},
              {"convex", Variant::convex}},
             "what is drawn: outlines of rectangles or filled rectangles (classes wide, tall), or regions (classes not "
             "convex, convex)")
        .add("train_size", &Params::train_size, kSize, "number of training images")
        .add("test_size", &Params::test_size, kSize, "number of test images", Concerns::evaluation)
        .add("side", &Params::side, {8, 256}, "width and height of the images, pixels")
        .add("seed", &Params::seed, {0, 9007199254740992.0},
             "seed of the drawn images; independent of the seed of the run");
  }

  explicit Shapes(Params params) : params_(std::move(params)) {}

  std::unique_ptr<Samples> open(Split split, DataAccess& data) const override {
    if (split == Split::validation) return nullptr;
    return std::make_unique<ShapesSamples>(params_, split, data);
  }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Shapes>("shapes",
                                            "Rectangles or convex regions, drawn on demand (Larochelle et al. 2007)."))
