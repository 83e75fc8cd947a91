#include "train/trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "base/random.hpp"
#include "compute/graph/constraints.hpp"
#include "train/divergence.hpp"
#include "train/moving_average.hpp"

namespace hourglass::train {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

/// Adds the time since `from` to `sum` and returns now, which starts the next phase.
Clock::time_point charge(double& sum, Clock::time_point from) {
  const auto now = Clock::now();
  sum += seconds_between(from, now);
  return now;
}

Node labels_leaf(compute::Network& network) {
  const auto& nodes = network.nodes();
  const auto found = std::ranges::find(nodes, compute::Leaf::labels, &compute::NodeRecord::leaf);
  return found == nodes.end() ? Node{} : Node{&network, static_cast<int>(found - nodes.begin())};
}

std::unique_ptr<compute::Optimizer> optimizer_of(const Setup& setup) {
  const auto& optimizer = setup.config.table("train.optimizer");
  return compute::make_optimizer(*setup.autoencoder.network, optimizer.alternative->name, optimizer.values());
}

}  // namespace

bool updates_on_the_way(const subject::TrainSettings::Params& settings, const compute::Optimizer& optimizer,
                        std::int64_t batches_of_update) {
  return batches_of_update == 1 && settings.gradient_clip == 0 && !optimizer.full_batch();
}

Trainer::Trainer(const Setup& setup)
    : setup_(setup),
      settings_(setup.config.as<subject::TrainSettings>("train")),
      clean_epochs_(params_of<subject::NoiseSettings>().bind(setup.config.table("noise").common_values()).after),
      train_(setup.data.split(Split::train)),
      validation_(setup.data.split(Split::validation)),
      batch_size_(std::min(settings_.batch_size, train_.size())),
      batches_((train_.size() + batch_size_ - 1) / batch_size_),
      optimizer_(optimizer_of(setup)),
      per_update_(optimizer_->full_batch() ? batches_ : std::min(settings_.accumulate, batches_)),
      on_the_way_(updates_on_the_way(settings_, *optimizer_, per_update_)),
      model_(*setup.autoencoder.network, !on_the_way_),
      labels_(labels_leaf(*setup.autoencoder.network)) {
  const auto& optimizer = setup.config.table("train.optimizer");
  learning_rate_ = compute::base_learning_rate(optimizer.alternative->name, optimizer.values());
  const auto& schedule = setup.config.table("train.schedule");
  schedule_ =
      subject::make_schedule(schedule.alternative->name, schedule.values(), schedule.common_values(), settings_.epochs);
  if (per_update_ > 1) gradient_average_.emplace(setup.autoencoder.network->buffer_size());
  model_.initialise(*setup.autoencoder.network, setup.seed);
  if (settings_.ema > 0) {
    averaged_.emplace(*setup.autoencoder.network, false);
    std::ranges::copy(model_.parameters(), averaged_->parameters().begin());
  }
  at_.penalty_sums.assign(setup.autoencoder.network->penalties().size(), 0.0);
  at_.schedule = schedule_->state();
}

void Trainer::resume() {
  const auto path = setup_.folder.checkpoint("last");
  if (!std::filesystem::exists(path)) return;
  subject::Checkpoint last{.cell = setup_.folder.id(),
                           .parameters = shown().parameters(),
                           .optimizer = optimizer_->state(),
                           .raw = averaged_ ? model_.parameters() : std::span<float>{}};
  subject::load_checkpoint(path, *setup_.autoencoder.network, last);
  at_ = last.position;
  schedule_->restore(at_.schedule);
  // A run that was killed between writing its rows and its checkpoint makes the surplus rows again.
  rows_ = setup_.folder.read_metrics();
  std::erase_if(rows_, [&](const auto& row) { return row.epoch > at_.epoch; });
  if (static_cast<std::int64_t>(rows_.size()) != at_.epoch) {
    throw base::UserError(
        fmt::format("{}: metrics.csv holds {} of the {} epochs that were trained; start the run over with --fresh",
                    setup_.folder.path().string(), rows_.size(), at_.epoch));
  }
  if (!rows_.empty()) seconds_before_ = rows_.back().seconds;
}

Report Trainer::run(const std::atomic<bool>& stop, Observer& observer) {
  started_ = saved_ = Clock::now();
  auto progress = Progress::ended;
  while (!at_.done && progress == Progress::ended) {
    progress = train_epoch(stop, observer);
  }
  const auto outcome = progress == Progress::diverged  ? Outcome::diverged
                       : progress == Progress::stopped ? Outcome::interrupted
                                                       : Outcome::finished;
  profile_.total = seconds_between(started_, Clock::now());
  return {outcome, at_.epoch, reason_, profile_};
}

Trainer::Progress Trainer::train_epoch(const std::atomic<bool>& stop, Observer& observer) {
  begin_epoch();
  auto advance = std::optional(compute::Advance::done);
  while (at_.batch < batches_) {
    advance = step(observer);
    if (!advance) return Progress::diverged;
    report(observer, std::min(at_.batch * batch_size_, train_.size()));
    if (advance == compute::Advance::again) {
      at_.batch = 0;
      at_.loss_sum = 0;
      std::ranges::fill(at_.penalty_sums, 0.0);
    }
    const bool last = at_.batch == batches_;
    if (stop && !last) {
      save_last();
      return Progress::stopped;
    }
    if (!last && seconds_between(saved_, Clock::now()) >= settings_.checkpoint_seconds) save_last();
  }
  // Relu turns a NaN into zero, so that a finite loss alone does not prove the parameters sound.
  if (!std::ranges::all_of(std::as_const(model_).parameters(), [](float value) { return std::isfinite(value); })) {
    reason_ = fmt::format("epoch {}: a parameter is not finite; first bad tensor: {}", at_.epoch + 1,
                          plan(batch_size_, true).first_bad_tensor());
    return Progress::diverged;
  }
  const bool stuck = advance == compute::Advance::stuck;
  if (stuck) setup_.folder.log("no step lowers the loss any more: training ends");
  std::optional<double> validation;
  if (validation_.size() > 0) validation = mean_loss(validation_, validation_.size());
  const auto terms = settings_.reduction == subject::Reduction::sum ? setup_.data.shape().size() : 1;
  if (validation && !is_sound(*validation, terms)) {
    reason_ = bad_loss(at_.epoch + 1, "the validation loss", *validation);
    return Progress::diverged;
  }
  // Without validation, nothing else follows the last update that would show what it did.
  if (!validation && at_.epoch + 1 == settings_.epochs) {
    const double after = mean_loss(train_, batch_size_);
    if (!is_sound(after, terms)) {
      reason_ = bad_loss(at_.epoch + 1, "the loss after the last update", after);
      return Progress::diverged;
    }
  }
  end_epoch(observer, validation, stuck);
  return stop && !at_.done ? Progress::stopped : Progress::ended;
}

void Trainer::begin_epoch() {
  order_.resize(static_cast<std::size_t>(train_.size()));
  std::iota(order_.begin(), order_.end(), std::int64_t{0});
  base::PhiloxRng rng(setup_.seed, base::Stream::order, keyed_epoch(), 0);
  base::shuffle(order_, rng);
}

/// Returns the epoch in the keys of random numbers. A full-batch optimiser minimises one function from first to last:
/// its epochs share order, noise and dropout.
std::uint64_t Trainer::keyed_epoch() const {
  return optimizer_->full_batch() ? 0 : static_cast<std::uint64_t>(at_.epoch);
}

std::span<const std::int64_t> Trainer::indices(std::int64_t batch) const {
  const auto first = batch * batch_size_;
  return std::span(order_).subspan(static_cast<std::size_t>(first),
                                   static_cast<std::size_t>(std::min(batch_size_, train_.size() - first)));
}

/// Makes one update. Nothing comes back when the loss is not finite.
std::optional<compute::Advance> Trainer::step(Observer& observer) {
  const double position =
      static_cast<double>(at_.epoch) + static_cast<double>(at_.batch) / static_cast<double>(batches_);
  last_rate_ = learning_rate_ * schedule_->factor(position);
  optimizer_->begin(model_, last_rate_);
  const double loss = gather(observer);
  // A full-batch optimiser goes back from where the loss is not finite, unless that is where it starts.
  const bool finite = std::isfinite(loss);
  auto advance = compute::Advance::stuck;
  if (finite || optimizer_->full_batch()) {
    const auto now = Clock::now();
    double scale = 1;
    if (settings_.gradient_clip > 0) {
      const double norm = compute::gradient_norm(model_);
      if (norm > settings_.gradient_clip) scale = settings_.gradient_clip / norm;
    }
    advance =
        on_the_way_
            ? compute::Advance::done
            : optimizer_->update(
                  model_, {.learning_rate = last_rate_, .step = at_.step + 1, .gradient_scale = scale, .loss = loss});
    if (advance == compute::Advance::done) end_step();
    charge(profile_.optimizer, now);
    ++profile_.steps;
  }
  if (!finite && advance == compute::Advance::stuck) {
    const auto images = static_cast<std::int64_t>(indices(at_.batch - 1).size());
    reason_ = bad_batch(at_.epoch + 1, at_.batch, loss, plan(images, true).first_bad_tensor());
    return std::nullopt;
  }
  return advance;
}

void Trainer::end_step() {
  const auto& network = *setup_.autoencoder.network;
  ++at_.step;
  compute::apply_constraints(network, model_);
  if (!averaged_) return;
  move_average(averaged_->parameters(), model_.parameters(), average_decay(settings_.ema, at_.step));
  compute::apply_constraints(network, *averaged_);
}

/// Leaves the mean gradient over the images of one update's batches in the model, and returns their mean loss. Ends
/// early when that is not finite.
double Trainer::gather(Observer& observer) {
  const auto first = at_.batch, end = std::min(first + per_update_, batches_);
  const auto images = static_cast<double>(std::min(end * batch_size_, train_.size()) - first * batch_size_);
  double loss = 0;
  for (; at_.batch < end && std::isfinite(loss); ++at_.batch) {
    if (at_.batch > first) report(observer, at_.batch * batch_size_);
    const auto chosen = indices(at_.batch);
    const auto size = static_cast<double>(chosen.size());
    const auto losses = gradients(chosen, at_.batch);
    loss += losses.total * (size / images);
    at_.loss_sum += losses.loss * size;
    for (std::size_t i = 0; i < at_.penalty_sums.size(); ++i) at_.penalty_sums[i] += losses.penalties[i] * size;
    if (end - first == 1) continue;
    const auto now = Clock::now();
    if (at_.batch + 1 < end) {
      gradient_average_->add(model_.gradients(), size / images, at_.batch == first);
    } else {
      gradient_average_->finish(model_.gradients(), size / images);
    }
    charge(profile_.optimizer, now);
  }
  return loss;
}

/// Computes the losses of a batch and, where they are finite, the gradients; or makes the update that they are for.
compute::Losses Trainer::gradients(std::span<const std::int64_t> indices, std::int64_t batch) {
  auto now = Clock::now();
  auto& plan = this->plan(static_cast<std::int64_t>(indices.size()), true);
  train_.read(indices, plan.target());
  if (labels_) fill_labels(plan, train_.labels(), indices);
  now = charge(profile_.data, now);
  if (at_.epoch < clean_epochs_) {
    std::ranges::copy(plan.target(), plan.feed(setup_.autoencoder.image).begin());
  } else {
    train_.corrupt(indices, plan.target(), plan.feed(setup_.autoencoder.image), setup_.noise, setup_.seed,
                   base::Stream::noise, keyed_epoch());
  }
  now = charge(profile_.noise, now);

  const auto losses = plan.forward(
      {setup_.seed, keyed_epoch() * static_cast<std::uint64_t>(batches_) + static_cast<std::uint64_t>(batch)});
  now = charge(profile_.forward, now);
  if (std::isfinite(losses.total)) go_back(plan);
  charge(profile_.backward, now);
  return losses;
}

void Trainer::go_back(compute::Plan& plan) {
  if (!on_the_way_) return plan.backward();
  double updating = 0;
  plan.backward([&](int parameter, const float* gradient) {
    const auto now = Clock::now();
    optimizer_->update_parameter(model_, {.learning_rate = last_rate_, .step = at_.step + 1}, parameter, gradient);
    charge(updating, now);
  });
  profile_.optimizer += updating;
  profile_.backward -= updating;
}

void Trainer::report(Observer& observer, std::int64_t images) const {
  observer.step(at_.epoch, images, train_.size(), at_.loss_sum / static_cast<double>(images));
}

/// Returns the loss of the first `count` images of a split as validation has it: without dropout, under the noise that
/// tasks see.
double Trainer::mean_loss(const subject::SplitView& split, std::int64_t count) {
  double sum = 0;
  std::vector<std::int64_t> indices;
  for (std::int64_t first = 0; first < count; first += settings_.batch_size) {
    indices.resize(static_cast<std::size_t>(std::min(settings_.batch_size, count - first)));
    std::iota(indices.begin(), indices.end(), first);
    auto& plan = this->plan(static_cast<std::int64_t>(indices.size()), false);
    split.read_noisy(indices, plan.target(), plan.feed(setup_.autoencoder.image), setup_.noise, setup_.seed,
                     base::Stream::evaluation_noise, 0);
    if (labels_) fill_labels(plan, split.labels(), indices);
    sum += plan.forward().loss * static_cast<double>(indices.size());
  }
  return sum / static_cast<double>(count);
}

void Trainer::end_epoch(Observer& observer, std::optional<double> validation, bool stuck) {
  const auto images = static_cast<double>(train_.size());
  results::EpochRow row{.epoch = at_.epoch + 1,
                        .step = at_.step,
                        .learning_rate = last_rate_,
                        .train_loss = at_.loss_sum / images,
                        .penalties = at_.penalty_sums,
                        .validation_loss = validation};
  for (auto& penalty : row.penalties) penalty /= images;

  const double judged = validation.value_or(row.train_loss);
  if (validation) {
    if (!at_.best || judged < *at_.best - settings_.min_delta) {
      at_.best = judged;
      at_.waited = 0;
      subject::save_checkpoint(setup_.folder.checkpoint("best"), *setup_.autoencoder.network,
                               {.position = at_, .cell = setup_.folder.id(), .parameters = shown().parameters()});
    } else {
      ++at_.waited;
    }
  }
  schedule_->end_epoch(judged);
  at_.schedule = schedule_->state();
  ++at_.epoch;
  at_.batch = 0;
  at_.loss_sum = 0;
  std::ranges::fill(at_.penalty_sums, 0.0);
  at_.done = stuck || should_end();

  const double before = rows_.empty() ? 0 : rows_.back().seconds;
  row.seconds = seconds_before_ + seconds_between(started_, Clock::now());
  row.images_per_second = images / std::max(1e-9, row.seconds - before);
  rows_.push_back(row);
  std::vector<std::string> penalty_names;
  for (const auto& penalty : setup_.autoencoder.network->penalties()) penalty_names.push_back(penalty.name);
  setup_.folder.write_metrics(penalty_names, rows_);
  save_last();
  observer.epoch(row);
}

bool Trainer::should_end() const {
  return at_.epoch >= settings_.epochs ||
         (settings_.patience > 0 && validation_.size() > 0 && at_.waited >= settings_.patience);
}

void Trainer::save_last() {
  subject::save_checkpoint(setup_.folder.checkpoint("last"), *setup_.autoencoder.network,
                           {.position = at_,
                            .cell = setup_.folder.id(),
                            .parameters = shown().parameters(),
                            .optimizer = optimizer_->state(),
                            .raw = averaged_ ? model_.parameters() : std::span<float>{}});
  saved_ = Clock::now();
}

compute::Plan& Trainer::plan(std::int64_t images, bool training) {
  const auto found = plans_.find({images, training});
  if (found != plans_.end()) return found->second;
  compute::PlanSpec spec{.batch = images,
                         .training = training,
                         .hands_out_gradients = training && on_the_way_,
                         .precision = setup_.autoencoder.precision,
                         .feeds = {},
                         .outputs = {},
                         .objective = setup_.autoencoder.objective};
  auto& model = training ? model_ : shown();
  auto& made = plans_.emplace(std::pair{images, training}, compute::Plan(*setup_.autoencoder.network, model, spec))
                   .first->second;
  if (profiles_operations_) made.start_profile();
  return made;
}

void Trainer::fill_labels(compute::Plan& plan, std::span<const std::int32_t> labels,
                          std::span<const std::int64_t> indices) const {
  const auto classes = static_cast<std::size_t>(labels_.shape().size());
  const auto out = plan.feed(labels_);
  std::ranges::fill(out, 0.0F);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    out[i * classes + static_cast<std::size_t>(labels[static_cast<std::size_t>(indices[i])])] = 1;
  }
}

}  // namespace hourglass::train
