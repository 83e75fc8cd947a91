// A run folder that an experiment lists, made without training.
#pragma once

#include <string>
#include <vector>

#include "results/experiment_folder.hpp"
#include "results/run_folder.hpp"
#include "results/task_result.hpp"
#include "support/process.hpp"

namespace hourglass::test {

/// Writes a run and lists it in an experiment.
inline void list_run(const TemporaryFolder& folder, const std::string& experiment, const std::string& id, int seed,
                     results::State state, const std::string& reason, const std::vector<Metric>& metrics) {
  const results::RunFolder run(results::run_path(folder / "results", id));
  std::filesystem::create_directories(run.path() / "tasks");
  run.write_experiment("# Why?\nseed = " + std::to_string(seed) + "\n");
  run.write_environment({{"plugins", base::Json::object()}});
  run.write_status({state, 2, 2, reason, "hourglass run x.toml"});
  const std::string task = "denoising-1";
  if (state == results::State::finished) {
    results::write_task_result(run.task(task), {"denoising", "best", "", {}, metrics});
  }
  results::ExperimentFolder(folder / "results", experiment)
      .add("Why?", {{"seed=" + std::to_string(seed), seed, id, {}, {{"denoising", task}}}});
}

}  // namespace hourglass::test
