#include "train/trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>

#include "base/error.hpp"
#include "base/guest_code.hpp"
#include "subject/initialise.hpp"
#include "train/divergence.hpp"
#include "train/history.hpp"

namespace hourglass::train {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr const char *kLast = "last", *kPrevious = "previous";

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

bool any_keeps_gradients(const std::vector<Phase>& phases, std::int64_t images) {
  return std::ranges::any_of(phases, [&](const Phase& phase) { return keeps_gradients(phase, images); });
}

}  // namespace

Trainer::Trainer(const subject::Subject& subject, const results::RunFolder& folder)
    : subject_(subject),
      folder_(folder),
      phases_(phases_of(subject)),
      train_(subject.data.split(Split::train)),
      validation_(subject.data.split(Split::validation)),
      model_(network(), any_keeps_gradients(phases_, train_.size())) {
  for (const auto& penalty : network().penalties()) metrics_.penalties.push_back(penalty.name);
  begin();
}

/// Starts the first phase with new parameters.
void Trainer::begin() {
  const base::GuestCode guest("preparing the training");
  subject::initialise(model_, network(), subject_.data, subject_.seed);
  at_.phase = 0;
  metrics_.rows.clear();
  begin_phase();
}

/// Starts the phase `at_.phase` with the current parameters.
void Trainer::begin_phase() {
  const auto number = at_.phase;
  at_ = subject::Position();
  at_.phase = number;
  at_.penalty_sums.assign(network().penalties().size(), 0.0);
  update_.emplace(subject_.data, subject_.seed, phase(), model_);
  measure_.emplace(subject_, update_->shown());
  at_.schedule = update_->schedule().state();
}

Cost Trainer::cost() {
  if (is_last()) return update_->cost();
  return Update(subject_.data, subject_.seed, phases_.back(), model_).cost();
}

Resumed Trainer::resume() {
  Resumed resumed;
  std::string faults;  // of checkpoints
  for (const auto* name : {kLast, kPrevious}) {
    std::error_code ignored;
    if (!fs::exists(folder_.checkpoint(name), ignored)) continue;
    try {
      continue_from(name, resumed.notes);
    } catch (const base::UserError& error) {
      faults += std::string(faults.empty() ? "" : "; ") + error.what();
      begin();
      continue;
    }
    resumed.from = phases_.size() == 1
                       ? fmt::format("after epoch {} and {} batches", at_.epoch, at_.batch)
                       : fmt::format("phase {} after epoch {} and {} batches", at_.phase + 1, at_.epoch, at_.batch);
    // save_last() keeps a usable checkpoint until there is another.
    if (!faults.empty()) fs::remove(folder_.checkpoint(kLast), ignored);
    break;
  }
  if (!faults.empty()) {
    resumed.notes.push_back(
        resumed.from.empty()
            ? fmt::format("{}; training begins again, because there is no other checkpoint", faults)
            : fmt::format("{}; training continues from checkpoints/{}, {}", faults, kPrevious, resumed.from));
  }
  return resumed;
}

/// Continues from a checkpoint. Throws UserError if it cannot be used; then begin() is due.
void Trainer::continue_from(const std::string& name, std::vector<std::string>& notes) {
  const auto path = folder_.checkpoint(name);
  subject::Checkpoint last{.cell = folder_.id()};
  subject::load_checkpoint(path, network(), last);
  if (last.position.phase < 0 || last.position.phase >= static_cast<std::int64_t>(phases_.size())) {
    throw base::UserError(fmt::format("{}: expected a checkpoint of phase 1 to {}, but got one of phase {}",
                                      path.string(), phases_.size(), last.position.phase + 1));
  }
  at_.phase = last.position.phase;
  begin_phase();
  last.parameters = update_->shown().parameters();
  last.optimizer = update_->optimizer().state();
  if (update_->averages()) last.raw = model_.parameters();
  subject::load_checkpoint(path, network(), last);
  at_ = last.position;
  images_before_ = std::min(at_.batch * update_->batch_size(), update_->images());
  update_->schedule().restore(at_.schedule);
  if (is_last()) restore_rows(last.epochs, notes);
  seconds_before_ = 0;
  for (const auto& row : metrics_.rows) seconds_before_ = std::isnan(row.seconds) ? seconds_before_ : row.seconds;
}

/// Reads the rows of the finished epochs from metrics.csv or, if it is damaged, takes them from the checkpoint.
void Trainer::restore_rows(const std::vector<std::vector<double>>& epochs, std::vector<std::string>& notes) {
  auto history = read_history(folder_, at_.epoch);
  metrics_.rows = history.fault.empty()
                      ? std::move(history.rows)
                      : restore_history(folder_, history.fault, epochs, at_.epoch, metrics_.penalties, notes);
}

Report Trainer::run(const std::atomic<bool>& stop, Observer& observer) {
  started_ = saved_ = Clock::now();
  auto progress = Progress::ended;
  while (!at_.done && progress == Progress::ended) progress = train_epoch(stop, observer);
  const auto outcome = progress == Progress::diverged  ? Outcome::diverged
                       : progress == Progress::stopped ? Outcome::interrupted
                                                       : Outcome::finished;
  if (at_.done) {  // an unfinished training may need it
    std::error_code ignored;
    fs::remove(folder_.checkpoint(kPrevious), ignored);
  }
  auto profile = update_->profile();
  profile.total = seconds_between(started_, Clock::now());
  return {outcome, is_last() ? at_.epoch : 0, reason_, profile};
}

Trainer::Progress Trainer::train_epoch(const std::atomic<bool>& stop, Observer& observer) {
  update_->begin_epoch(at_);
  bool stopped = false;
  const auto advance = train_batches(stop, observer, stopped);
  if (!advance || (!stopped && !is_finite())) return Progress::diverged;
  if (stopped) return Progress::stopped;
  const bool stuck = advance == compute::Advance::stuck;
  if (stuck) folder_.log("training ends: no step decreases the loss any further");
  if (!is_last()) {
    end_preparing_epoch(observer, stuck);
    return stop ? Progress::stopped : Progress::ended;
  }
  std::optional<results::LossParts> validation;
  if (validation_.size() > 0) validation = measure_->loss(validation_, validation_.size(), update_->penalty_weights());
  if (validation && !is_sound(*validation, "the validation loss")) return Progress::diverged;
  // Without validation, the effect of the last update would remain unchecked.
  if (!validation && at_.epoch + 1 == phase().epochs &&
      !is_sound(measure_->loss(train_, update_->batch_size(), update_->penalty_weights()),
                "the loss after the last update")) {
    return Progress::diverged;
  }
  end_epoch(observer, std::move(validation), stuck);
  return stop && !at_.done ? Progress::stopped : Progress::ended;
}

/// Makes the remaining updates of an epoch. Returns nothing if the loss is not finite; sets `stopped` if `stop` became
/// true before the end of the epoch.
std::optional<compute::Advance> Trainer::train_batches(const std::atomic<bool>& stop, Observer& observer,
                                                       bool& stopped) {
  auto advance = std::optional(compute::Advance::done);
  while (at_.batch < update_->batches()) {
    advance = update_->step(at_, [this, &observer](std::int64_t images) { report(observer, images); });
    if (!advance) {
      reason_ = update_->reason();
      return advance;
    }
    report(observer, std::min(at_.batch * update_->batch_size(), update_->images()));
    if (advance == compute::Advance::again) clear_epoch();
    const bool last = at_.batch == update_->batches();
    if (stop && !last) {
      save_last();
      stopped = true;
      return advance;
    }
    if (!last && seconds_between(saved_, Clock::now()) >= subject_.settings.checkpoint_seconds) save_last();
  }
  return advance;
}

/// Checks the parameters themselves: relu turns NaN into zero, so the loss can be finite although they are not.
bool Trainer::is_finite() {
  if (std::ranges::all_of(std::as_const(model_).parameters(), [](float value) { return std::isfinite(value); }))
    return true;
  reason_ = fmt::format("epoch {}: a parameter is not finite; first non-finite tensor: {}", at_.epoch + 1,
                        update_->first_bad_tensor());
  return false;
}

bool Trainer::is_sound(const results::LossParts& parts, std::string_view which) {
  const auto terms = subject_.settings.reduction == subject::Reduction::sum ? subject_.data.shape().size() : 1;
  const bool finite = std::isfinite(parts.objective);
  if (finite && train::is_sound(parts.reconstruction, terms, subject_.data.range())) return true;
  reason_ = bad_loss(at_.epoch + 1, which, finite ? parts.reconstruction : parts.objective);
  return false;
}

void Trainer::clear_epoch() {
  at_.batch = 0;
  at_.loss_sum = at_.objective_sum = 0;
  images_before_ = 0;
  std::ranges::fill(at_.penalty_sums, 0.0);
}

void Trainer::report(Observer& observer, std::int64_t images) const {
  if (!is_last()) return;
  observer.step(at_.epoch, images, train_.size(), at_.objective_sum / static_cast<double>(images));
}

void Trainer::end_preparing_epoch(Observer& observer, bool stuck) {
  const double loss = at_.loss_sum / static_cast<double>(update_->images());
  clear_epoch();
  ++at_.epoch;
  const auto epoch = at_.epoch, epochs = phase().epochs;
  observer.prepared(phase().name, epoch, epochs, loss);
  if (epoch == epochs || stuck) {
    ++at_.phase;
    begin_phase();
  }
  save_last();
}

void Trainer::end_epoch(Observer& observer, std::optional<results::LossParts> validation, bool stuck) {
  const auto weights = update_->penalty_weights();
  results::EpochRow row{.epoch = at_.epoch + 1,
                        .step = at_.step,
                        .learning_rate = update_->learning_rate(),
                        .train = loss_parts(at_.loss_sum, at_.penalty_sums, weights, train_.size()),
                        .weights = {weights.begin(), weights.end()},
                        .validation = std::move(validation)};
  // Each step has its own weights while they rise.
  row.train.objective = at_.objective_sum / static_cast<double>(train_.size());
  judge(row.train, row.validation);
  const auto images = train_.size() - images_before_;
  ++at_.epoch;
  clear_epoch();
  at_.done = stuck || should_end();

  auto& rows = metrics_.rows;
  // The times of restored rows are not known.
  const double before = rows.empty() || std::isnan(rows.back().seconds) ? seconds_before_ : rows.back().seconds;
  row.seconds = seconds_before_ + seconds_between(started_, Clock::now());
  row.images_per_second = static_cast<double>(images) / std::max(1e-9, row.seconds - before);
  rows.push_back(row);
  results::write_epoch_metrics(folder_.metrics(), metrics_);
  save_last();
  observer.epoch(row);
}

/// Compares the epoch with the best one so far, saves its parameters if it is better, and updates the schedule.
void Trainer::judge(const results::LossParts& train, const std::optional<results::LossParts>& validation) {
  const double judged = monitored(validation.value_or(train), subject_.settings.monitor, network());
  if (validation) {
    if (!at_.best || judged < *at_.best - subject_.settings.min_delta) {
      at_.best = judged;
      at_.waited = 0;
      subject::save_checkpoint(folder_.checkpoint("best"), network(),
                               {.position = at_, .cell = folder_.id(), .parameters = update_->shown().parameters()});
    } else {
      ++at_.waited;
    }
  }
  update_->schedule().end_epoch(judged);
  at_.schedule = update_->schedule().state();
}

bool Trainer::should_end() const {
  const auto patience = subject_.settings.patience;
  return at_.epoch >= phase().epochs || (patience > 0 && validation_.size() > 0 && at_.waited >= patience);
}

/// Writes checkpoints/last; the former one becomes checkpoints/previous.
void Trainer::save_last() {
  folder_.require_exists();
  std::error_code ignored;  // there is no former one
  fs::rename(folder_.checkpoint(kLast), folder_.checkpoint(kPrevious), ignored);
  subject::Checkpoint checkpoint{.position = at_,
                                 .cell = folder_.id(),
                                 .parameters = update_->shown().parameters(),
                                 .optimizer = update_->optimizer().state()};
  if (update_->averages()) checkpoint.raw = model_.parameters();
  for (const auto& row : metrics_.rows) checkpoint.epochs.push_back(results::numbers_of(row));
  subject::save_checkpoint(folder_.checkpoint(kLast), network(), checkpoint);
  saved_ = Clock::now();
}

}  // namespace hourglass::train
