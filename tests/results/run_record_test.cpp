// What is read of one run: its configuration, state and tasks.
#include "results/run_record.hpp"

#include <doctest/doctest.h>

#include "results/run_lock.hpp"
#include "runs.hpp"

using namespace hourglass;
using namespace hourglass::results;
using test::accuracy;
using test::make_run;
using test::mse;
using test::TemporaryFolder;

TEST_CASE("run record: flattens the configuration in the file's order, without name and seeds") {
  const TemporaryFolder folder;
  const auto run = test::make_training(folder.path(), "c1", 0.1, 7);
  run.write_experiment(
      "#   Which?  \nname = \"x\"\nseeds = 1\nseed = 7\n[train]\nepochs = 2\noptimizer = { name = \"adam\", "
      "learning_rate = 1e-3 }\n"
      "[noise]\non = true\nnames = [\"a\", \"b\"]\nempty = []\n");
  const auto record = read_run(run);
  CHECK(record.question == "Which?  ");
  CHECK(record.seed == 7);
  std::string flat;
  for (const auto& [key, value] : record.settings) {
    flat += key + "=";
    if (const auto* text = std::get_if<std::string>(&value)) flat += *text;
    if (const auto* whole = std::get_if<std::int64_t>(&value)) flat += std::to_string(*whole);
    if (const auto* number = std::get_if<double>(&value)) flat += std::to_string(*number);
    flat += "; ";
  }
  CHECK(flat ==
        "train.epochs=2; train.optimizer.name=adam; train.optimizer.learning_rate=0.001000; noise.on=true; "
        "noise.names=[\"a\", \"b\"]; noise.empty=[]; ");
}

TEST_CASE("run record: a run that no experiment lists is damaged if its configuration cannot be read") {
  const TemporaryFolder folder;
  const auto run = test::make_training(folder.path(), "c1", 0.1, 7);
  run.write_experiment("seed == 7\n");
  const auto record = read_run(run);
  CHECK(record.state == "damaged");
  CHECK(record.reason.starts_with((run.path() / "experiment.toml").string() + ":1:"));
  CHECK(record.reason.ends_with(
      "; the file was changed after it was written; run its experiment again, which makes it again"));
}

TEST_CASE("run record: a running process holds the lock; without it the run was interrupted") {
  const TemporaryFolder folder;
  const auto run = make_run(folder.path(), "small", "c1", 0.1, 7, {}, State::running);
  CHECK(read_run(run).state == "interrupted");
  const auto lock = RunLock::try_lock(run.path());
  REQUIRE(lock.has_value());
  CHECK(read_run(run).state == "running");
}

TEST_CASE("run record: a cell has only the tasks that it lists, not all tasks of the run") {
  const TemporaryFolder folder;
  const auto run = test::make_training(folder.path(), "c1", 0.1, 7);
  test::make_task(run, "denoising", {mse(0.1)});
  test::make_task(run, "linear_probe", {accuracy(0.9)});
  auto cell = test::make_cell("c1", 0.1, 7);
  cell.tasks = {{"my denoising", "denoising-1f", false}};
  const auto record = read_cell(folder.path(), "small", "Why?", cell);
  CHECK(record.done());
  CHECK(record.question == "Why?");
  CHECK(record.label == cell.label);
  REQUIRE(record.metrics.size() == 1);
  CHECK(record.metrics[0].task == "my denoising");
  CHECK(read_run(run).tasks.size() == 2);
}
