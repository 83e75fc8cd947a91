// Convolutions with 3 x 3 kernels that need fewer products (Winograd 1980; Lavin & Gray 2016): each tile of two by two
// map pixels is transformed, multiplied with the transformed weight, and transformed back. Images are processed one by
// one, in parallel, so that all of this stays in cache.
#include <algorithm>

#include "compute/kernels/activation.hpp"
#include "compute/kernels/buffer.hpp"
#include "compute/kernels/parallel.hpp"
#include "compute/ops/conv/conv_gradients.hpp"
#include "compute/ops/conv/conv_pass.hpp"
#include "compute/ops/conv/conv_winograd_planes.hpp"

namespace hourglass::compute {
namespace {

// The gradient of the weight is summed over blocks of images: no more than these, whatever the threads.
constexpr std::int64_t kGradientBlocks = 16;

// Returns the number of threads that `blocks` blocks keep busy; they have the lowest indices.
std::int64_t busy_threads(std::int64_t blocks) { return std::min<std::int64_t>(threads(), blocks); }

// Splits memory into aligned pieces.
class Pieces {
 public:
  explicit Pieces(float* next) : next_(next) {}
  float* take(std::int64_t floats) {
    float* const piece = next_;
    next_ += whole_lines(floats);
    return piece;
  }

 private:
  float* next_;
};

// Memory that the next images need, prefetched piece by piece while products are computed.
class Ahead {
 public:
  explicit Ahead(std::int64_t products) : products_(products) {}
  void add(const float* start, std::int64_t floats) { ranges_[count_++] = {start, (floats + 15) / 16}; }
  // Assigns a product its share of the prefetching.
  void give(SmallProduct& product) {
    if (next_ == count_) return;
    Range& range = ranges_[next_];
    product.ahead = range.start + range.taken * 16;
    product.ahead_lines = std::min((total() + products_ - 1) / products_, range.lines - range.taken);
    range.taken += product.ahead_lines;
    if (range.taken == range.lines) ++next_;
  }

 private:
  struct Range {
    const float* start;
    std::int64_t lines, taken = 0;
  };
  std::int64_t total() const {
    std::int64_t lines = 0;
    for (int r = 0; r < count_; ++r) lines += ranges_[r].lines;
    return lines;
  }
  Range ranges_[4];
  int count_ = 0, next_ = 0;
  std::int64_t products_;
};

// to = from * weight, for each of the products; elements that no tile uses become 0.
void multiply_products(const WinogradGeometry& geometry, const WinogradStrip& strip, const float* from,
                       const float* weight, std::int64_t inputs, std::int64_t outputs, float* to, Ahead& ahead) {
  for (std::int64_t p = 0; p < geometry.products(); ++p) {
    const std::int64_t first = strip.starts[static_cast<std::size_t>(p)];
    const std::int64_t rows = strip.starts[static_cast<std::size_t>(p + 1)] - first;
    SmallProduct product = geometry.product(rows, inputs, outputs);
    ahead.give(product);
    multiply(product, from + first * inputs, weight + p * inputs * outputs, to + first * outputs);
  }
  std::fill_n(to + strip.starts.back() * outputs, outputs, 0.0f);
}

class WinogradPass final : public ConvPass {
 public:
  explicit WinogradPass(const ConvPassSpec& spec)
      : spec_(spec),
        geometry_(spec.shape),
        from_(geometry_, spec.target == ConvTarget::map),
        to_(geometry_, spec.target == ConvTarget::image) {}

  std::int64_t scratch() const override {
    return whole_lines(weight_floats()) + busy_threads(spec_.shape.batch / geometry_.images()) * thread_floats();
  }
  void bind(const ConvTensors& tensors) override { tensors_ = tensors; }

  void execute() override {
    Pieces pieces(tensors_.scratch);
    float* const weight = pieces.take(weight_floats());
    float* const own = pieces.take(0);
    geometry_.transform_weight(tensors_.weight, spec_.target == ConvTarget::image, weight);
    parallel_blocks(spec_.shape.batch, geometry_.images(), [&](std::int64_t first, std::int64_t) {
      run(first, weight, own + thread_index() * thread_floats());
    });
  }

 private:
  std::int64_t weight_floats() const { return geometry_.products() * from_.channels() * to_.channels(); }
  std::int64_t thread_floats() const {
    return whole_lines(from_.plane_floats()) + whole_lines(to_.plane_floats()) + whole_lines(from_.product_floats()) +
           whole_lines(to_.product_floats());
  }

  void run(std::int64_t first, const float* weight, float* own) const {
    const bool image = spec_.target == ConvTarget::image;
    Pieces pieces(own);
    float* const read = pieces.take(from_.plane_floats());
    float* const written = pieces.take(to_.plane_floats());
    float* const read_products = pieces.take(from_.product_floats());
    float* const written_products = pieces.take(to_.product_floats());
    const float* const input = (image ? tensors_.map : tensors_.image) + first * from_.image_floats();
    const std::int64_t output = first * to_.image_floats();
    from_.load(read,
               [&](std::int64_t offset, std::int64_t count, float* to) { std::copy_n(input + offset, count, to); });
    const float* const bias = spec_.bias ? tensors_.bias : nullptr;
    to_.start(bias, written);
    Ahead ahead(geometry_.multiplications());
    if (first + geometry_.images() < spec_.shape.batch) {
      const std::int64_t images = geometry_.images();
      ahead.add(input + images * from_.image_floats(), images * from_.image_floats());
      ahead.add(tensors_.target + output + images * to_.image_floats(), images * to_.image_floats());
    }
    for (const WinogradStrip& strip : geometry_.strips()) {
      from_.expand(strip, read, read_products);
      multiply_products(geometry_, strip, read_products, weight, from_.channels(), to_.channels(), written_products,
                        ahead);
      to_.collapse(strip, written_products, bias, written);
    }
    to_.store(written, [&](const float* from, std::int64_t count, std::int64_t offset) {
      finish(from, count, output + offset);
    });
  }

  void finish(const float* from, std::int64_t count, std::int64_t offset) const {
    if (!spec_.activation || tensors_.target != tensors_.activated) std::copy_n(from, count, tensors_.target + offset);
    if (spec_.activation) {
      activate(spec_.activation->kind, static_cast<float>(spec_.activation->alpha), from, tensors_.activated + offset,
               count);
    }
  }

  ConvPassSpec spec_;
  WinogradGeometry geometry_;
  WinogradSide from_, to_;
  ConvTensors tensors_;
};

class WinogradGradients final : public ConvGradients {
 public:
  explicit WinogradGradients(const ConvGradientsSpec& spec)
      : spec_(spec), geometry_(spec.shape), x_(geometry_, !spec.transposed), y_(geometry_, spec.transposed) {
    const std::int64_t groups = spec.shape.batch / geometry_.images();
    block_ = geometry_.images() * ((groups + kGradientBlocks - 1) / kGradientBlocks);
    blocks_ = (spec.shape.batch + block_ - 1) / block_;
  }

  std::int64_t scratch() const override {
    return whole_lines(weight_floats()) + blocks_ * sums_floats() + busy_threads(blocks_) * thread_floats();
  }
  void bind(const ConvGradientsTensors& tensors) override { tensors_ = tensors; }

  void execute() override {
    Pieces pieces(tensors_.scratch);
    float* const weight = pieces.take(weight_floats());
    float* const sums = pieces.take(blocks_ * sums_floats());
    float* const own = pieces.take(0);
    if (wants_data()) geometry_.transform_weight(tensors_.weight, !spec_.transposed, weight);
    parallel_blocks(spec_.shape.batch, block_, [&](std::int64_t begin, std::int64_t end) {
      float* const block = sums + begin / block_ * sums_floats();
      std::fill_n(block, sums_floats(), 0.0f);
      for (std::int64_t first = begin; first < end; first += geometry_.images()) {
        run(first, weight, block, own + thread_index() * thread_floats());
      }
    });
    deliver_sums(sums);
  }

 private:
  bool wants_data() const { return spec_.data != Write::none; }
  bool wants_weight() const { return spec_.weight != Write::none; }
  bool wants_bias() const { return spec_.bias != Write::none; }
  std::int64_t weight_floats() const { return geometry_.products() * x_.channels() * y_.channels(); }
  // Per block: the gradient of the transformed weight, then that of the bias.
  std::int64_t sums_floats() const { return whole_lines(weight_floats()) + whole_lines(y_.channels()); }
  std::int64_t thread_floats() const {
    return 2 * whole_lines(x_.plane_floats()) + whole_lines(y_.plane_floats()) + 2 * whole_lines(x_.product_floats()) +
           whole_lines(y_.product_floats());
  }

  void run(std::int64_t first, const float* weight, float* sums, float* own) const {
    Pieces pieces(own);
    float* const x = pieces.take(x_.plane_floats());
    float* const dx = pieces.take(x_.plane_floats());
    float* const dy = pieces.take(y_.plane_floats());
    float* const x_products = pieces.take(x_.product_floats());
    float* const dx_products = pieces.take(x_.product_floats());
    float* const dy_products = pieces.take(y_.product_floats());
    load_gradient(first * y_.image_floats(), dy, sums + whole_lines(weight_floats()));
    const std::int64_t input = first * x_.image_floats();
    if (wants_weight()) {
      x_.load(x, [&](std::int64_t offset, std::int64_t count, float* to) {
        std::copy_n(tensors_.x + input + offset, count, to);
      });
    }
    if (wants_data()) x_.start(nullptr, dx);
    Ahead ahead(geometry_.multiplications() * (int{wants_weight()} + int{wants_data()}));
    if (first + geometry_.images() < spec_.shape.batch) {
      const std::int64_t images = geometry_.images();
      const std::int64_t next_x = input + images * x_.image_floats();
      const std::int64_t next_y = (first + images) * y_.image_floats();
      ahead.add(tensors_.dy + next_y, images * y_.image_floats());
      if (spec_.activation.kind != Activation::identity) ahead.add(tensors_.from + next_y, images * y_.image_floats());
      if (wants_weight()) ahead.add(tensors_.x + next_x, images * x_.image_floats());
      if (wants_data()) ahead.add(tensors_.dx + next_x, images * x_.image_floats());
    }
    for (const WinogradStrip& strip : geometry_.strips()) {
      y_.expand(strip, dy, dy_products);
      if (wants_weight()) {
        x_.expand(strip, x, x_products);
        add_weight_products(strip, x_products, dy_products, sums, ahead);
      }
      if (wants_data()) {
        multiply_products(geometry_, strip, dy_products, weight, y_.channels(), x_.channels(), dx_products, ahead);
        x_.collapse(strip, dx_products, nullptr, dx);
      }
    }
    if (wants_data()) store_data(dx, input);
  }

  // Loads the gradient before the activation.
  void load_gradient(std::int64_t first, float* planes, float* bias_sums) const {
    const auto alpha = static_cast<float>(spec_.activation.alpha);
    const std::int64_t channels = y_.channels();
    y_.load(planes, [&](std::int64_t offset, std::int64_t count, float* to) {
      const float* dy = tensors_.dy + first + offset;
      if (spec_.activation.kind == Activation::identity) {
        std::copy_n(dy, count, to);
      } else {
        activate_backward(spec_.activation.kind, alpha, tensors_.from + first + offset, dy, to, count, false);
      }
      if (!wants_bias()) return;
      for (std::int64_t c = 0; c < channels; c += kColumnBlock) {
        activate_backward_columns(Activation::identity, 0, to + c, to + c, count / channels,
                                  std::min(kColumnBlock, channels - c), channels, bias_sums + c, true);
      }
    });
  }

  void add_weight_products(const WinogradStrip& strip, const float* x, const float* dy, float* sums,
                           Ahead& ahead) const {
    const float* const image = spec_.transposed ? dy : x;
    const float* const map = spec_.transposed ? x : dy;
    const std::int64_t rows = spec_.shape.image_channels, columns = spec_.shape.map_channels;
    for (std::int64_t p = 0; p < geometry_.products(); ++p) {
      const std::int64_t first = strip.starts[static_cast<std::size_t>(p)];
      SmallProduct product = geometry_.product(rows, strip.starts[static_cast<std::size_t>(p + 1)] - first, columns);
      product.row = 1;
      product.column = rows;
      product.add = true;
      ahead.give(product);
      multiply(product, image + first * rows, map + first * columns, sums + p * rows * columns);
    }
  }

  void store_data(const float* planes, std::int64_t first) const {
    x_.store(planes, [&](const float* from, std::int64_t count, std::int64_t offset) {
      activate_backward(Activation::identity, 0, from, from, tensors_.dx + first + offset, count,
                        spec_.data == Write::add);
    });
  }

  void deliver_sums(float* sums) const {
    parallel_blocks(sums_floats(), kElementBlock, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t b = 1; b < blocks_; ++b) {
        const float* block = sums + b * sums_floats() + begin;
        activate_backward(Activation::identity, 0, block, block, sums + begin, end - begin, true);
      }
    });
    if (wants_weight()) geometry_.weight_gradient(sums, tensors_.weight_gradient, spec_.weight == Write::add);
    if (wants_bias()) {
      const float* bias = sums + whole_lines(weight_floats());
      activate_backward(Activation::identity, 0, bias, bias, tensors_.bias_gradient, y_.channels(),
                        spec_.bias == Write::add);
    }
  }

  ConvGradientsSpec spec_;
  WinogradGeometry geometry_;
  WinogradSide x_, y_;
  std::int64_t block_ = 1, blocks_ = 1;  // images per block of sums, and number of blocks
  ConvGradientsTensors tensors_;
};

}  // namespace

std::unique_ptr<ConvPass> winograd_conv_pass(const ConvPassSpec& spec) { return std::make_unique<WinogradPass>(spec); }

std::unique_ptr<ConvGradients> winograd_conv_gradients(const ConvGradientsSpec& spec) {
  return std::make_unique<WinogradGradients>(spec);
}

}  // namespace hourglass::compute
