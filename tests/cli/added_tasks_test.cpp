// Tasks that `hourglass evaluate --task` adds to an experiment: kept, run, named and removed.
#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "results/experiment_folder.hpp"
#include "results/run_lock.hpp"
#include "shared_workplace.hpp"

using namespace hourglass::test;
namespace fs = std::filesystem;

namespace {

const std::vector<std::string> kFew = {"evaluate", "a", "--task", "plugin=linear_probe", "name=few", "labels=20"};

/// Returns the listed folder of a task of the first cell of experiment a; "none" if the cell has no such task.
std::string folder_of(const SharedWorkplace& place, const std::string& task) {
  const auto cells = hourglass::results::ExperimentFolder(place.folder / "results", "a").cells();
  for (const auto& one : cells.at(0).tasks) {
    if (one.name == task) return one.folder;
  }
  return "none";
}

}  // namespace

TEST_CASE("run: an added task stays with its cell when a key of the evaluation changes, and is run again") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText).code == 0);
  REQUIRE(place(kFew).code == 0);
  const auto before = folder_of(place, "few");
  const auto changed = place.run("a.toml", kText, {"train.keep=last"});
  CHECK_MESSAGE(changed.code == 0, changed.err);
  CHECK(count(changed.err, "task few\n") == 1);
  CHECK_FALSE(says(changed.err, "epoch"));
  CHECK(folder_of(place, "few") != before);
  CHECK(says(changed.out, "few"));
  CHECK_FALSE(says(place.run("a.toml", kText, {"train.keep=last"}).err, "task few\n"));
  const auto fresh = place.run("a.toml", kText, {"train.keep=last", "--fresh"});
  CHECK_MESSAGE(count(fresh.err, "task few\n") == 1, fresh.err);
  CHECK_FALSE(says(fresh.err, "removed"));
  const auto own = read(fs::directory_iterator(place.folder / "results/runs")->path() / "experiment.toml");
  CHECK_FALSE(says(own, "linear_probe"));  // the run's file is that of the experiment
}

TEST_CASE("run: an added task whose plugin is not found is kept in the list, and --fresh notes that it is removed") {
  const SharedWorkplace place;
  const auto without = place.add_outside_task();
  const auto changed = place({"run", "a.toml", "train.keep=last"}, without);
  CHECK_MESSAGE(changed.code == 0, changed.err);
  CHECK(says(changed.err, "note: a: moody (plugin task/moody) is left as it is, because its plugin is not found"));
  CHECK(folder_of(place, "moody") == "");
  const auto back = place({"run", "a.toml", "train.keep=last"});
  CHECK_MESSAGE(count(back.err, "task moody\n") == 1, back.err);
  const auto fresh = place({"run", "a.toml", "train.keep=last", "--fresh"}, without);
  CHECK_MESSAGE(says(fresh.err, "training it again removed the results of moody"), fresh.err);
}

TEST_CASE("run: an added task that the file now declares is listed once, as the file's") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText).code == 0);
  REQUIRE(place({"evaluate", "a", "--task", "plugin=linear_probe"}).code == 0);
  const auto declared = place.run("a.toml", kText + kProbe, {"train.keep=last"});
  CHECK_MESSAGE(count(declared.err, "task linear_probe\n") == 1, declared.err);
  CHECK_FALSE(says(declared.err, "linear_probe_2"));
  CHECK(folder_of(place, "linear_probe_2") == "none");
}

TEST_CASE("run: an added task gets another name, and a note, if the file declares another task of its name") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText).code == 0);
  REQUIRE(place(kFew).code == 0);
  const auto declared = place.run("a.toml", kText + kProbe + "name = \"few\"\n");
  CHECK_MESSAGE(declared.code == 0, declared.err);
  const std::string note = "note: a: the added task few is now few_2, because the file declares another task few\n";
  CHECK(says(declared.err, note));
  CHECK_FALSE(says(declared.err, "task few_2\n"));  // its result is there
  CHECK(folder_of(place, "few_2") != "none");
  CHECK_FALSE(says(place.run("a.toml", kText + kProbe + "name = \"few\"\n").err, note));
}

TEST_CASE("run: says which tasks of an experiment were added, and how to remove one") {
  const SharedWorkplace place;
  CHECK_FALSE(says(place.run("a.toml", kText).err, "added"));
  REQUIRE(place(kFew).code == 0);
  CHECK(says(place.run("a.toml", kText).err,
             "note: a has added tasks: few; `hourglass evaluate a --remove-task few` removes one\n"));
}

TEST_CASE("run: a new cell gets the added tasks that all cells of the experiment have, also with --forget") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText, {"seeds=2"}).code == 0);
  REQUIRE(place(kFew).code == 0);
  const auto third = place.run("a.toml", kText, {"seeds=3"});
  CHECK_MESSAGE(count(third.err, "task few\n") == 1, third.err);
  CHECK_FALSE(says(third.err, "lack"));
  CHECK_MESSAGE(says(third.out, "seeds 1-3, mean ± sample standard deviation of 3 runs\n"), third.out);
  const auto other = place.run("a.toml", kText, {"train.epochs=1", "--forget"});
  CHECK_MESSAGE(count(other.err, "task few\n") == 1, other.err);
  CHECK(folder_of(place, "few") != "none");
  CHECK(says(place.run("a.toml", kText, {"--forget"}).out, "few"));
}

TEST_CASE("run: an added task that only some cells have stays with those, and a note says how to add it to the rest") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText, {"seeds=2"}).code == 0);
  auto one = kFew;
  one[1] = "results/experiments/a/seed=1";
  REQUIRE(place(one).code == 0);
  const auto third = place.run("a.toml", kText, {"seeds=3"});
  CHECK_FALSE(says(third.err, "task few\n"));
  const std::string note = "note: a: 2 of 3 cells lack the added task few; once they are trained, `";
  const auto at = third.err.find(note);
  REQUIRE_MESSAGE(at != std::string::npos, third.err);
  const auto command = third.err.substr(at + note.size(), third.err.find('`', at + note.size()) - at - note.size());
  CHECK(command.starts_with("hourglass evaluate a --task plugin=linear_probe "));
  CHECK(command.ends_with(" name=few"));
  std::vector<std::string> words;
  for (std::size_t begin = command.find(' ') + 1, end = 0; end != std::string::npos; begin = end + 1) {
    end = command.find(' ', begin);
    auto word = command.substr(begin, end - begin);
    std::erase(word, '\'');  // as the shell does
    words.push_back(word);
  }
  const auto added = place(words);
  CHECK_MESSAGE(count(added.err, "task few\n") == 2, added.err);
  CHECK_FALSE(says(place.run("a.toml", kText, {"seeds=3"}).err, "lack"));
}

TEST_CASE("evaluate: --remove-task also removes results of the task that no experiment lists any more") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText).code == 0);
  REQUIRE(place(kFew).code == 0);
  const auto old = folder_of(place, "few");
  REQUIRE(place.run("a.toml", kText, {"train.keep=last"}).code == 0);
  const auto now = folder_of(place, "few");
  REQUIRE(now != old);
  const auto removed = place({"evaluate", "a", "--remove-task", "few"});
  CHECK_MESSAGE(says(removed.err, "/tasks/" + now + " is removed\n"), removed.err);
  CHECK_MESSAGE(says(removed.err, "/tasks/" + old + " is removed\n"), removed.err);
  const auto run = fs::directory_iterator(place.folder / "results/runs")->path();
  CHECK_FALSE(fs::exists(run / "tasks" / old));
}

TEST_CASE("evaluate: --remove-task removes an added task with its results, and says which") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText, {"seeds=2"}).code == 0);
  auto twice = kFew;
  twice.insert(twice.end(), {"plugin=linear_probe", "labels=30"});
  REQUIRE(place(twice).code == 0);
  const auto folder = folder_of(place, "few");
  const auto removed = place({"evaluate", "a", "--remove-task", "few"});
  CHECK_MESSAGE(removed.code == 0, removed.err);
  CHECK(says(removed.err, "few is removed from 2 cells of a\n"));
  CHECK(count(removed.err, "/tasks/linear_probe-") == 2);
  CHECK_MESSAGE(says(removed.err, "/tasks/" + folder + " is removed\n"), removed.err);
  CHECK(folder_of(place, "few") == "none");
  CHECK_FALSE(says(place({"table", "a"}).out, "few"));
  CHECK(says(place({"table", "a"}).out, "linear_probe"));
  for (const auto& run : fs::directory_iterator(place.folder / "results/runs"))
    CHECK(std::distance(fs::directory_iterator(run.path() / "tasks"), {}) == 2);
}

TEST_CASE("evaluate: a removal that is killed before the list is written is finished by the same command") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText).code == 0);
  REQUIRE(place(kFew).code == 0);
  const auto result = fs::directory_iterator(place.folder / "results/runs")->path() / "tasks" / folder_of(place, "few");
  const std::vector<std::string> command = {"evaluate", "a", "--remove-task", "few"};
  {
    const auto lock = hourglass::results::RunLock::try_lock(place.folder / "results/experiments/a");
    place(command, {.command = {}, .kill_after = std::chrono::milliseconds(1500)});
  }
  CHECK_FALSE(fs::exists(result));
  const auto again = place(command);
  CHECK_MESSAGE(again.code == 0, again.err);
  CHECK(folder_of(place, "few") == "none");
}

TEST_CASE("evaluate: a result that another experiment lists stays when its task is removed") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText).code == 0);
  REQUIRE(place.run("b.toml", kText + kProbe).code == 0);
  REQUIRE(place({"evaluate", "a", "--task", "plugin=linear_probe"}).code == 0);
  const auto removed = place({"evaluate", "a", "--remove-task", "linear_probe"});
  CHECK_MESSAGE(removed.code == 0, removed.err);
  CHECK(says(removed.err, "linear_probe is removed from 1 cell of a\n"));
  CHECK(says(removed.err, " is kept, because b lists it\n"));
  CHECK(says(place({"table", "b"}).out, "linear_probe"));
}

TEST_CASE("run: a task that ends the program is named by the next command, and tried again") {
  const SharedWorkplace place;
  write(place.folder / "storm", "");
  CHECK(place.run("a.toml", kText + kMoody).code > 128);
  const std::string reason =
      "task moody (plugin task/moody) ended the program the last time it ran, or the program was killed meanwhile";
  const auto table = place({"table", "a"}).out;
  CHECK_MESSAGE(says(table, "cut off  " + reason), table);
  fs::remove(place.folder / "storm");
  write(place.folder / "calm", "");
  const auto again = place.run("a.toml", kText + kMoody);
  CHECK_MESSAGE(again.code == 0, again.err);
  CHECK_MESSAGE(says(again.err, ": " + reason + "; it is tried again\n"), again.err);
  CHECK_FALSE(says(again.err, "task reconstruction\n"));
  CHECK_FALSE(says(place.run("a.toml", kText + kMoody).err, reason));
  const auto run = fs::directory_iterator(place.folder / "results/runs")->path();
  CHECK(says(read(run / "log.txt"), "task moody (checkpoint best, plugin=moody, file=)\n"));
  for (const auto& entry : fs::recursive_directory_iterator(run)) CHECK(entry.path().filename() != "begun.json");
}

TEST_CASE("evaluate: --remove-task refuses tasks of the file, unknown names and --task") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText).code == 0);
  REQUIRE(place(kFew).code == 0);
  const auto error = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"evaluate", "a"});
    const auto finished = place(more);
    CHECK(finished.code == 2);
    return finished.err;
  };
  CHECK(error({"--remove-task", "reconstruction"}) ==
        "--remove-task reconstruction: the file of a declares this task; remove it from the file\n");
  CHECK(error({"--remove-task", "fw"}) ==
        "--remove-task fw: a has no such task; its added tasks are few; did you mean 'few'?\n");
  CHECK(says(error({"--remove-task", "few", "--task", "plugin=linear_probe"}),
             "--task and --remove-task exclude each other"));
  CHECK(folder_of(place, "few") != "none");
}

TEST_CASE("evaluate: a given name that another task has is refused, an automatic one is numbered") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText).code == 0);
  REQUIRE(place(kFew).code == 0);
  CHECK(place(kFew).code == 0);  // the same task
  const auto other = place({"evaluate", "a", "--task", "plugin=linear_probe", "name=few", "labels=30"});
  CHECK(other.code == 2);
  CHECK(other.err ==
        "--task name=few: a already has a task few with other keys; choose another name, such as few_2, or remove that "
        "task with `hourglass evaluate a --remove-task few`\n");
  for (const auto* labels : {"labels=40", "labels=50"})
    REQUIRE(place({"evaluate", "a", "--task", "plugin=linear_probe", labels}).code == 0);
  CHECK(folder_of(place, "linear_probe_2") != "none");
}

TEST_CASE("evaluate: a name that would be dropped is refused: that of a task that is listed or given twice, or empty") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText).code == 0);
  const auto error = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"evaluate", "a", "--task", "plugin=linear_probe"});
    const auto finished = place(more);
    CHECK(finished.code == 2);
    return finished.err;
  };
  CHECK(error({"name=x", "plugin=linear_probe", "name=y"}) == "--task: x and y are the same task; give it once\n");
  CHECK(error({"name="}) == "--task name=: the name is empty; give a name, or leave the key out\n");
  REQUIRE(place({"evaluate", "a", "--task", "plugin=linear_probe"}).code == 0);
  CHECK(error({"name=again"}) ==
        "--task name=again: a already has this task, with the name linear_probe; leave out the name\n");
}
