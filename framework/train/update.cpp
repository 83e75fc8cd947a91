// Reads, corrupts and propagates batches; the optimiser updates the parameters, if possible during the backward pass.
#include "train/update.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/guest_code.hpp"
#include "base/random.hpp"
#include "compute/graph/constraints.hpp"
#include "compute/optimise/moving_average.hpp"
#include "train/divergence.hpp"

namespace hourglass::train {
namespace {

using Clock = std::chrono::steady_clock;

/// Adds the time since `from` to `sum` and returns the current time, at which the next interval starts.
Clock::time_point charge(double& sum, Clock::time_point from) {
  const auto now = Clock::now();
  sum += std::chrono::duration<double>(now - from).count();
  return now;
}

Node leaf_of(const compute::Network& network, compute::Leaf leaf, Graph* graph) {
  const auto& nodes = network.nodes();
  const auto found = std::ranges::find(nodes, leaf, &compute::NodeRecord::leaf);
  return found == nodes.end() ? Node{} : Node{graph, static_cast<int>(found - nodes.begin())};
}

std::int64_t batches_of(std::int64_t images, std::int64_t batch_size) { return (images + batch_size - 1) / batch_size; }

std::int64_t batches_per_update(const Phase& phase, std::int64_t images) {
  const auto batches = batches_of(images, std::min(phase.batch_size, images));
  return compute::is_full_batch(phase.optimizer) ? batches : std::min(phase.accumulate, batches);
}

std::int64_t images_of(const Phase& phase, const subject::SplitView& train) {
  return phase.images.empty() ? train.size() : static_cast<std::int64_t>(phase.images.size());
}

}  // namespace

bool keeps_gradients(const Phase& phase, std::int64_t images) {
  return batches_per_update(phase, images) > 1 || phase.gradient_clip > 0 || compute::is_full_batch(phase.optimizer);
}

Update::Update(const subject::Data& data, std::uint64_t seed, const Phase& phase, compute::Model& model)
    : seed_(seed),
      phase_(phase),
      model_(model),
      train_(data.split(Split::train)),
      image_(leaf_of(*phase.network, compute::Leaf::image, phase.objective.output.graph)),
      labels_(leaf_of(*phase.network, compute::Leaf::labels, phase.objective.output.graph)),
      order_(static_cast<std::size_t>(images_of(phase, train_))),
      batch_size_(std::min(phase.batch_size, images())),
      batches_(batches_of(images(), batch_size_)),
      optimizer_(compute::make_optimizer(*phase.network, phase.optimizer, phase.optimizer_values, phase.trained)),
      schedule_(subject::make_schedule(phase.schedule, phase.schedule_values, phase.schedule_common, phase.epochs)),
      per_update_(batches_per_update(phase, images())),
      updates_in_backward_(!keeps_gradients(phase, images())),
      learning_rate_(compute::base_learning_rate(phase.optimizer, phase.optimizer_values)) {
  if (per_update_ > 1) gradient_average_.emplace(phase.network->buffer_size());
  if (phase.ema > 0) {
    averaged_.emplace(*phase.network, false);
    std::ranges::copy(model_.parameters(), averaged_->parameters().begin());
  }
  if (phase.objective.penalties) weights_.resize(phase.network->penalties().size());
}

void Update::begin_epoch(const subject::Position& at) {
  base::PhiloxRng rng(seed_, base::Stream::order, keyed_epoch(at), 0);
  base::shuffle(order_, rng);
  noise_ = phase_.noise_of_epoch ? phase_.noise_of_epoch(at.epoch) : phase_.noise;
  if (phase_.images.empty()) return;
  for (auto& image : order_) image = phase_.images[static_cast<std::size_t>(image)];
}

/// Returns the epoch as it enters the keys of random numbers; it also distinguishes phases. All epochs of a full-batch
/// optimiser share order, noise and dropout, because it must minimise the same function in all of them.
std::uint64_t Update::keyed_epoch(const subject::Position& at) const {
  return (phase_.stream << 32) + (optimizer_->full_batch() ? 0 : static_cast<std::uint64_t>(at.epoch));
}

std::span<const std::int64_t> Update::indices(std::int64_t batch) const {
  const auto first = batch * batch_size_;
  return std::span(order_).subspan(static_cast<std::size_t>(first),
                                   static_cast<std::size_t>(std::min(batch_size_, images() - first)));
}

/// Sets the learning rate and the weights of the penalties for the step at this position.
void Update::set_rates(const subject::Position& at) {
  const double position = static_cast<double>(at.epoch) + static_cast<double>(at.batch) / static_cast<double>(batches_);
  rate_ = learning_rate_ * schedule_->factor(position);
  for (std::size_t i = 0; i < weights_.size(); ++i) weights_[i] = phase_.network->penalties()[i].weight.at(position);
}

std::optional<compute::Advance> Update::step(subject::Position& at, const AfterBatch& after_batch) {
  const base::GuestCode guest("training");
  set_rates(at);
  optimizer_->begin(model_, rate_);
  const double loss = gather(at, after_batch);
  // A full-batch optimiser can retreat from a point where the loss is not finite, unless it started there.
  const bool finite = std::isfinite(loss);
  auto advance = compute::Advance::stuck;
  if (finite || optimizer_->full_batch()) {
    const auto now = Clock::now();
    double scale = 1;
    if (phase_.gradient_clip > 0) {
      const double norm = compute::gradient_norm(model_);
      if (norm > phase_.gradient_clip) scale = phase_.gradient_clip / norm;
    }
    advance = updates_in_backward_
                  ? compute::Advance::done
                  : optimizer_->update(
                        model_, {.learning_rate = rate_, .step = at.step + 1, .gradient_scale = scale, .loss = loss});
    if (advance == compute::Advance::done) end_step(at);
    charge(profile_.optimizer, now);
    ++profile_.steps;
  }
  if (!finite && advance == compute::Advance::stuck) {
    const auto images = static_cast<std::int64_t>(indices(at.batch - 1).size());
    reason_ = bad_batch(at.epoch + 1, at.batch, loss, plan(images).first_bad_tensor());
    return std::nullopt;
  }
  return advance;
}

void Update::end_step(subject::Position& at) {
  ++at.step;
  compute::apply_constraints(*phase_.network, model_.parameters());
  if (!averaged_) return;
  compute::move_average(averaged_->parameters(), model_.parameters(), compute::average_decay(phase_.ema, at.step));
  compute::apply_constraints(*phase_.network, averaged_->parameters());
}

/// Computes the mean gradient over the images of one update's batches in the model and returns their mean loss. Ends
/// early if the loss is not finite.
double Update::gather(subject::Position& at, const AfterBatch& after_batch) {
  const auto first = at.batch, end = std::min(first + per_update_, batches_);
  const auto images = static_cast<double>(std::min(end * batch_size_, this->images()) - first * batch_size_);
  double loss = 0;
  for (; at.batch < end && std::isfinite(loss); ++at.batch) {
    if (at.batch > first) after_batch(at.batch * batch_size_);
    const auto chosen = indices(at.batch);
    const auto size = static_cast<double>(chosen.size());
    const auto losses = gradients(chosen, at);
    loss += losses.total * (size / images);
    at.loss_sum += losses.loss * size;
    at.objective_sum += losses.total * size;
    for (std::size_t i = 0; i < losses.penalties.size(); ++i) at.penalty_sums[i] += losses.penalties[i] * size;
    if (end - first == 1) continue;
    const auto now = Clock::now();
    if (at.batch + 1 < end) {
      gradient_average_->add(model_.gradients(), size / images, at.batch == first);
    } else {
      gradient_average_->finish(model_.gradients(), size / images);
    }
    charge(profile_.optimizer, now);
  }
  return loss;
}

/// Computes the losses of a batch and, if they are finite, the gradients, which the optimiser may apply at once.
compute::Losses Update::gradients(std::span<const std::int64_t> indices, const subject::Position& at) {
  auto now = Clock::now();
  auto& plan = this->plan(static_cast<std::int64_t>(indices.size()));
  fill(plan, indices);
  if (!weights_.empty()) plan.set_penalty_weights(weights_);
  now = charge(profile_.data, now);
  corrupt(plan, indices, at);
  now = charge(profile_.noise, now);

  const auto losses = plan.forward(
      {seed_, keyed_epoch(at) * static_cast<std::uint64_t>(batches_) + static_cast<std::uint64_t>(at.batch)});
  now = charge(profile_.forward, now);
  if (std::isfinite(losses.total)) run_backward(plan, at.step);
  charge(profile_.backward, now);
  return losses;
}

/// Fills the target, the labels and the clean input: `clean_`, or the target itself if it is the clean input.
void Update::fill(compute::Plan& plan, std::span<const std::int64_t> indices) {
  if (phase_.target == Target::image && phase_.input.id == image_.id) {
    train_.read(indices, plan.target());
  } else {
    compute_input(indices);
    if (phase_.target == Target::input) std::ranges::copy(clean_, plan.target().begin());
    if (phase_.target == Target::image) train_.read(indices, plan.target());
  }
  if (phase_.target == Target::labels) train_.one_hot(indices, plan.target());
  if (labels_ && plan.reads(labels_)) train_.one_hot(indices, plan.feed(labels_));
}

void Update::corrupt(compute::Plan& plan, std::span<const std::int64_t> indices, const subject::Position& at) {
  const bool from_target = phase_.target == Target::image && phase_.input.id == image_.id;
  const auto clean = from_target ? std::span<const float>(plan.target()) : std::span<const float>(clean_);
  const auto input = plan.feed(phase_.input);
  if (!noise_ || at.epoch < phase_.clean_epochs) {
    std::ranges::copy(clean, input.begin());
    return;
  }
  const auto& dims = phase_.input.shape().dims;
  const ImageShape shape =
      dims.size() == 3 ? ImageShape{dims[0], dims[1], dims[2]} : ImageShape{1, 1, phase_.input.shape().size()};
  train_.corrupt(indices, clean, input, shape, *noise_, seed_, base::Stream::noise, keyed_epoch(at));
}

/// Computes the clean input of a batch from its images and stores it in `clean_`.
void Update::compute_input(std::span<const std::int64_t> indices) {
  const auto images = static_cast<std::int64_t>(indices.size());
  clean_.resize(indices.size() * static_cast<std::size_t>(phase_.input.shape().size()));
  if (phase_.input.id == image_.id) return train_.read(indices, clean_);
  auto found = input_plans_.find(images);
  if (found == input_plans_.end()) {
    compute::PlanSpec spec{.batch = images, .feeds = {}, .outputs = {phase_.input}, .objective = {}};
    found = input_plans_.emplace(images, compute::Plan(*phase_.network, model_, spec)).first;
  }
  auto& plan = found->second;
  train_.read(indices, plan.feed(image_));
  if (labels_ && plan.reads(labels_)) train_.one_hot(indices, plan.feed(labels_));
  plan.forward();
  std::ranges::copy(plan.value(phase_.input), clean_.begin());
}

void Update::run_backward(compute::Plan& plan, std::int64_t step) {
  if (!updates_in_backward_) return plan.backward();
  // std::function stores two captures without an allocation.
  struct {
    compute::Update how;
    double seconds = 0;
  } updating{{.learning_rate = rate_, .step = step + 1}};
  plan.backward([this, &updating](int parameter, const float* gradient) {
    const auto now = Clock::now();
    optimizer_->update_parameter(model_, updating.how, parameter, gradient);
    charge(updating.seconds, now);
  });
  profile_.optimizer += updating.seconds;
  profile_.backward -= updating.seconds;
}

compute::Plan& Update::plan(std::int64_t images) {
  const auto found = plans_.find(images);
  if (found != plans_.end()) return found->second;
  compute::PlanSpec spec{.batch = images,
                         .training = true,
                         .hands_out_gradients = updates_in_backward_,
                         .precision = phase_.precision,
                         .feeds = {},
                         .outputs = {},
                         .objective = phase_.objective,
                         .trained = phase_.trained};
  if (phase_.input.id != image_.id) spec.feeds = {phase_.input};
  auto& made = plans_.emplace(images, compute::Plan(*phase_.network, model_, spec)).first->second;
  if (profiles_operations_) made.start_profile();
  return made;
}

Cost Update::cost() {
  constexpr auto kFloat = static_cast<std::int64_t>(sizeof(float));
  const auto buffer = phase_.network->buffer_size() * kFloat;
  const auto& plan = this->plan(batch_size_);
  return {.memory = {.parameters = static_cast<std::int64_t>(model_.parameters().size()) * kFloat,
                     .gradients = static_cast<std::int64_t>(model_.gradients().size()) * kFloat,
                     .sums = gradient_average_ ? buffer : 0,
                     .average = averaged_ ? buffer : 0,
                     .optimizer = static_cast<std::int64_t>(optimizer_->state().size()) * kFloat,
                     .activations = plan.memory_bytes()},
          .batch = batch_size_,
          .flops = plan.forward_flops() + plan.backward_flops()};
}

}  // namespace hourglass::train
