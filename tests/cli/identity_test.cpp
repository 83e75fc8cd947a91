// What is computed again and what is not, as a user sees it: identities of runs and tasks, tasks that fail
// independently, trainings that experiments share.
#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "results/experiment_folder.hpp"
#include "results/task_result.hpp"
#include "support/process.hpp"

using namespace hourglass::test;
namespace fs = std::filesystem;

namespace {

constexpr const char* kText = R"(# Does a small network learn rectangles?
[dataset]
plugin = "shapes"
train_size = 300
test_size = 50
[noise]
plugin = "gaussian"
[architecture]
plugin = "mlp"
hidden = [16]
[bottleneck]
plugin = "dense"
size = 4
[train]
epochs = 2
[[task]]
plugin = "reconstruction"
)";

const std::string kProbe = "[[task]]\nplugin = \"linear_probe\"\n";
const std::string kMoody = "[[task]]\nplugin = \"moody\"\n";

struct SharedWorkplace {
  TemporaryFolder folder;

  Finished operator()(std::vector<std::string> arguments, Launch how = {}) const {
    arguments.insert(arguments.begin(), program().string());
    how.command = std::move(arguments);
    how.folder = folder.path();
    how.environment["HOURGLASS_CACHE_DIR"] = (folder / "cache").string();
    how.environment["HOURGLASS_PLUGIN_PATH"] = (fs::path(HOURGLASS_BINARY_DIR) / "test_plugins" / "moody").string();
    return launch(how);
  }
  Finished run(const std::string& file, const std::string& text, std::vector<std::string> more = {}) const {
    write(folder / file, text);
    more.insert(more.begin(), {"run", file});
    return (*this)(more);
  }
  /// Makes all results say that they were computed with another library of a plugin.
  void change_plugin(const std::string& plugin) const {
    std::size_t changed = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder / "results/runs")) {
      if (entry.path().extension() != ".json") continue;
      auto text = read(entry.path());
      const auto key = "\"" + plugin + "\": \"";
      const auto at = text.find(key);
      if (at == std::string::npos) continue;
      write(entry.path(), text.replace(at + key.size(), 4, "0000"));
      ++changed;
    }
    REQUIRE(changed > 0);
  }
  std::size_t trainings() const {
    const auto entries = fs::directory_iterator(folder / "results/runs");
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
  }
};

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("identity: changing a comment, a name, a picture or checkpoint_seconds trains nothing") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText).code == 0);
  std::string other = kText;
  other.replace(0, other.find('\n'), "# Another question?\nname = \"another\"");
  const auto again = place.run("b.toml", other, {"train.checkpoint_seconds=99", "task.0.images=5"});
  CHECK_MESSAGE(again.code == 0, again.err);
  CHECK_FALSE(says(again.err, "epoch"));
  CHECK(count(again.err, "task reconstruction") == 1);  // the picture is another
  CHECK(place.trainings() == 1);
}

TEST_CASE("identity: a key that changes the parameters trains another run") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText).code == 0);
  for (const auto* change : {"noise.sigma=0.2", "seed=2", "train.batch_size=64", "dataset.seed=9"}) {
    const auto before = place.trainings();
    CHECK(place.run("a.toml", kText, {change}).code == 0);
    CHECK_MESSAGE(place.trainings() == before + 1, change);
  }
}

TEST_CASE("identity: if a task is added to finished cells, only that task runs") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText, {"seeds=4"}).code == 0);
  const auto more = place.run("a.toml", kText + kProbe, {"seeds=4"});
  CHECK_MESSAGE(more.code == 0, more.err);
  CHECK_FALSE(says(more.err, "epoch"));
  CHECK_FALSE(says(more.err, "task reconstruction"));
  CHECK(count(more.err, "task linear_probe") == 4);
  CHECK(says(more.out, "linear_probe"));
  CHECK(says(more.out, "seeds 1-4"));
}

TEST_CASE("identity: the same training in two experiments is computed once, and counts once in a table of both") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText).code == 0);
  const auto other = place.run("b.toml", kText + kProbe);
  CHECK_FALSE(says(other.err, "epoch"));
  CHECK(place.trainings() == 1);
  const auto table = place({"table", "a", "b", "--metrics", "mse", "--format", "csv"});
  CHECK_MESSAGE(table.code == 0, table.err);
  CHECK(count(table.out, ",model,1,1,finished,") == 2);
}

TEST_CASE("run: two files of one name are one experiment only if one is a copy of the other or was moved") {
  const SharedWorkplace place;
  REQUIRE(place.run("one/a.toml", kText).code == 0);
  CHECK(place.run("two/a.toml", kText).code == 0);
  write(place.folder / "one/a.toml", kText + kProbe);
  const auto other = fs::canonical(place.folder / "two/a.toml");
  for (const auto* command : {"run", "check", "table", "evaluate"}) {
    const auto refused = place({command, "one/a.toml"});
    CHECK(refused.code == 2);
    CHECK(refused.err == "one/a.toml: results/experiments/a has the cells of another file of this name, " +
                             other.string() + "; add a key such as name = \"a_2\" to one of the files\n");
  }
  CHECK(place({"run", "one/a.toml", "name=a_2"}).code == 0);
  fs::remove(other);
  CHECK(place({"run", "one/a.toml"}).code == 0);
}

TEST_CASE("tasks: a task that throws fails independently, and the next run repeats only that task") {
  const SharedWorkplace place;
  const auto text = kText + kMoody + kProbe;
  const auto first = place.run("a.toml", text);
  CHECK(first.code == 1);
  CHECK(says(first.err, "[[task]] moody: not today"));
  CHECK(says(first.err, "a.toml:"));
  CHECK(first.err.ends_with("0 of 1 cell done, 1 failed\n"));
  CHECK(says(first.out, "reconstruction"));
  CHECK(says(first.out, "linear_probe"));

  write(place.folder / "calm", "");
  const auto second = place.run("a.toml", text);
  CHECK_MESSAGE(second.code == 0, second.err);
  CHECK_FALSE(says(second.err, "epoch"));
  CHECK(count(second.err, "\ntask ") + second.err.starts_with("task ") == 1);
  CHECK(says(second.err, "task moody"));
  CHECK(says(second.out, "moody"));
}

TEST_CASE("run: an interrupted cell does not keep the others from running") {
  const SharedWorkplace place;
  write(place.folder / "a.toml", kText);
  const auto stopped = place({"run", "a.toml", "train.epochs=100000"},
                             {.command = {}, .kill_after = std::chrono::milliseconds(600), .signal = SIGINT});
  REQUIRE(stopped.code == 130);
  // Another file with one long cell, stopped half-way, and one short cell.
  const auto both = place({"run", "a.toml", "name=a", "sweep.grid.train.epochs=[100000, 2]"},
                          {.command = {}, .kill_after = std::chrono::milliseconds(600), .signal = SIGINT});
  CHECK(both.code == 130);
  CHECK(both.err.ends_with("0 of 2 cells done, 1 interrupted, 1 not begun\n"));
  CHECK(place({"run", "a.toml", "train.epochs=2"}).code == 0);
}

TEST_CASE("run: only a damaged result is reported and computed again") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText + kProbe).code == 0);
  for (const auto& entry : fs::recursive_directory_iterator(place.folder / "results/runs")) {
    if (says(entry.path().string(), "/linear_probe-") && entry.path().filename() == "result.json") {
      write(entry.path(), "{");
    }
  }
  const auto again = place.run("a.toml", kText + kProbe);
  CHECK_MESSAGE(again.code == 0, again.err);
  CHECK(says(again.err, "the task is repeated"));
  CHECK(says(again.err, "task linear_probe"));
  CHECK_FALSE(says(again.err, "task reconstruction"));
}

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

TEST_CASE("run: --fresh names the results that others added to the run, and the command that computes them again") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText).code == 0);
  REQUIRE(place.run("b.toml", kText + kProbe).code == 0);
  const auto fresh = place({"run", "a.toml", "--fresh"});
  const std::string note =
      ": training it again removed the results of linear_probe; `hourglass evaluate b --results results` computes them "
      "again\n";
  CHECK_MESSAGE(count(fresh.err, note) == 1, fresh.err);
  const auto again = place({"evaluate", "b", "--results", "results"});
  CHECK(says(again.err, "task linear_probe"));
  CHECK_FALSE(says(again.err, "task reconstruction"));
  CHECK_FALSE(says(place({"run", "b.toml", "--fresh"}).err, "removed"));
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
  CHECK(says(added.err, "its training is stale, because architecture/mlp has changed; it is kept"));
  CHECK_FALSE(says(added.err, "epoch"));
  CHECK(says(place({"table", "a"}).out, "linear_probe"));
}

TEST_CASE("evaluate: a task is repeated once a plugin has changed that its result depends on, such as the noise") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText).code == 0);
  place.change_plugin("noise/gaussian");
  const auto again = place({"evaluate", "a"});
  CHECK_MESSAGE(again.code == 0, again.err);
  CHECK(says(again.err, "its training is stale, because noise/gaussian has changed; it is kept"));
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
