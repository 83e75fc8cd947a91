// Between the first trial and the end of an iteration, each update is one evaluation of the loss over all images.
#include "compute/optimise/lbfgs_optimizer.hpp"

#include <cmath>

#include "base/multiversion.hpp"
#include "compute/kernels/block_sums.hpp"
#include "compute/kernels/parallel.hpp"

namespace hourglass::compute {
namespace {

HOURGLASS_MULTIVERSION void decay_gradient(float* __restrict g, const float* __restrict w, std::int64_t count,
                                           float scale, float decay) {
  for (std::int64_t i = 0; i < count; ++i) g[i] = scale * g[i] + decay * w[i];
}

}  // namespace

void LbfgsRule::declare(ParamTable<Params>& table) {
  table
      .add("learning_rate", &Params::learning_rate, {1e-6, 1e6},
           "First trial step of an iteration, in quasi-Newton steps; the first iteration's has the gradient's length, "
           "at "
           "most 1.")
      .add("history", &Params::history, {1, 1000}, "Steps that are remembered; each takes twice the model's memory.")
      .add("max_evaluations", &Params::max_evaluations, {1, 1000},
           "Passes over the training set that one iteration's line search may take.")
      .add("weight_decay", &Params::weight_decay, {0}, "L2 pull towards zero; spares biases and scales.");
}

LbfgsOptimizer::LbfgsOptimizer(const Network& network, const LbfgsRule::Params& params,
                               const std::vector<bool>& trained)
    : params_(params),
      chunks_(chunks_of(network, params.weight_decay != 0, trained)),
      search_(network.buffer_size(), {.history = params.history, .evaluations = params.max_evaluations}) {}

void LbfgsOptimizer::begin(Model& model, double learning_rate) {
  if (search_.started() && !search_.searching()) search_.propose(model.parameters(), learning_rate);
}

Advance LbfgsOptimizer::update(Model& model, const Update& update) {
  const double value = update.gradient_scale * update.loss + add_decay(model, update.gradient_scale);
  if (search_.searching()) return search_.advance(model.parameters(), model.gradients(), value);
  if (!std::isfinite(value)) return Advance::stuck;
  search_.start(model.parameters(), model.gradients(), value);
  search_.propose(model.parameters(), update.learning_rate);
  return Advance::again;
}

/// Converts the model's gradient to that of scale * loss + weight_decay / 2 * (sum of squares of the decayed
/// parameters), and returns the latter term.
double LbfgsOptimizer::add_decay(Model& model, double scale) const {
  float* g = model.gradients().data();
  const float* w = model.parameters().data();
  double squares = 0;
  for (const Chunk& chunk : chunks_) {
    if (chunk.decays) squares += sum_of_squares(w + chunk.begin, chunk.end - chunk.begin);
  }
  if (squares == 0 && scale == 1) return 0;
  parallel_blocks(static_cast<std::int64_t>(chunks_.size()), 1, [&](std::int64_t index, std::int64_t) {
    const Chunk& chunk = chunks_[static_cast<std::size_t>(index)];
    decay_gradient(g + chunk.begin, w + chunk.begin, chunk.end - chunk.begin, static_cast<float>(scale),
                   chunk.decays ? static_cast<float>(params_.weight_decay) : 0.0f);
  });
  return params_.weight_decay / 2 * squares;
}

}  // namespace hourglass::compute
