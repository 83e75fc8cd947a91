// Learning-rate schedules: the factor on the optimiser's learning rate as a function of the epoch.
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

  /// Returns the factor at `position`, in epochs since the start (2.5 is halfway through the third).
  virtual double factor(double position) const = 0;
  /// Returns whether the factor can differ from 1.
  virtual bool varies() const = 0;
  /// Takes the monitored loss of a finished epoch: on validation if there is one, else on train.
  virtual void end_epoch(double loss) = 0;
  /// Returns the state that a checkpoint keeps.
  virtual std::vector<double> state() const = 0;
  virtual void restore(const std::vector<double>& state) = 0;
};

/// Returns the schedules as alternatives of [train.schedule].
std::vector<base::Alternative> schedule_alternatives();
/// Returns the keys that all schedules share: those of the linear warm-up.
std::vector<ParamSpec> schedule_common();

/// Makes a schedule of `epochs` epochs from the name and values of an alternative and the values of the common keys;
/// their defaults if `common` is empty. Throws std::logic_error for an unknown name.
std::unique_ptr<Schedule> make_schedule(const std::string& name, const std::vector<Value>& values,
                                        const std::vector<Value>& common, std::int64_t epochs);

}  // namespace hourglass::subject
