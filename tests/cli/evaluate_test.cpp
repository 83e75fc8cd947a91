// `hourglass evaluate` as a user calls it: tasks that are added to trained runs, or repeated.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "results/experiment_folder.hpp"
#include "results/task_result.hpp"
#include "shared_workplace.hpp"

using namespace hourglass::test;
namespace fs = std::filesystem;

TEST_CASE("evaluate: adds tasks to all runs of an experiment, and its table shows them") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText, {"seeds=3"}).code == 0);
  const auto added = place({"evaluate", "a", "--task", "plugin=linear_probe", "l2=0.5"});
  CHECK_MESSAGE(added.code == 0, added.err);
  CHECK_FALSE(says(added.err, "epoch"));
  CHECK(added.err.ends_with("3 of 3 cells done\n"));
  CHECK(says(place({"table", "a"}).out, "linear_probe"));

  const auto nothing = place({"evaluate", "a"});
  CHECK(nothing.code == 0);
  CHECK_FALSE(says(nothing.err, "task "));

  write(place.folder / "tasks.toml", "[[task]]\nplugin = \"linear_probe\"\nname = \"few\"\nlabels = 20\n");
  const auto file = place({"evaluate", "a", "--task", "tasks.toml"});
  CHECK_MESSAGE(file.code == 0, file.err);
  CHECK(says(place({"table", "a"}).out, "few"));
  CHECK(place.run("a.toml", kText, {"seeds=3"}).code == 0);  // added tasks stay listed
  CHECK(says(place({"table", "a"}).out, "few"));
}

TEST_CASE("evaluate: cells that share a training list an added task of their own checkpoint, and keep it") {
  const SharedWorkplace place;
  const std::vector<std::string> sweep = {"sweep.grid.train.keep=[\"last\", \"best\"]"};
  REQUIRE(place.run("a.toml", kText, sweep).code == 0);
  REQUIRE(place.trainings() == 1);
  const auto added = place({"evaluate", "a", "--task", "plugin=linear_probe"});
  CHECK_MESSAGE(added.err.ends_with("2 of 2 cells done\n"), added.err);
  CHECK(count(added.err, "task linear_probe") == 2);
  for (int time = 0; time < 2; ++time) {
    const auto results = place.folder / "results";
    for (const auto& cell : hourglass::results::ExperimentFolder(results, "a").cells()) {
      REQUIRE(cell.tasks.size() == 2);
      const auto folder = hourglass::results::run_path(results, cell.run) / "tasks" / cell.tasks[1].folder;
      const auto result = hourglass::results::read_task_result(folder);
      REQUIRE(result.has_value());
      CHECK(cell.label == "train.keep=" + result->checkpoint + " seed=1");
    }
    CHECK(place.run("a.toml", kText, sweep).code == 0);
    const auto nothing = place({"evaluate", "a"});
    CHECK_MESSAGE(nothing.code == 0, nothing.err);
    CHECK_FALSE(says(nothing.err, "task "));
  }
  const auto repeated = place({"evaluate", "a", "--fresh"});
  CHECK_MESSAGE(count(repeated.err, "task linear_probe") == 2, repeated.err);
  auto fresh = sweep;
  fresh.push_back("--fresh");
  const auto retrained = place.run("a.toml", kText, fresh);
  CHECK_MESSAGE(count(retrained.err, "epoch 1/2") == 1, retrained.err);
  CHECK(count(retrained.err, "task reconstruction") == 2);
}

TEST_CASE("evaluate: without validation, cells that differ only in train.keep share the results of their tasks") {
  const SharedWorkplace place;
  const auto first = place.run("a.toml", kText, {"sweep.grid.train.keep=[\"last\", \"best\"]", "train.validation=0"});
  CHECK_MESSAGE(first.code == 0, first.err);
  CHECK(count(first.err, "task reconstruction") == 1);
  CHECK(count(place({"evaluate", "a", "--fresh"}).err, "task reconstruction") == 1);
}

TEST_CASE("evaluate: a checkpoint that is missing or damaged is reported with the command that trains the run again") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText, {"--results", "my results"}).code == 0);
  const auto run = fs::directory_iterator(place.folder / "my results/runs")->path();
  const auto error = [&] { return place({"evaluate", "a", "--fresh", "--results", "my results"}).err; };
  const auto name = "my results/runs/" + run.filename().string();
  const auto fix =
      "; `hourglass run '" + name + "/experiment.toml' --fresh --results 'my results'` trains the run again\n";
  fs::remove(run / "checkpoints/best");
  CHECK_MESSAGE(says(error(), name + "/checkpoints/best: the checkpoint is missing" + fix), error());
  write(run / "checkpoints/best", "HG");
  CHECK_MESSAGE(says(error(), name + "/checkpoints/best: this is not a checkpoint" + fix), error());
}

TEST_CASE("evaluate: a run whose configuration is damaged is reported, and the others are evaluated") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText, {"seeds=3"}).code == 0);
  const auto run = fs::canonical(place.folder / "results/experiments/a/seed=2");
  write(run / "experiment.toml", "[");
  const auto others = place({"evaluate", "a", "--task", "plugin=linear_probe"});
  CHECK(others.code == 3);
  CHECK_MESSAGE(count(others.err, "task linear_probe\n") == 2, others.err);
  CHECK(says(others.err, "results/runs/" + run.filename().string() + ": not evaluated: "));
  CHECK(others.err.ends_with("2 of 3 cells done, 1 failed\n"));
}

TEST_CASE("evaluate: tasks that fail for one reason are reported in one line") {
  const SharedWorkplace place;
  std::string tasks;
  for (const auto* name : {"x", "y", "z"}) tasks += kMoody + "file = \"" + name + "\"\nname = \"" + name + "\"\n";
  const auto failed = place.run("a.toml", kText + tasks);
  CHECK(failed.code == 1);
  CHECK_MESSAGE(count(failed.err, "3 tasks (x, y, z): ") == 1, failed.err);
  CHECK(count(failed.err, "[[task]]") == 0);
  CHECK(says(place({"runs", "list"}).out, "3 tasks (x, y, z): "));
}

TEST_CASE("evaluate: a task is added to every experiment that is selected, and runs once on a run that they share") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText).code == 0);
  REQUIRE(place.run("b.toml", kText).code == 0);
  const auto added = place({"evaluate", "a", "b", "--task", "plugin=linear_probe", "--fresh"});
  CHECK_MESSAGE(added.err.ends_with("1 of 1 cell done\n"), added.err);
  CHECK(count(added.err, "task linear_probe") == 1);
  for (const auto* name : {"a", "b"}) CHECK(says(place({"table", name}).out, "linear_probe"));
}

TEST_CASE("evaluate: a path in a file of tasks is relative to that file, also when the task is repeated") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText).code == 0);
  write(place.folder / "sub/tasks.toml", "[[task]]\nplugin = \"moody\"\nfile = \"mood\"\n");
  write(place.folder / "sub/mood", "");
  const auto added = place({"evaluate", "a", "--task", "sub/tasks.toml"});
  CHECK_MESSAGE(added.code == 0, added.err);
  const auto again = place({"evaluate", "a", "--fresh"});
  CHECK_MESSAGE(again.code == 0, again.err);
  CHECK(says(again.err, "task moody"));
}

TEST_CASE("evaluate: an added task whose plugin is not found is left as it is, and does not stop the others") {
  const SharedWorkplace place;
  const auto without = place.add_outside_task();
  const auto again = place({"evaluate", "a", "--fresh"}, without);
  CHECK_MESSAGE(again.code == 0, again.err);
  CHECK(says(again.err, "a: moody (plugin task/moody) is left as it is, because its plugin is not found"));
  CHECK(count(again.err, "task reconstruction") == 1);
  CHECK(says(place({"table", "a"}).out, "moody"));
}

TEST_CASE("evaluate: --fresh repeats only the tasks") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText).code == 0);
  const auto again = place({"evaluate", "a", "--fresh"});
  CHECK_MESSAGE(again.code == 0, again.err);
  CHECK_FALSE(says(again.err, "epoch"));
  CHECK(says(again.err, "task reconstruction"));
}

TEST_CASE("evaluate: a training whose plugins have changed is kept and reported") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText).code == 0);
  place.change_plugin("architecture/mlp");
  const auto added = place({"evaluate", "a", "--task", "plugin=linear_probe"});
  CHECK_MESSAGE(added.code == 0, added.err);
  CHECK(says(added.err, "its training is stale, because architecture/mlp changed; it is kept"));
  CHECK_FALSE(says(added.err, "epoch"));
  CHECK(says(place({"table", "a"}).out, "linear_probe"));
}

TEST_CASE("evaluate: a task is repeated once a plugin has changed that its result depends on, such as the noise") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText).code == 0);
  place.change_plugin("noise/gaussian");
  const auto again = place({"evaluate", "a"});
  CHECK_MESSAGE(again.code == 0, again.err);
  CHECK(says(again.err, "its training is stale, because noise/gaussian changed; it is kept"));
  CHECK(says(again.err, "task reconstruction"));
  CHECK_FALSE(says(place({"evaluate", "a"}).err, "task reconstruction"));
}

TEST_CASE("evaluate: reports errors in a selection or a task") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText).code == 0);
  CHECK(says(place({"evaluate"}).err, "no runs were selected"));
  CHECK(says(place({"evaluate", "b"}).err, "or an experiment in results, which has the experiments a"));
  const auto unknown = place({"evaluate", "a", "--task", "plugin=linear_prob"});
  CHECK(unknown.code == 2);
  CHECK(says(unknown.err, "did you mean 'linear_probe'?"));
  CHECK(says(place({"evaluate", "a", "--task", "l2=1"}).err, "write plugin=NAME before the keys of a task"));
  const auto task_error = [&](const std::string& word) { return place({"evaluate", "a", "--task", word}).err; };
  CHECK(task_error("reconstruction") ==
        "--task reconstruction: this is the name of a task, but expected a file or key=value; write --task "
        "plugin=reconstruction\n");
  CHECK(task_error("denoisin") ==
        "--task denoisin: this is neither a file nor key=value; give a file with [[task]] tables, or write plugin=NAME "
        "before the keys of a task, as in --task plugin=linear_probe l2=0.001; did you mean 'denoising'?\n");
}

TEST_CASE("evaluate: a task keeps its name and its cell's label when it is repeated") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText + "name = \"mine\"\n", {"sweep.grid.noise.sigma=[0.1, 0.2]"}).code == 0);
  write(place.folder / "tasks.toml", "[[task]]\nplugin = \"linear_probe\"\nname = \"few\"\nlabels = 20\n");
  REQUIRE(place({"evaluate", "a", "--task", "tasks.toml"}).code == 0);
  const auto again = place({"evaluate", "a", "--fresh"});
  CHECK_MESSAGE(count(again.err, "task few\n") == 2, again.err);
  CHECK(count(again.err, "task mine\n") == 2);
  CHECK(says(again.err, "cell 2/2: noise.sigma=0.2 seed=1\n"));
  CHECK(count(again.err, "task ") == 4);
}

TEST_CASE("evaluate: a file of tasks may include others, and its errors have their locations") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText).code == 0);
  write(place.folder / "sub/base.toml", "[[task]]\nplugin = \"linear_probe\"\nlabels = 20\n");
  write(place.folder / "sub/tasks.toml", "include = [\"base.toml\"]\n");
  const auto added = place({"evaluate", "a", "--task", "sub/tasks.toml"});
  CHECK_MESSAGE(says(added.err, "task linear_probe"), added.err);
  write(place.folder / "sub/base.toml", "[[task]]\nplugin = \"linear_probe\"\nlabls = 20\n");
  const auto wrong = place({"evaluate", "a", "--task", "sub/tasks.toml"});
  CHECK(wrong.code == 2);
  CHECK_MESSAGE(wrong.err.starts_with("sub/base.toml:3:1: [[task]] "), wrong.err);
  write(place.folder / "none.toml", "[noise]\n");
  CHECK(place({"evaluate", "a", "--task", "none.toml"}).err ==
        "none.toml: the file has no [[task]]; write a table [[task]] for each task to add\n");
}

TEST_CASE("evaluate: a run or an experiment is selected by its folder, from any working directory") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText).code == 0);
  fs::create_directories(place.folder / "elsewhere");
  const auto run = fs::directory_iterator(place.folder / "results/runs")->path();
  for (const auto& folder : {run, place.folder / "results/experiments/a"}) {
    Launch how{.command = {program().string(), "evaluate", folder.string(), "--fresh"},
               .folder = place.folder / "elsewhere"};
    const auto finished = launch(how);
    CHECK_MESSAGE(finished.err.ends_with("1 of 1 cell done\n"), finished.err);
  }
  CHECK(fs::is_empty(place.folder / "elsewhere"));
}

TEST_CASE("evaluate: a run with convolutions is found on another number of threads than it was trained with") {
  const SharedWorkplace place;
  std::string text = kText;
  const std::string mlp = "\"mlp\"\nhidden = [16]";
  text.replace(text.find(mlp), mlp.size(), "\"conv\"\nchannels = [4]");
  write(place.folder / "a.toml", text);
  REQUIRE(place({"run", "a.toml"}, {.command = {}, .environment = {{"OMP_NUM_THREADS", "1"}}}).code == 0);
  const auto added = place({"evaluate", "a", "--task", "plugin=linear_probe"},
                           {.command = {}, .environment = {{"OMP_NUM_THREADS", "2"}}});
  CHECK_MESSAGE(added.err.ends_with("1 of 1 cell done\n"), added.err);
  CHECK(place.trainings() == 1);
}
