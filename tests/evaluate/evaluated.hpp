// A small run with an untrained model, and the faces that its tasks use.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "evaluate/evaluation.hpp"
#include "evaluate/faces/data_face.hpp"
#include "evaluate/faces/fit_face.hpp"
#include "evaluate/faces/model_face.hpp"
#include "evaluate/faces/report_face.hpp"
#include "evaluate/faces/scores_face.hpp"
#include "support/experiment.hpp"

namespace hourglass::test {

/// Three tasks on 400 training and 300 test images of 8 x 8 pixels in two classes; a code of three units.
inline constexpr const char* kEvaluated = R"(
[dataset]
plugin = "shapes"
train_size = 400
test_size = 300
side = 8
[noise]
plugin = "gaussian"
[architecture]
plugin = "mlp"
hidden = [12]
[bottleneck]
size = 3
[[task]]
plugin = "linear_probe"
[[task]]
plugin = "reconstruction"
[[task]]
plugin = "reconstruction"
images = 3
)";

/// Everything that tasks run on.
struct Evaluated {
  /// Builds a network in place of the experiment's.
  using Make = std::function<subject::Autoencoder(const subject::Data& data)>;

  explicit Evaluated(const std::string& text = kEvaluated) : Evaluated(resolve_experiment(text), nullptr) {}

  /// Uses the network that `make` builds, unless `make` is null.
  Evaluated(const experiment::Config& config, const Make& make)
      : subject(config, 7), model(*network_of(subject, make).network, false), evaluation({subject, model}, stop) {
    model.initialise(*subject.autoencoder.network, 7);
  }

  /// Runs a task; its folder has the task's name.
  evaluate::TaskOutcome run(const evaluate::TaskEntry& task) { return evaluation.run(task, folder / task.name); }
  std::vector<evaluate::TaskEntry> tasks() const { return evaluate::tasks_of(subject); }

  std::atomic<bool> stop = false;
  TemporaryFolder folder;
  subject::Subject subject;
  compute::Model model;
  evaluate::Evaluation evaluation;

 private:
  static const subject::Autoencoder& network_of(subject::Subject& subject, const Make& make) {
    if (make) subject.autoencoder = make(subject.data);
    return subject.autoencoder;
  }
};

/// The faces of such a run, for a task named "some_task" of a plugin of that name.
struct Faces {
  explicit Faces(Evaluated& of)
      : model({of.subject, of.model}, evaluate::StopFlag(of.stop)),
        data(of.subject, model, evaluate::StopFlag(of.stop)),
        scores(model, data, report),
        fit({of.subject, of.model}, model, data, evaluate::StopFlag(of.stop)) {
    report.begin(of.folder / "some_task");
  }

  evaluate::ModelFace model;
  evaluate::DataFace data;
  evaluate::ReportFace report;
  evaluate::ScoresFace scores;
  evaluate::FitFace fit;
};

/// Reads rows [first, first + count).
inline std::vector<float> some(const Rows& rows, std::int64_t first, std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count * rows.columns()));
  rows.read(first, values);
  return values;
}

inline std::vector<float> all(const Rows& rows) { return some(rows, 0, rows.rows()); }

/// A task that runs a function, and its [[task]].
class TaskOf {
 public:
  template <class Run>
  TaskOf(std::string name, Run run) : info_(plugin<Acting>(std::move(name), "Runs a function.")), run_(run) {
    alternative_ = {info_.name, info_.summary, {}, &info_};
    section_.path = Task::kKind;
    section_.alternative = &alternative_;
  }

  TaskOf(const TaskOf&) = delete;
  TaskOf& operator=(const TaskOf&) = delete;

  /// Runs it as a task called `name`, by default the plugin's name.
  evaluate::TaskOutcome run(Evaluated& of, const std::string& name = "") const {
    action() = run_;
    return of.run({name.empty() ? info_.name : name, &section_});
  }

 private:
  using Action = std::function<void(TaskContext&)>;
  static Action& action() {
    static Action current;
    return current;
  }
  struct Acting final : Task {
    struct Params {};
    static void declare(ParamTable<Params>&) {}
    explicit Acting(const Params&) {}
    void run(TaskContext& context) const override { action()(context); }
  };

  PluginInfo info_;
  base::Alternative alternative_;
  experiment::Section section_;
  Action run_;
};

}  // namespace hourglass::test
