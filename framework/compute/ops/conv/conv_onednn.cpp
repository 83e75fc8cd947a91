// Convolutions by oneDNN, on channels-last tensors; the weight is reordered to oneDNN's preferred layout in each step.
// The batch is processed in parts whose results are still in cache when bias and activation are applied. In bf16 the
// operands are rounded copies; results are f32.
#include <algorithm>
#include <vector>

#include "compute/kernels/activation.hpp"
#include "compute/kernels/bf16.hpp"
#include "compute/kernels/buffer.hpp"
#include "compute/kernels/parallel.hpp"
#include "compute/ops/conv/conv_finish.hpp"
#include "compute/ops/conv/conv_pass.hpp"
#include "compute/ops/elementwise.hpp"
#include "compute/ops/onednn.hpp"

namespace hourglass::compute {
namespace {

using dnnl::memory;
using Tag = memory::format_tag;
using Type = memory::data_type;

constexpr std::int64_t kPartFloats = 256 * 1024;

std::int64_t floats_of(const memory::desc& description) {
  return whole_lines(static_cast<std::int64_t>((description.get_size() + sizeof(float) - 1) / sizeof(float)));
}

// Returns whether a pass reads bf16. Layers that leave lanes of a bf16 product empty are faster in f32.
bool takes_bf16(const ConvPassSpec& spec) {
  return spec.precision == Precision::bf16 && spec.shape.groups == 1 &&
         std::min(spec.shape.image_channels, spec.shape.map_channels) >= 16;
}

// oneDNN's description of the shapes and of the tensors that a pass with this target reads and writes.
struct Description {
  Description(const ConvPassSpec& spec, std::int64_t batch)
      : image(tensor({batch, spec.shape.image_channels, spec.shape.image[0], spec.shape.image[1]},
                     type(spec, ConvTarget::image))),
        map(tensor({batch, spec.shape.map_channels, spec.shape.map[0], spec.shape.map[1]},
                   type(spec, ConvTarget::map))),
        bias({spec.shape.map_channels}, Type::f32, Tag::a),
        strides{spec.shape.window.stride[0], spec.shape.window.stride[1]},
        dilates{spec.shape.window.dilation[0] - 1, spec.shape.window.dilation[1] - 1},
        before{spec.shape.window.padding[0], spec.shape.window.padding[1]} {
    const ConvShape& shape = spec.shape;
    memory::dims dims = {shape.map_channels / shape.groups, shape.image_channels / shape.groups, shape.kernel[0],
                         shape.kernel[1]};
    if (shape.groups > 1) dims.insert(dims.begin(), shape.groups);
    plain_weight = memory::desc(dims, Type::f32, shape.groups > 1 ? Tag::goihw : Tag::oihw);
    any_weight = memory::desc(dims, type(spec, ConvTarget::weight), Tag::any);
    for (std::size_t i = 0; i < 2; ++i) {
      after.push_back((shape.map[i] - 1) * shape.window.stride[i] + shape.window.dilation[i] * (shape.kernel[i] - 1) +
                      1 - shape.image[i] - shape.window.padding[i]);
    }
  }

  static memory::desc tensor(const memory::dims& dims, Type type) { return {dims, type, Tag::nhwc}; }
  static Type type(const ConvPassSpec& spec, ConvTarget tensor) {
    return takes_bf16(spec) && spec.target != tensor ? Type::bf16 : Type::f32;
  }

  memory::desc image, map, bias, plain_weight, any_weight;
  memory::dims strides, dilates, before, after;
};

dnnl::convolution_forward::primitive_desc forward_of(const Description& d, bool bias) {
  const auto kind = dnnl::prop_kind::forward_training;
  const auto direct = dnnl::algorithm::convolution_direct;
  const auto descriptor = bias ? dnnl::convolution_forward::desc(kind, direct, d.image, d.any_weight, d.bias, d.map,
                                                                 d.strides, d.dilates, d.before, d.after)
                               : dnnl::convolution_forward::desc(kind, direct, d.image, d.any_weight, d.map, d.strides,
                                                                 d.dilates, d.before, d.after);
  return {descriptor, onednn_attributes(), onednn_engine()};
}

class OnednnConvPass final : public ConvPass {
 public:
  explicit OnednnConvPass(const ConvPassSpec& spec)
      : spec_(spec),
        part_(part_of(spec)),
        rounds_(takes_bf16(spec)),
        description_(spec, part_),
        weight_(description_.plain_weight) {
    const Description& d = description_;
    const auto direct = dnnl::algorithm::convolution_direct;
    // The backward passes need the primitive descriptor of a matching forward pass as a hint.
    ConvPassSpec forwards = spec;
    forwards.target = ConvTarget::map;
    const auto forward = forward_of(Description(forwards, part_), spec.bias && spec.target == ConvTarget::map);
    switch (spec.target) {
      case ConvTarget::map:
        primitive_ = Primitive(forward);
        weight_ = forward.weights_desc();
        break;
      case ConvTarget::image: {
        const dnnl::convolution_backward_data::primitive_desc compiled(
            {direct, d.image, d.any_weight, d.map, d.strides, d.dilates, d.before, d.after}, onednn_attributes(),
            onednn_engine(), forward);
        primitive_ = Primitive(compiled);
        weight_ = compiled.weights_desc();
        break;
      }
      case ConvTarget::weight: {
        const dnnl::convolution_backward_weights::primitive_desc compiled(
            {direct, d.image, d.any_weight, d.map, d.strides, d.dilates, d.before, d.after}, onednn_attributes(),
            onednn_engine(), forward);
        primitive_ = Primitive(compiled);
        weight_ = compiled.diff_weights_desc();
      }
    }
    reorders_ = weight_ != d.plain_weight || (spec.target == ConvTarget::weight && spec.accumulate);
    if (reorders_) reorder_ = reorder_of();
    stages_ = spec.accumulate && spec.target != ConvTarget::weight;
  }

  std::int64_t scratch() const override {
    return whole_lines(std::max(primitive_.scratch(), reorder_.scratch())) + weight_floats() + pattern_floats() +
           staged_floats() + rounded_floats(ConvTarget::image) + rounded_floats(ConvTarget::map);
  }

  void bind(const ConvTensors& tensors) override {
    tensors_ = tensors;
    float* next = tensors.scratch + whole_lines(std::max(primitive_.scratch(), reorder_.scratch()));
    float* const ordered = next;
    pattern_ = next + weight_floats();
    staged_ = pattern_ + pattern_floats();
    rounded_image_ = reinterpret_cast<std::uint16_t*>(staged_ + staged_floats());
    rounded_map_ = reinterpret_cast<std::uint16_t*>(staged_ + staged_floats() + rounded_floats(ConvTarget::image));
    if (reorders_) bind_reorder(ordered);
    parts_.assign(static_cast<std::size_t>(spec_.shape.batch / part_), primitive_);
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      bind_part(parts_[i], static_cast<std::int64_t>(i), reorders_ ? ordered : nullptr);
    }
  }

  void execute() override {
    const bool gradient = spec_.target == ConvTarget::weight;
    if (reorders_ && !gradient) reorder_.execute();
    if (adds_bias()) fill_bias_pattern(tensors_.bias, channels(), pattern_);
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const std::int64_t first = static_cast<std::int64_t>(i) * part_;
      round_operands(first);
      parts_[i].execute();
      if (!gradient) finish(first * target_size());
    }
    if (reorders_ && gradient) reorder_.execute();
  }

 private:
  // Returns the largest number of images that divides the batch and keeps results in cache. A weight's gradient is
  // summed over the whole batch.
  static std::int64_t part_of(const ConvPassSpec& spec) {
    const std::int64_t batch = spec.shape.batch;
    if (spec.target == ConvTarget::weight) return batch;
    const bool follows = spec.activation || spec.accumulate || (spec.bias && spec.target == ConvTarget::image);
    if (!follows && !takes_bf16(spec)) return batch;
    const std::int64_t size = spec.target == ConvTarget::map ? spec.shape.map_size() : spec.shape.image_size();
    for (std::int64_t part = batch; part > batch / 16; --part) {
      if (batch % part == 0 && part * size <= kPartFloats * threads()) return part;
    }
    return batch;
  }

  std::int64_t target_size() const {
    return spec_.target == ConvTarget::map ? spec_.shape.map_size() : spec_.shape.image_size();
  }
  std::int64_t channels() const {
    return spec_.target == ConvTarget::map ? spec_.shape.map_channels : spec_.shape.image_channels;
  }
  bool adds_bias() const { return spec_.bias && spec_.target == ConvTarget::image; }
  std::int64_t weight_floats() const { return reorders_ ? floats_of(weight_) : 0; }
  std::int64_t staged_floats() const { return stages_ ? whole_lines(part_ * target_size()) : 0; }
  std::int64_t rounded_floats(ConvTarget tensor) const {
    if (!rounds_ || tensor == spec_.target) return 0;
    return bf16_floats(part_ * (tensor == ConvTarget::image ? spec_.shape.image_size() : spec_.shape.map_size()));
  }
  std::int64_t pattern_floats() const { return adds_bias() ? whole_lines(bias_pattern(channels())) : 0; }

  Primitive reorder_of() const {
    const memory::desc& plain = description_.plain_weight;
    const bool gradient = spec_.target == ConvTarget::weight;
    auto attributes = onednn_attributes();
    if (gradient && spec_.accumulate) {
      dnnl::post_ops sum;
      sum.append_sum(1.0f);
      attributes.set_post_ops(sum);
    }
    return Primitive(dnnl::reorder::primitive_desc(onednn_engine(), gradient ? weight_ : plain, onednn_engine(),
                                                   gradient ? plain : weight_, attributes));
  }

  void bind_reorder(const float* ordered) {
    const memory::desc& plain = description_.plain_weight;
    const bool gradient = spec_.target == ConvTarget::weight;
    reorder_.bind(tensors_.scratch);
    reorder_.add(DNNL_ARG_FROM, gradient ? weight_ : plain, gradient ? ordered : tensors_.weight);
    reorder_.add(DNNL_ARG_TO, gradient ? plain : weight_, gradient ? tensors_.target : ordered);
  }

  void bind_part(Primitive& part, std::int64_t index, const float* ordered) const {
    const Description& d = description_;
    const void* image = tensors_.image + index * part_ * spec_.shape.image_size();
    const void* map = tensors_.map + index * part_ * spec_.shape.map_size();
    if (rounds_) image = rounded_image_, map = rounded_map_;
    const float* target = stages_ ? staged_ : tensors_.target + index * part_ * target_size();
    part.bind(tensors_.scratch);
    switch (spec_.target) {
      case ConvTarget::map:
        part.add(DNNL_ARG_SRC, d.image, image);
        part.add(DNNL_ARG_WEIGHTS, weight_, ordered != nullptr ? ordered : tensors_.weight);
        if (spec_.bias) part.add(DNNL_ARG_BIAS, d.bias, tensors_.bias);
        part.add(DNNL_ARG_DST, d.map, target);
        break;
      case ConvTarget::image:
        part.add(DNNL_ARG_DIFF_DST, d.map, map);
        part.add(DNNL_ARG_WEIGHTS, weight_, ordered != nullptr ? ordered : tensors_.weight);
        part.add(DNNL_ARG_DIFF_SRC, d.image, target);
        break;
      case ConvTarget::weight:
        part.add(DNNL_ARG_SRC, d.image, image);
        part.add(DNNL_ARG_DIFF_DST, d.map, map);
        part.add(DNNL_ARG_DIFF_WEIGHTS, weight_, ordered != nullptr ? ordered : tensors_.target);
    }
  }

  // Rounds the operands of the part that starts with image `first` to bf16.
  void round_operands(std::int64_t first) const {
    if (!rounds_) return;
    const std::int64_t image = spec_.shape.image_size(), map = spec_.shape.map_size();
    if (spec_.target != ConvTarget::image) to_bf16(tensors_.image + first * image, rounded_image_, part_ * image);
    if (spec_.target != ConvTarget::map) to_bf16(tensors_.map + first * map, rounded_map_, part_ * map);
  }

  // Applies bias and activation, or accumulates, for the part of the target that starts at `offset`.
  void finish(std::int64_t offset) const {
    const bool bias = adds_bias();
    if (!bias && !spec_.activation && !stages_) return;
    const std::int64_t whole = channels() * std::max<std::int64_t>(1, kElementBlock / channels());
    parallel_blocks(part_ * target_size(), whole, [&](std::int64_t begin, std::int64_t end) {
      float* target = tensors_.target + offset + begin;
      if (stages_) {
        const float* staged = staged_ + begin;
        activate_backward(Activation::identity, 0, staged, staged, target, end - begin, true);
        return;
      }
      if (bias) add_bias(pattern_, channels(), target, end - begin);
      if (spec_.activation) {
        activate(spec_.activation->kind, static_cast<float>(spec_.activation->alpha), target,
                 tensors_.activated + offset + begin, end - begin);
      }
    });
  }

  ConvPassSpec spec_;
  std::int64_t part_;  // images per part
  bool rounds_;        // operands are bf16 copies
  Description description_;
  memory::desc weight_;
  Primitive primitive_, reorder_;
  std::vector<Primitive> parts_;
  bool reorders_ = false, stages_ = false;
  ConvTensors tensors_;
  float *pattern_ = nullptr, *staged_ = nullptr;
  std::uint16_t *rounded_image_ = nullptr, *rounded_map_ = nullptr;
};

}  // namespace

std::unique_ptr<ConvPass> onednn_conv_pass(const ConvPassSpec& spec) { return std::make_unique<OnednnConvPass>(spec); }

}  // namespace hourglass::compute
