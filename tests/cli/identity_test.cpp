// What `run` computes again and what it does not, as a user sees it: identities of runs and tasks, tasks that fail
// independently, trainings that experiments share.
#include <doctest/doctest.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "shared_workplace.hpp"

using namespace hourglass::test;
namespace fs = std::filesystem;

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

TEST_CASE("run: --fresh names the results that others added to the run, and the command that computes them again") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText).code == 0);
  REQUIRE(place.run("b.toml", kText + kProbe).code == 0);
  const auto fresh = place({"run", "a.toml", "--fresh"});
  const std::string note =
      ": training it again removed the results of linear_probe; `hourglass evaluate b` computes them again\n";
  CHECK_MESSAGE(count(fresh.err, note) == 1, fresh.err);
  const auto again = place({"evaluate", "b", "--results", "results"});
  CHECK(says(again.err, "task linear_probe"));
  CHECK_FALSE(says(again.err, "task reconstruction"));
  CHECK_FALSE(says(place({"run", "b.toml", "--fresh"}).err, "removed"));
}

TEST_CASE("table: says how many cells are of earlier runs; --latest leaves them out, and run --forget forgets them") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText, {"seeds=2"}).code == 0);
  CHECK(place({"table", "a"}).err.empty());
  REQUIRE(place.run("a.toml", kText, {"train.epochs=1"}).code == 0);
  CHECK(place({"table", "a"}).err ==
        "note: 2 of 3 cells are not in the latest run of their experiments; --latest leaves them out, and `hourglass "
        "run FILE --forget` removes them from the list\n");
  const auto latest = place({"table", "a", "--latest", "--runs", "--format", "csv"});
  CHECK(latest.err.empty());
  CHECK(count(latest.out, ",model,") == 2);  // with the heading
  const auto forgotten = place.run("a.toml", kText, {"train.epochs=1", "--forget"});
  CHECK(says(forgotten.err, "a: 2 cells of earlier runs are no longer listed; the results in results/runs are kept\n"));
  CHECK(place({"table", "a"}).err.empty());
  CHECK(place.trainings() == 3);
}

TEST_CASE("run: a damaged environment.json is reported and made again, and its training is kept") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText).code == 0);
  write(fs::directory_iterator(place.folder / "results/runs")->path() / "environment.json", "{");
  const auto again = place({"run", "a.toml"});
  CHECK_MESSAGE(again.code == 0, again.err);
  CHECK(says(again.err, "environment.json:1:2: the file ends too early; "));
  CHECK(says(again.err, "; it is made again, but which versions of its plugins trained it is unknown\n"));
  CHECK_FALSE(says(again.err, "epoch"));
}

TEST_CASE("run: an interrupted training whose plugin has changed is reported and continued, and restarted by --stale") {
  const SharedWorkplace place;
  write(place.folder / "a.toml", kText);
  const Launch for_a_moment{.command = {}, .kill_after = std::chrono::milliseconds(600), .signal = SIGINT};
  const std::vector<std::string> command = {"run", "a.toml", "train.epochs=100000"};
  const std::string note = "its interrupted training is stale, because noise/gaussian changed; it is kept";
  REQUIRE(place(command, for_a_moment).code == 130);
  place.change_plugin("noise/gaussian");
  const auto kept = place(command, for_a_moment);
  CHECK_MESSAGE(says(kept.err, note), kept.err);
  CHECK_FALSE(says(kept.err, "epoch      1/"));
  const auto still = place(command, for_a_moment);  // a part of it was trained with the other version
  CHECK_MESSAGE(says(still.err, note), still.err);
  auto stale = command;
  stale.push_back("--stale");
  place.change_plugin("noise/gaussian");
  const auto restarted = place(stale, for_a_moment);
  CHECK_FALSE(says(restarted.err, note));
  CHECK_MESSAGE(says(restarted.err, "epoch      1/"), restarted.err);
}

TEST_CASE("run: notes that the runs of a renamed experiment are still listed under its former name") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText).code == 0);
  const auto named = place.run("a.toml", "name = \"b\"\n" + kText);
  CHECK_MESSAGE(says(named.err,
                     "b: 1 of its 1 run is also listed by a, which is of the same file; to remove that list, "
                     "delete results/experiments/a\n"),
                named.err);
  std::filesystem::remove(place.folder / "a.toml");
  const auto moved = place.run("c.toml", kText);
  CHECK_MESSAGE(says(moved.err, "c: 1 of its 1 run is also listed by a, whose file no longer exists; to remove that "),
                moved.err);
  std::filesystem::remove_all(place.folder / "results/experiments/a");
  CHECK_FALSE(says(place.run("c.toml", kText).err, "also listed"));
}

TEST_CASE("identity: the bits of convolutions depend on the threads that OMP_THREAD_LIMIT leaves") {
  const SharedWorkplace place;
  auto text = kText;
  const std::string mlp = "\"mlp\"\nhidden = [16]";
  text.replace(text.find(mlp), mlp.size(), "\"conv\"\nchannels = [4]");
  write(place.folder / "a.toml", text);
  REQUIRE(place({"run", "a.toml", "train.threads=1"}).code == 0);
  const auto limited =
      place({"run", "a.toml", "train.threads=2"}, {.command = {}, .environment = {{"OMP_THREAD_LIMIT", "1"}}});
  CHECK(limited.code == 0);
  CHECK_FALSE(says(limited.err, "epoch"));
  CHECK(place.trainings() == 1);
}

TEST_CASE("run: a damaged experiment.toml of a finished run is restored") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText).code == 0);
  const auto file = fs::directory_iterator(place.folder / "results/runs")->path() / "experiment.toml";
  const auto whole = read(file);
  for (const std::string damage : {"", "[dataset\n"}) {
    write(file, damage);
    const auto evaluated = place({"evaluate", "a"});
    CHECK_MESSAGE(says(evaluated.err, "run its experiment again, which makes it again"), evaluated.err);
    const auto again = place({"run", "a.toml"});
    CHECK(again.code == 0);
    CHECK(says(again.err, "experiment.toml"));
    CHECK_FALSE(says(again.err, "epoch"));
    CHECK(read(file) == whole);
  }
}

TEST_CASE("run: a write beyond the limit of a file's size is an error in a sentence") {
  const SharedWorkplace place;
  write(place.folder / "a.toml", kText);
  Launch how;
  how.command = {"sh", "-c", "ulimit -f 8; exec \"$0\" run a.toml architecture.hidden=[256]", program().string()};
  how.folder = place.folder.path();
  const auto limited = launch(how);
  CHECK(limited.code == 1);
  CHECK_MESSAGE(says(limited.err, "File too large"), limited.err);
}
