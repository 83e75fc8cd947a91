// The folder of an experiment: its list of cells and the links to their runs.
#include "results/experiment_folder.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "runs.hpp"
#include "support/unsealed.hpp"

using namespace hourglass;
using namespace hourglass::results;
using test::error_of;
using test::make_cell;
using test::TemporaryFolder;

namespace {

namespace fs = std::filesystem;

// "ab12: denoising, knn+; " for each cell, with a plus for an added task.
std::string listed(const ExperimentFolder& experiment) {
  std::string text;
  for (const auto& cell : experiment.cells()) {
    text += cell.run + ":";
    for (const auto& task : cell.tasks)
      text += (&task == cell.tasks.data() ? " " : ", ") + task.name + (task.added ? "+" : "");
    text += "; ";
  }
  return text;
}

std::string keys(const ListedCell& cell) {
  std::string text;
  for (const auto& setting : cell.settings) text += setting.key + " ";
  for (const auto& task : cell.tasks) {
    for (const auto& setting : task.keys) text += "task." + task.name + "." + setting.key + " ";
  }
  return text;
}

std::string link_of(const ExperimentFolder& experiment, const std::string& name) {
  return fs::is_symlink(experiment.path() / name) ? fs::read_symlink(experiment.path() / name).string() : "no link";
}

}  // namespace

TEST_CASE("cells.json: has these bytes") {
  const TemporaryFolder folder;
  const ExperimentFolder experiment(folder.path(), "small");
  experiment.add("Does noise help?",
                 {{"noise.sigma=0.5 seed=2",
                   2,
                   "ab12",
                   {{"noise.sigma", 0.5}, {"train.epochs", std::int64_t{3}}, {"noise.plugin", "none"}},
                   {{"mse", "denoising-1f", false}, {"knn", "knn-2a", true}}}});
  CHECK(test::unsealed(test::read(folder / "experiments/small/cells.json")) == R"({
  "experiment": "small",
  "question": "Does noise help?",
  "cells": [
    {
      "label": "noise.sigma=0.5 seed=2",
      "seed": 2,
      "run": "ab12",
      "settings": {
        "noise.sigma": 0.5,
        "train.epochs": 3,
        "noise.plugin": "none"
      },
      "tasks": [
        {
          "name": "mse",
          "folder": "denoising-1f"
        },
        {
          "name": "knn",
          "folder": "knn-2a",
          "added": {}
        }
      ]
    }
  ]
}
)");
}

TEST_CASE("cells.json: every field and every kind of value reads back") {
  const TemporaryFolder folder;
  const ExperimentFolder experiment(folder.path(), "small");
  CHECK(experiment.cells().empty());
  CHECK(experiment.question() == "");
  const std::vector<Setting> settings = {
      {"text", "[512, 256]"}, {"whole", std::int64_t{-7}}, {"number", 1.0}, {"small", 5e-324}, {"nothing", Field()}};
  experiment.add("Why?", {{"a label", 9, "ab12", settings, {{"mse", "denoising-1f", false}, {"knn", "knn-2a", true}}}});
  CHECK(experiment.question() == "Why?");
  const auto cells = experiment.cells();
  REQUIRE(cells.size() == 1);
  CHECK(cells[0].label == "a label");
  CHECK(cells[0].seed == 9);
  CHECK(cells[0].run == "ab12");
  CHECK(keys(cells[0]) == "text whole number small nothing ");
  for (std::size_t i = 0; i < settings.size(); ++i) CHECK(cells[0].settings[i].value == settings[i].value);
  REQUIRE(cells[0].tasks.size() == 2);
  CHECK(cells[0].tasks[0].name == "mse");
  CHECK(cells[0].tasks[0].folder == "denoising-1f");
  CHECK_FALSE(cells[0].tasks[0].added);
  CHECK(cells[0].tasks[1].added);
}

TEST_CASE("cells.json: an infinite setting is read back as a number") {
  const TemporaryFolder folder;
  const ExperimentFolder experiment(folder.path(), "small");
  const auto infinity = std::numeric_limits<double>::infinity();
  experiment.add("", {{"a", 1, "ab12", {{"train.clip", infinity}}, {}}});
  CHECK(experiment.cells()[0].settings[0].value == Field(infinity));
}

TEST_CASE("add: cells of the same run are replaced, others are kept") {
  const TemporaryFolder folder;
  const ExperimentFolder experiment(folder.path(), "small");
  experiment.add("Old?", {make_cell("ab12", 0.1, 1, {"denoising"}), make_cell("cd34", 0.1, 2, {"denoising"})});
  CHECK(listed(experiment) == "ab12: denoising; cd34: denoising; ");
  experiment.add("New?", {make_cell("ab12", 0.1, 1, {"linear_probe", "denoising"}), make_cell("ef56", 0.1, 3)});
  CHECK(listed(experiment) == "cd34: denoising; ab12: linear_probe, denoising; ef56:; ");
  CHECK(experiment.question() == "New?");
}

TEST_CASE("add: the same cells again change nothing") {
  const TemporaryFolder folder;
  const ExperimentFolder experiment(folder.path(), "small");
  const std::vector<ListedCell> cells = {make_cell("ab12", 0.1, 1, {"denoising"}), make_cell("cd34", 0.1, 2)};
  experiment.add("Why?", cells);
  const auto before = test::read(experiment.path() / "cells.json");
  experiment.add("Why?", cells);
  CHECK(test::read(experiment.path() / "cells.json") == before);
}

TEST_CASE("add: two cells may share a run") {
  const TemporaryFolder folder;
  const ExperimentFolder experiment(folder.path(), "small");
  auto last = make_cell("ab12", 0.1, 1, {"denoising"});
  last.label = "train.keep=last seed=1";
  last.settings.push_back({"train.keep", "last"});
  const std::vector<ListedCell> cells = {make_cell("ab12", 0.1, 1, {"denoising"}), last};
  for (int time = 0; time < 2; ++time) {
    experiment.add("", cells);
    CHECK(listed(experiment) == "ab12: denoising; ab12: denoising; ");
    CHECK(experiment.cells()[0].label == "noise.sigma=0.1 seed=1");
    CHECK(experiment.cells()[1].label == "train.keep=last seed=1");
  }
}

TEST_CASE("add: an added task is kept when its cell is listed again") {
  const TemporaryFolder folder;
  const ExperimentFolder experiment(folder.path(), "small");
  const auto cell = make_cell("ab12", 0.1, 1, {"denoising"});
  experiment.add("", {cell});
  experiment.add_tasks({{"ab12", make_cell("ab12", 0.1, 1).label, {"knn", "knn-2a", true, {}}}});
  experiment.add("", {cell});
  CHECK(listed(experiment) == "ab12: denoising, knn+; ");
  CHECK(experiment.cells()[0].tasks[1].folder == "knn-2a");
}

TEST_CASE("add: an added task keeps its keys when its cell is listed again") {
  const TemporaryFolder folder;
  const ExperimentFolder experiment(folder.path(), "small");
  const ListedCell cell{"a label", 1, "ab12", {{"noise.sigma", 0.5}}, {}};
  experiment.add("", {cell});
  experiment.add_tasks({{"ab12", cell.label, {"knn", "knn-2a", true, {{"neighbours", std::int64_t{5}}}}}});
  experiment.add("", {cell});
  CHECK(keys(experiment.cells()[0]) == "noise.sigma task.knn.neighbours ");
}

TEST_CASE("add: an added task that the experiment now contains is listed once") {
  const TemporaryFolder folder;
  const ExperimentFolder experiment(folder.path(), "small");
  for (const auto* name : {"knn", "neighbours"}) {
    experiment.add("", {make_cell("ab12", 0.1, 1)});
    experiment.add_tasks({{"ab12", make_cell("ab12", 0.1, 1).label, {"knn", "knn-2a", true, {}}}});
    auto cell = make_cell("ab12", 0.1, 1);
    cell.tasks = {{name, "knn-2a", false}};
    experiment.add("", {cell});
    CHECK(listed(experiment) == std::string("ab12: ") + name + "; ");
    std::filesystem::remove_all(experiment.path());
  }
}

TEST_CASE("add: an added task is kept next to a task of the experiment with the same name") {
  const TemporaryFolder folder;
  const ExperimentFolder experiment(folder.path(), "small");
  experiment.add("", {make_cell("ab12", 0.1, 1)});
  experiment.add_tasks({{"ab12", make_cell("ab12", 0.1, 1).label, {"knn", "knn-2a", true, {}}}});
  experiment.add("", {make_cell("ab12", 0.1, 1, {"knn"})});
  CHECK(listed(experiment) == "ab12: knn, knn_2+; ");
}

TEST_CASE("add: a task that was removed from the experiment's file is removed") {
  const TemporaryFolder folder;
  const ExperimentFolder experiment(folder.path(), "small");
  experiment.add("", {make_cell("ab12", 0.1, 1, {"denoising", "linear_probe"})});
  experiment.add("", {make_cell("ab12", 0.1, 1, {"denoising"})});
  CHECK(listed(experiment) == "ab12: denoising; ");
}

TEST_CASE("add: a cell keeps its label as long as its settings are equal") {
  const TemporaryFolder folder;
  const ExperimentFolder experiment(folder.path(), "small");
  const auto cell = make_cell("ab12", 0.1, 1);
  auto renamed = cell;
  renamed.label = "seed=1";
  experiment.add("", {cell});
  experiment.add("", {renamed});
  CHECK(experiment.cells()[0].label == "noise.sigma=0.1 seed=1");
  CHECK(link_of(experiment, "seed=1") == "no link");
  renamed.settings.push_back({"train.keep", "last"});
  experiment.add("", {renamed});
  CHECK(experiment.cells()[0].label == "seed=1");
}

TEST_CASE("add: a cell keeps its label when tasks were added to it") {
  const TemporaryFolder folder;
  const ExperimentFolder experiment(folder.path(), "small");
  const auto cell = make_cell("ab12", 0.1, 1);
  auto renamed = cell;
  renamed.label = "seed=1";
  experiment.add("", {cell});
  experiment.add_tasks(
      {{"ab12", make_cell("ab12", 0.1, 1).label, {"knn", "knn-2a", true, {{"neighbours", std::int64_t{5}}}}}});
  experiment.add("", {renamed});
  CHECK(experiment.cells()[0].label == "noise.sigma=0.1 seed=1");
}

TEST_CASE("links: each cell's run is reached under its label") {
  const TemporaryFolder folder;
  test::make_run(folder.path(), "small", "ab12", 0.1, 1, {});
  const ExperimentFolder experiment(folder.path(), "small");
  CHECK(link_of(experiment, "noise.sigma=0.1 seed=1") == "../../runs/ab12");
  CHECK(fs::exists(experiment.path() / "noise.sigma=0.1 seed=1/status.json"));
}

TEST_CASE("links: a label is updated to another run") {
  const TemporaryFolder folder;
  const ExperimentFolder experiment(folder.path(), "small");
  experiment.add("", {make_cell("ab12", 0.1, 1)});
  experiment.add("", {make_cell("cd34", 0.1, 1)});
  CHECK(link_of(experiment, "noise.sigma=0.1 seed=1") == "../../runs/cd34");
}

TEST_CASE("add: an added task stays with the cell whose checkpoint it saw") {
  const TemporaryFolder folder;
  const ExperimentFolder experiment(folder.path(), "small");
  auto best = make_cell("ab12", 0.1, 1), last = best;
  best.label = "train.keep=best seed=1";
  best.settings.push_back({"train.keep", "best"});
  last.label = "train.keep=last seed=1";
  last.settings.push_back({"train.keep", "last"});
  experiment.add("", {best, last});
  experiment.add_tasks({{"ab12", best.label, {"knn", "knn-2a", true, {}}}});
  experiment.add_tasks({{"ab12", last.label, {"knn", "knn-3b", true, {}}}});
  best.settings.push_back({"task.0.images", std::int64_t{9}});  // a task of the file has changed
  experiment.add("", {last, best});
  const auto cells = experiment.cells();
  REQUIRE(cells.size() == 2);
  for (const auto& cell : cells) REQUIRE(cell.tasks.size() == 1);
  CHECK(cells[0].tasks[0].folder == "knn-3b");
  CHECK(cells[1].tasks[0].folder == "knn-2a");
}

TEST_CASE("links: a label that is no longer listed loses its link, and nothing else is removed") {
  const TemporaryFolder folder;
  const ExperimentFolder experiment(folder.path(), "small");
  auto cell = make_cell("ab12", 0.1, 1);
  experiment.add("", {cell, make_cell("cd34", 0.1, 2)});
  fs::create_directories(experiment.path() / "pictures");
  fs::create_symlink("pictures", experiment.path() / "mine");
  test::write(experiment.path() / "notes", "mine");
  cell.label = "train.keep=last seed=1";
  cell.settings.push_back({"train.keep", "last"});
  experiment.add("", {cell});
  CHECK(link_of(experiment, "noise.sigma=0.1 seed=1") == "no link");
  CHECK(link_of(experiment, "train.keep=last seed=1") == "../../runs/ab12");
  CHECK(link_of(experiment, "noise.sigma=0.1 seed=2") == "../../runs/cd34");
  CHECK(link_of(experiment, "mine") == "pictures");
  CHECK(fs::is_directory(experiment.path() / "pictures"));
  CHECK(test::read(experiment.path() / "notes") == "mine");
}

TEST_CASE("links: a name has one level, is not hidden and not too long") {
  const TemporaryFolder folder;
  const ExperimentFolder experiment(folder.path(), "small");
  const std::string x(300, 'x');
  const auto add = [&](const std::string& label) { experiment.add("", {{label, 1, "0123456789ab", {}, {}}}); };
  add("../dataset.path=/tmp/a");
  CHECK(link_of(experiment, "_._dataset.path=_tmp_a") == "../../runs/0123456789ab");
  experiment.add("", {{x, 1, "cd34cd34cd34", {}, {}}});
  CHECK(link_of(experiment, x.substr(0, 120) + "... cd34cd34") == "../../runs/cd34cd34cd34");
}

TEST_CASE("links: an existing file of that name is kept, and the cell is still listed") {
  const TemporaryFolder folder;
  const ExperimentFolder experiment(folder.path(), "small");
  test::write(experiment.path() / "notes", "mine");
  experiment.add("", {{"notes", 1, "ab12", {}, {}}});
  CHECK(test::read(experiment.path() / "notes") == "mine");
  CHECK(listed(experiment) == "ab12:; ");
}

TEST_CASE("add_tasks: the cell with this run and label lists the task with its keys, others do not") {
  const TemporaryFolder folder;
  const ExperimentFolder experiment(folder.path(), "small");
  experiment.add("Why?", {{"a", 1, "ab12", {{"noise.sigma", 0.1}}, {}},
                          {"b", 1, "ab12", {{"noise.sigma", 0.1}, {"train.keep", "last"}}, {}},
                          {"c", 1, "cd34", {{"noise.sigma", 0.3}}, {}}});
  experiment.add_tasks({{"ab12", "a", {"knn", "knn-2a", true, {{"plugin", "knn"}, {"neighbours", std::int64_t{5}}}}}});
  CHECK(listed(experiment) == "ab12: knn+; ab12:; cd34:; ");
  CHECK(experiment.question() == "Why?");
  const auto cells = experiment.cells();
  CHECK(keys(cells[0]) == "noise.sigma task.knn.plugin task.knn.neighbours ");
  CHECK(keys(cells[1]) == "noise.sigma train.keep ");
  CHECK(keys(cells[2]) == "noise.sigma ");
}

TEST_CASE("add_tasks: a task that the cell already lists is not listed again") {
  const TemporaryFolder folder;
  const ExperimentFolder experiment(folder.path(), "small");
  experiment.add("", {make_cell("ab12", 0.1, 1, {"denoising"})});
  for (int time = 0; time < 2; ++time) {
    experiment.add_tasks(
        {{"ab12", make_cell("ab12", 0.1, 1).label, {"denoising", "denoising-1f", true, {{"plugin", "denoising"}}}}});
    experiment.add_tasks({{"ab12", make_cell("ab12", 0.1, 1).label, {"knn", "knn-2a", true, {{"plugin", "knn"}}}}});
  }
  CHECK(listed(experiment) == "ab12: denoising, knn+; ");
}

TEST_CASE("add_tasks: a name in use by another task of the cell is numbered") {
  const TemporaryFolder folder;
  const ExperimentFolder experiment(folder.path(), "small");
  experiment.add("", {{"a", 1, "ab12", {}, {{"knn", "knn-1f", false}}}, {"b", 2, "cd34", {}, {}}});
  experiment.add_tasks({{"ab12", "a", {"knn", "knn-2a", true, {{"neighbours", std::int64_t{5}}}}}});
  experiment.add_tasks({{"ab12", "a", {"knn", "knn-3b", true, {{"neighbours", std::int64_t{9}}}}}});
  CHECK(listed(experiment) == "ab12: knn, knn_2+, knn_3+; cd34:; ");
  CHECK(keys(experiment.cells()[0]) == "task.knn_2.neighbours task.knn_3.neighbours ");
}

TEST_CASE("cells.json: damage is reported with its location, and the file is not overwritten") {
  const TemporaryFolder folder;
  const ExperimentFolder experiment(folder.path(), "small");
  const auto path = (experiment.path() / "cells.json").string();
  const auto problem = [&](const std::string& text) {
    test::write(path, text);
    return error_of([&] { (void)experiment.cells(); });
  };
  CHECK(problem("{\"cells\": [").starts_with(path + ":1:12: the file ends too early"));
  CHECK(problem("{}").starts_with(path + ": expected an array of objects for cells, but it is missing"));
  CHECK(
      problem(R"({"cells": [{"label": 3}]})").starts_with(path + ": expected a string for cells[0].label, but got 3"));
  CHECK(problem(R"({"cells": [{"label": "a", "seed": 1, "run": "ab12", "settings": {"hidden": [1]}}]})")
            .find("for cells[0].settings, but got ") != std::string::npos);
  const std::string half = R"({"question": "", "cells": [{"label": "a", "seed": 1, "run": "ab12", "settings": {}}]})";
  CHECK(problem(half).starts_with(path + ": expected an array of objects for cells[0].tasks, but it is missing"));
  CHECK(error_of([&] { experiment.add("", {make_cell("ab12", 0.1, 1)}); }) != "no error");
  CHECK(error_of([&] {
          experiment.add_tasks({{"ab12", make_cell("ab12", 0.1, 1).label, {"knn", "knn-2a", true, {}}}});
        }) != "no error");
  CHECK(test::read(path) == half);
}

TEST_CASE("cells.json: damage inside a task is reported with the cell and the task") {
  const TemporaryFolder folder;
  const ExperimentFolder experiment(folder.path(), "small");
  const auto path = (experiment.path() / "cells.json").string();
  test::write(path, R"({"cells": [{"label": "a", "seed": 1, "run": "r", "settings": {}, "tasks": [{"name": 3}]}]})");
  CHECK(error_of([&] {
          (void)experiment.cells();
        }).starts_with(path + ": expected a string for cells[0].tasks[0].name, but got 3"));
}

TEST_CASE("cells.json: a damaged list is set aside, and a sound one stays") {
  const TemporaryFolder folder;
  const ExperimentFolder experiment(folder.path(), "small");
  CHECK(experiment.set_aside_damaged().empty());
  experiment.add("", {make_cell("ab12", 0.1, 1)});
  CHECK(experiment.set_aside_damaged().empty());
  const auto path = experiment.path() / "cells.json";
  auto damaged = test::read(path);
  damaged.replace(damaged.find("0.1"), 3, "0.2");
  test::write(path, damaged);
  CHECK(experiment.set_aside_damaged().starts_with(
      path.string() +
      ": its contents do not match its checksum; the file was changed after it was written; run its "
      "experiment again, which sets it aside and makes a new list; it is now "));
  CHECK(test::read(experiment.path() / "cells.damaged.json") == damaged);
  CHECK(experiment.cells().empty());
}

TEST_CASE("experiment folder: a link in its place is refused, and nothing is written through it") {
  const TemporaryFolder folder;
  fs::create_directories(folder / "outside");
  fs::create_directories(folder / "results/experiments");
  fs::create_directory_symlink(folder / "outside", folder / "results/experiments/small");
  const ExperimentFolder experiment(folder / "results", "small");
  CHECK(error_of([&] { experiment.add("", {make_cell("ab12", 0.1, 1)}); }).find("symbolic link") != std::string::npos);
  CHECK(fs::is_empty(folder / "outside"));
}

TEST_CASE("experiment folder: a folder that cannot be created is a UserError") {
  const TemporaryFolder folder;
  test::write(folder / "experiments", "a file");
  const ExperimentFolder experiment(folder.path(), "small");
  CHECK(error_of([&] { experiment.add("", {make_cell("ab12", 0.1, 1)}); }).find((folder / "experiments").string()) !=
        std::string::npos);
}

TEST_CASE("experiments: all that list cells are returned, sorted") {
  const TemporaryFolder folder;
  CHECK(ExperimentFolder::all(folder.path()).empty());
  for (const auto* name : {"b", "a"}) ExperimentFolder(folder.path(), name).add("", {});
  fs::create_directories(folder / "experiments/half");
  test::write(folder / "experiments/notes.txt", "");
  CHECK(ExperimentFolder::all(folder.path()) == std::vector<std::string>{"a", "b"});
}
