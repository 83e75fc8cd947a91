// Convolutions with few channels on one side, which oneDNN pads to a register's width: up to 20 times slower than these
// loops. One image at a time, images in parallel.
#include <algorithm>

#include "compute/kernels/activation.hpp"
#include "compute/kernels/buffer.hpp"
#include "compute/kernels/parallel.hpp"
#include "compute/ops/conv/conv_pass.hpp"
#include "compute/ops/conv/conv_thin_geometry.hpp"

namespace hourglass::compute {
namespace {

// Images are processed in blocks, each with its own plane (and sums): at most this many, whatever the number of
// threads.
constexpr std::int64_t kImageBlocks = 64;
constexpr std::int64_t kSumBlocks = 32;
// Wide pixels processed while they are in the L1 cache, at 32 channels.
constexpr std::int64_t kChunkFloats = 2048;

class ThinPass : public ConvPass {
 public:
  ThinPass(const ConvPassSpec& spec, std::int64_t most_blocks)
      : spec_(spec), geometry_(spec.shape), block_((spec.shape.batch + most_blocks - 1) / most_blocks) {
    thin_is_image_ = spec.shape.image_channels < spec.shape.map_channels;
  }

  void bind(const ConvTensors& tensors) override {
    tensors_ = tensors;
    thin_ = thin_is_image_ ? tensors.image : tensors.map;
    wide_ = thin_is_image_ ? tensors.map : tensors.image;
  }

 protected:
  std::int64_t batch() const { return spec_.shape.batch; }
  std::int64_t blocks() const { return (batch() + block_ - 1) / block_; }
  std::int64_t chunk() const { return std::max<std::int64_t>(8, kChunkFloats / geometry_.lanes().channels); }
  std::int64_t packed_size() const { return geometry_.rows() * geometry_.lanes().padded(); }

  void finish(std::int64_t offset, std::int64_t count) const {
    if (!spec_.activation) return;
    activate(spec_.activation->kind, static_cast<float>(spec_.activation->alpha), tensors_.target + offset,
             tensors_.activated + offset, count);
  }

  ConvPassSpec spec_;
  ThinGeometry geometry_;
  std::int64_t block_;  // images
  bool thin_is_image_ = true;
  ConvTensors tensors_;
  const float *thin_ = nullptr, *wide_ = nullptr;
};

// thin [N, h, w, c] -> wide [N, H, W, C]
class SpreadPass final : public ThinPass {
 public:
  explicit SpreadPass(const ConvPassSpec& spec) : ThinPass(spec, kImageBlocks) {}

  std::int64_t scratch() const override {
    return packed_size() + geometry_.lanes().padded() + blocks() * whole_lines(geometry_.plane_size());
  }

  void execute() override {
    const Lanes& lanes = geometry_.lanes();
    float* const weights = tensors_.scratch;
    float* const bias = weights + packed_size();
    float* const planes = bias + lanes.padded();
    geometry_.pack(tensors_.weight, spec_.accumulate, weights);
    geometry_.pack_bias(spec_.bias ? tensors_.bias : nullptr, spec_.accumulate, bias);
    const Touches touches = geometry_.touches();
    parallel_blocks(batch(), block_, [&](std::int64_t begin, std::int64_t end) {
      float* const plane = planes + begin / block_ * whole_lines(geometry_.plane_size());
      for (std::int64_t n = begin; n < end; ++n) {
        geometry_.fill_plane(thin_ + n * geometry_.thin_size(), plane);
        for (std::int64_t pixel = 0; pixel < geometry_.wide_pixels(); pixel += chunk()) {
          const std::int64_t count = std::min(chunk(), geometry_.wide_pixels() - pixel);
          const std::int64_t offset = n * geometry_.wide_size() + pixel * lanes.channels;
          spread(lanes, touches, plane, weights, bias, pixel, count, tensors_.target + offset, spec_.accumulate);
          finish(offset, count * lanes.channels);
        }
      }
    });
  }
};

// wide [N, H, W, C] -> thin [N, h, w, c]
class GatherPass final : public ThinPass {
 public:
  explicit GatherPass(const ConvPassSpec& spec) : ThinPass(spec, spec.shape.batch) {}

  std::int64_t scratch() const override { return packed_size(); }

  void execute() override {
    const Lanes& lanes = geometry_.lanes();
    float* const weights = tensors_.scratch;
    geometry_.pack(tensors_.weight, true, weights);
    const std::int64_t channels = geometry_.thin_channels();
    const std::int64_t channel_size = packed_size() / channels;
    parallel_blocks(batch(), block_, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t n = begin; n < end; ++n) {
        const float* wide = wide_ + n * geometry_.wide_size();
        float* thin = tensors_.target + n * geometry_.thin_size();
        const float* ahead = wide + geometry_.wide_size();
        std::int64_t ahead_size = n + 1 < batch() ? geometry_.wide_size() : 0;
        for (const ThinRegion& each : geometry_.regions()) {
          for (std::int64_t c = 0; c < channels; ++c, ahead_size = 0) {
            gather(lanes, each.region, wide, weights + c * channel_size, spec_.bias ? tensors_.bias[c] : 0.0f,
                   thin + each.thin_first + c, spec_.accumulate, ahead, ahead_size);
          }
        }
        finish(n * geometry_.thin_size(), geometry_.thin_size());
      }
    });
  }
};

// thin [N, h, w, c], wide [N, H, W, C] -> the weight's gradient; and the bias's, when wide is the output's gradient
class CorrelatePass final : public ThinPass {
 public:
  explicit CorrelatePass(const ConvPassSpec& spec)
      : ThinPass(spec, kSumBlocks), undoes_(spec.undo && spec.undo->activation.kind != Activation::identity) {}

  std::int64_t scratch() const override { return blocks() * (sums_size() + plane_size() + undone_size()); }

  void execute() override {
    const Lanes& lanes = geometry_.lanes();
    float* const sums = tensors_.scratch;
    float* const planes = sums + blocks() * sums_size();
    float* const chunks = planes + blocks() * plane_size();
    const Touches touches = geometry_.padded_touches();
    parallel_blocks(batch(), block_, [&](std::int64_t begin, std::int64_t end) {
      const std::int64_t index = begin / block_;
      float* const own = sums + index * sums_size();
      float* const pixel_sums = spec_.undo && spec_.undo->sum ? own + products_size() : nullptr;
      float* const plane = planes + index * plane_size();
      std::fill_n(own, sums_size(), 0.0f);
      for (std::int64_t n = begin; n < end; ++n) {
        geometry_.fill_plane(thin_ + n * geometry_.thin_size(), plane);
        for (std::int64_t pixel = 0; pixel < geometry_.wide_pixels(); pixel += chunk()) {
          const std::int64_t count = std::min(chunk(), geometry_.wide_pixels() - pixel);
          const std::int64_t offset = n * geometry_.wide_size() + pixel * lanes.channels;
          const float* wide =
              undoes_ ? undone(offset, count * lanes.channels, chunks + index * undone_size()) : wide_ + offset;
          correlate(lanes, touches, plane, wide, pixel, count, own, pixel_sums);
        }
      }
    });
    for (std::int64_t b = 1; b < blocks(); ++b) {
      for (std::int64_t i = 0; i < sums_size(); ++i) sums[i] += sums[b * sums_size() + i];
    }
    geometry_.unpack(sums, tensors_.target, spec_.accumulate);
    if (spec_.undo && spec_.undo->sum) {
      geometry_.unpack_bias(sums + products_size(), tensors_.bias_sums, spec_.undo->add_sum);
    }
  }

 private:
  std::int64_t products_size() const { return geometry_.padded_touches().taps * geometry_.lanes().padded(); }
  std::int64_t sums_size() const { return products_size() + geometry_.lanes().padded(); }
  std::int64_t plane_size() const { return whole_lines(geometry_.plane_size()); }
  std::int64_t undone_size() const { return undoes_ ? whole_lines(chunk() * geometry_.lanes().channels) : 0; }

  // Returns the gradient before the activation, of `count` floats from `offset` on.
  const float* undone(std::int64_t offset, std::int64_t count, float* to) const {
    const op::Activate& activation = spec_.undo->activation;
    activate_backward(activation.kind, static_cast<float>(activation.alpha), tensors_.from + offset, wide_ + offset, to,
                      count, false);
    return to;
  }

  bool undoes_;
};

}  // namespace

bool thin_conv_fits(const ConvShape& shape) {
  const auto [thin, wide] = std::minmax(shape.image_channels, shape.map_channels);
  return shape.groups == 1 && thin < wide && wide >= 8;
}

std::unique_ptr<ConvPass> thin_conv_pass(const ConvPassSpec& spec) {
  const bool thin_is_image = spec.shape.image_channels < spec.shape.map_channels;
  if (spec.target == ConvTarget::weight) return std::make_unique<CorrelatePass>(spec);
  if ((spec.target == ConvTarget::image) == thin_is_image) return std::make_unique<GatherPass>(spec);
  return std::make_unique<SpreadPass>(spec);
}

}  // namespace hourglass::compute
