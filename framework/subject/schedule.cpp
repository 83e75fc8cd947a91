#include "subject/schedule.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include "hourglass/params.hpp"

namespace hourglass::subject {
namespace {

struct Warmup {
  struct Params {
    double warmup_epochs = 0;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("warmup_epochs", &Params::warmup_epochs, {0, 1e6},
              "epochs over which the learning rate first rises linearly from zero");
  }
};

/// Holds for schedules that change the learning rate at all.
const Condition kDecays{"decay", Condition::Is::not_equal, 1.0};

/// A schedule without memory.
class Stateless : public Schedule {
 public:
  bool varies() const override { return true; }
  void end_epoch(double) override {}
  std::vector<double> state() const override { return {}; }
  void restore(const std::vector<double>&) override {}
};

class Constant final : public Stateless {
 public:
  struct Params {};
  static void declare(ParamTable<Params>&) {}
  Constant(Params, std::int64_t) {}
  double factor(double) const override { return 1; }
  bool varies() const override { return false; }
};

class Step final : public Stateless {
 public:
  struct Params {
    std::int64_t every = 10;
    double decay = 0.1;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("every", &Params::every, {1, 1e6}, "epochs between two decays").acts_if({kDecays});
    table.add("decay", &Params::decay, {0, 1}, "factor of each decay");
  }
  Step(Params params, std::int64_t) : params_(params) {}
  double factor(double position) const override {
    return std::pow(params_.decay, std::floor(position / static_cast<double>(params_.every)));
  }

 private:
  Params params_;
};

class Cosine final : public Stateless {
 public:
  struct Params {
    double floor = 0;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("floor", &Params::floor, {0, 1},
              "factor at the end of the last epoch (Loshchilov & Hutter 2017, one cycle)");
  }
  Cosine(Params params, std::int64_t epochs) : params_(params), epochs_(static_cast<double>(epochs)) {}
  double factor(double position) const override {
    return params_.floor +
           (1 - params_.floor) * 0.5 * (1 + std::cos(std::numbers::pi * std::min(1.0, position / epochs_)));
  }

 private:
  Params params_;
  double epochs_;
};

class Plateau final : public Schedule {
 public:
  struct Params {
    std::int64_t patience = 5;
    double decay = 0.5;
    double threshold = 1e-4;
    double floor = 0;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("patience", &Params::patience, {0, 1e6}, "epochs without improvement before each decay")
        .acts_if({kDecays});
    table.add("decay", &Params::decay, {0, 1}, "factor of each decay");
    table.add("threshold", &Params::threshold, {0, 1}, "relative decrease of the loss that counts as an improvement")
        .acts_if({kDecays});
    table.add("floor", &Params::floor, {0, 1}, "smallest factor").acts_if({kDecays});
  }
  Plateau(Params params, std::int64_t) : params_(params) {}

  double factor(double) const override { return factor_; }
  bool varies() const override { return true; }
  void end_epoch(double loss) override {
    if (loss < best_ - params_.threshold * std::abs(best_) || !seen_) {
      best_ = loss;
      seen_ = true;
      waited_ = 0;
    } else if (++waited_ > static_cast<double>(params_.patience)) {
      factor_ = std::max(params_.floor, factor_ * params_.decay);
      waited_ = 0;
    }
  }
  std::vector<double> state() const override { return {factor_, best_, waited_, seen_ ? 1.0 : 0.0}; }
  void restore(const std::vector<double>& state) override {
    factor_ = state.at(0);
    best_ = state.at(1);
    waited_ = state.at(2);
    seen_ = state.at(3) != 0;
  }

 private:
  Params params_;
  double factor_ = 1, best_ = 0, waited_ = 0;
  bool seen_ = false;
};

/// Adds the warm-up to any schedule.
class WithWarmup final : public Schedule {
 public:
  WithWarmup(std::unique_ptr<Schedule> inner, double epochs) : inner_(std::move(inner)), epochs_(epochs) {}
  double factor(double position) const override {
    return inner_->factor(position) * (position < epochs_ ? position / epochs_ : 1.0);
  }
  bool varies() const override { return epochs_ > 0 || inner_->varies(); }
  void end_epoch(double loss) override { inner_->end_epoch(loss); }
  std::vector<double> state() const override { return inner_->state(); }
  void restore(const std::vector<double>& state) override { inner_->restore(state); }

 private:
  std::unique_ptr<Schedule> inner_;
  double epochs_;
};

struct Kind {
  base::Alternative alternative;
  std::unique_ptr<Schedule> (*make)(const std::vector<Value>& values, std::int64_t epochs);
};

template <class T>
Kind kind(std::string name, std::string summary) {
  return {{std::move(name), std::move(summary), params_of<T>().specs()},
          [](const std::vector<Value>& values, std::int64_t epochs) -> std::unique_ptr<Schedule> {
            return std::make_unique<T>(params_of<T>().bind(values), epochs);
          }};
}

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {
      kind<Constant>("constant", "The learning rate is constant."),
      kind<Step>("step", "The learning rate decays after a fixed number of epochs."),
      kind<Cosine>("cosine", "The learning rate follows half a cosine down to the floor over all epochs."),
      kind<Plateau>("plateau", "The learning rate decays when [train] monitor stops improving on validation."),
  };
  return all;
}

}  // namespace

std::vector<base::Alternative> schedule_alternatives() {
  std::vector<base::Alternative> alternatives;
  for (const auto& kind : kinds()) alternatives.push_back(kind.alternative);
  return alternatives;
}

std::vector<ParamSpec> schedule_common() { return params_of<Warmup>().specs(); }

std::unique_ptr<Schedule> make_schedule(const std::string& name, const std::vector<Value>& values,
                                        const std::vector<Value>& common, std::int64_t epochs) {
  for (const auto& kind : kinds()) {
    if (kind.alternative.name == name) {
      const auto warmup = common.empty() ? Warmup::Params{} : params_of<Warmup>().bind(common);
      return std::make_unique<WithWarmup>(kind.make(values, epochs), warmup.warmup_epochs);
    }
  }
  throw std::logic_error("no schedule is called " + name);
}

}  // namespace hourglass::subject
