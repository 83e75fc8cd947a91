// Learning-rate schedules: a factor on the optimiser's learning rate, over the epochs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "experiment/schema.hpp"

namespace hourglass::subject {

class Schedule {
 public:
  virtual ~Schedule() = default;

  /// Returns the factor at `position`, in epochs since the start (2.5 is half-way through the third).
  virtual double factor(double position) const = 0;
  /// Tells whether the factor can ever be another than 1.
  virtual bool varies() const = 0;
  /// Learns the monitored loss of an epoch that ended: on validation where there is one, else on train.
  virtual void end_epoch(double loss) = 0;
  /// What a checkpoint keeps.
  virtual std::vector<double> state() const = 0;
  virtual void restore(const std::vector<double>& state) = 0;
};

/// The schedules as alternatives of [train.schedule]: constant, step, cosine, plateau.
std::vector<base::Alternative> schedule_alternatives();
/// The keys of every schedule: a linear warm-up.
std::vector<ParamSpec> schedule_common();

/// Makes a schedule of `epochs` epochs from an alternative's name and values and the common keys' values, or their
/// defaults when `common` is empty.
std::unique_ptr<Schedule> make_schedule(const std::string& name, const std::vector<Value>& values,
                                        const std::vector<Value>& common, std::int64_t epochs);

}  // namespace hourglass::subject
