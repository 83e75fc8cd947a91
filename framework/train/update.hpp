// The updates of a phase: batches -> gradient -> optimiser step.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compute/graph/model.hpp"
#include "compute/graph/plan.hpp"
#include "compute/optimise/gradient_average.hpp"
#include "compute/optimise/optimizers.hpp"
#include "subject/checkpoint.hpp"
#include "subject/data_splits.hpp"
#include "subject/schedule.hpp"
#include "train/observer.hpp"
#include "train/phase.hpp"

namespace hourglass::train {

/// Memory that training uses, in bytes, without the data.
struct Memory {
  std::int64_t parameters = 0;
  std::int64_t gradients = 0;    ///< of all parameters; 0 if each gradient is used as soon as it is computed
  std::int64_t sums = 0;         ///< sum of the gradients of several batches
  std::int64_t average = 0;      ///< moving average of the parameters
  std::int64_t optimizer = 0;    ///< state of the optimiser
  std::int64_t activations = 0;  ///< of a full batch, with their gradients and scratch memory

  std::int64_t fixed() const { return parameters + gradients + sums + average + optimizer; }
};

/// The cost of training on full batches.
struct Cost {
  Memory memory;
  std::int64_t batch = 0;  ///< images
  double flops = 0;        ///< of a step, forward and backward
};

/// Returns whether a phase keeps the gradients of all parameters, in order to compute their norm or to average several
/// batches. Otherwise each parameter is updated as soon as its gradient is computed. `images` is the number per epoch.
bool keeps_gradients(const Phase& phase, std::int64_t images);

/// Makes the updates of a phase. To be used by one thread at a time; a step allocates nothing once each batch size has
/// occurred. Equal phases, positions and numbers of threads give equal bits. Data, phase and model must outlive it.
class Update {
 public:
  /// Called with the images of the epoch so far, after each batch of an update except its last.
  using AfterBatch = std::function<void(std::int64_t images)>;

  /// `model` needs a gradient buffer if keeps_gradients(). The moving average starts from its parameters.
  Update(const subject::Data& data, std::uint64_t seed, const Phase& phase, compute::Model& model);

  std::int64_t images() const { return static_cast<std::int64_t>(order_.size()); }  ///< per epoch
  std::int64_t batches() const { return batches_; }                                 ///< per epoch
  std::int64_t batch_size() const { return batch_size_; }
  const Phase& phase() const { return phase_; }

  /// Starts or resumes an epoch: draws the order of its images. Call it before the first step() of each epoch.
  void begin_epoch(const subject::Position& at);

  /// Makes one update and advances batch, step and sums of `at`. Returns nothing if the loss is not finite; reason()
  /// then says where.
  std::optional<compute::Advance> step(subject::Position& at, const AfterBatch& after_batch);

  const std::string& reason() const { return reason_; }
  double learning_rate() const { return rate_; }                        ///< of the last step, with the schedule
  std::span<const double> penalty_weights() const { return weights_; }  ///< of the last step
  subject::Schedule& schedule() { return *schedule_; }
  compute::Optimizer& optimizer() { return *optimizer_; }
  /// Returns the model that validation and tasks see: the moving average if there is one.
  compute::Model& shown() { return averaged_ ? *averaged_ : model_; }
  bool averages() const { return averaged_.has_value(); }
  /// Names the first tensor of the last full batch that is not finite, or "".
  std::string first_bad_tensor() { return plan(batch_size_).first_bad_tensor(); }

  Cost cost();  ///< compiles the plan of a full batch
  const Profile& profile() const { return profile_; }
  /// Times each operation of the plans that are compiled from now on.
  void profile_operations() { profiles_operations_ = true; }
  /// Returns the times of the operations in training steps of this batch size; empty unless they are timed.
  std::span<const compute::StepCost> operations(std::int64_t batch) { return plan(batch).profile(); }

 private:
  void set_rates(const subject::Position& at);
  void end_step(subject::Position& at);
  double gather(subject::Position& at, const AfterBatch& after_batch);
  compute::Losses gradients(std::span<const std::int64_t> indices, const subject::Position& at);
  void fill(compute::Plan& plan, std::span<const std::int64_t> indices);
  void corrupt(compute::Plan& plan, std::span<const std::int64_t> indices, const subject::Position& at);
  void compute_input(std::span<const std::int64_t> indices);
  void run_backward(compute::Plan& plan, std::int64_t step);
  std::span<const std::int64_t> indices(std::int64_t batch) const;
  std::uint64_t keyed_epoch(const subject::Position& at) const;
  compute::Plan& plan(std::int64_t images);

  std::uint64_t seed_;
  const Phase& phase_;
  compute::Model& model_;
  subject::SplitView train_;
  std::shared_ptr<const Noise> noise_;  ///< of the epoch; null: none
  Node image_, labels_;                 ///< the network's leaves; empty: it has none
  std::vector<std::int64_t> order_;     ///< of the epoch's images
  std::int64_t batch_size_, batches_;
  std::unique_ptr<compute::Optimizer> optimizer_;
  std::unique_ptr<subject::Schedule> schedule_;
  std::int64_t per_update_;   ///< batches
  bool updates_in_backward_;  ///< each parameter is updated as soon as its gradient is computed
  std::optional<compute::GradientAverage> gradient_average_;  ///< if an update has several batches
  std::optional<compute::Model> averaged_;
  double learning_rate_, rate_ = 0;                            ///< of the optimiser; times the schedule's factor
  std::vector<double> weights_;                                ///< of the penalties
  std::map<std::int64_t, compute::Plan> plans_, input_plans_;  ///< by batch size
  std::vector<float> clean_;                                   ///< the input before corruption, unless it is the target
  Profile profile_;
  bool profiles_operations_ = false;
  std::string reason_;
};

}  // namespace hourglass::train
