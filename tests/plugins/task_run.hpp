// Runs a task of this build on a small model.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "evaluate/evaluation.hpp"
#include "evaluate/faces/data_face.hpp"
#include "evaluate/faces/fit_face.hpp"
#include "evaluate/faces/model_face.hpp"
#include "evaluate/needs.hpp"
#include "support/experiment.hpp"

namespace hourglass::test {

/// An untrained mlp with a code of four units for 180 training and 50 test images of 10 x 10 pixels in two classes, and
/// a task with its keys.
struct TaskRun {
  explicit TaskRun(const std::string& task, const std::string& keys = "",
                   const std::vector<std::string>& overrides = {})
      : TaskRun(resolve_experiment("[dataset]\nplugin = \"shapes\"\ntrain_size = 200\ntest_size = 50\nside = 10\n"
                                   "[architecture]\nplugin = \"mlp\"\nhidden = [16]\n[bottleneck]\nsize = 4\n"
                                   "[[task]]\nplugin = \"" +
                                       task + "\"\n" + keys,
                                   overrides)) {}

  explicit TaskRun(const experiment::Config& config)
      : subject(config, 1),
        network(*subject.autoencoder.network, false),
        model({subject, network}, {}),
        data(subject, model, {}),
        fit({subject, network}, model, data, {}) {
    network.initialise(*subject.autoencoder.network, 1);
  }

  /// Runs the task; its files are in `folder`.
  evaluate::TaskOutcome outcome() {
    const std::atomic<bool> stop = false;
    evaluate::Evaluation evaluation({subject, network}, stop);
    return evaluation.run(evaluate::tasks_of(subject).at(0), folder.path());
  }

  /// Runs the task and returns its metrics.
  std::vector<Metric> measure() {
    auto result = outcome();
    REQUIRE_MESSAGE(result.error.empty(), result.error);
    return result.metrics;
  }

  /// Returns why the task cannot run.
  std::vector<std::string> refusals() const {
    const auto* section = subject.config.all(Task::kKind).front();
    return evaluate::unmet_needs(*host::create<Task>(*section->alternative->plugin, section->values()), subject);
  }

  TemporaryFolder folder;
  subject::Subject subject;
  compute::Model network;
  evaluate::ModelFace model;
  evaluate::DataFace data;
  evaluate::FitFace fit;
};

/// Returns the metric of that name on test; fails the test if there is none.
inline Metric metric_of(const std::vector<Metric>& metrics, const std::string& name, const std::string& baseline = "") {
  const auto found = std::ranges::find_if(metrics, [&](const Metric& each) {
    return each.name == name && each.baseline == baseline && each.split == Split::test;
  });
  REQUIRE_MESSAGE(found != metrics.end(), (name + " (" + baseline + ") was not reported"));
  return *found;
}

inline std::vector<float> all_of(const Rows& rows) {
  std::vector<float> values(static_cast<std::size_t>(rows.rows() * rows.columns()));
  rows.read(0, values);
  return values;
}

}  // namespace hourglass::test
