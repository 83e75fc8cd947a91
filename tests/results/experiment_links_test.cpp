// Links to the results of tasks in the folder of an experiment.
#include "results/experiment_links.hpp"

#include <doctest/doctest.h>

#include "runs.hpp"

using namespace hourglass;
namespace fs = std::filesystem;

TEST_CASE("links: the result of a task is reached under the task's name and the cell's label") {
  const test::TemporaryFolder folder;
  const results::ExperimentFolder experiment(folder.path(), "small");
  experiment.add("", {{"seed=1", 1, "ab12", {}, {{"few", "linear_probe-1f"}, {"all", "linear_probe-2a"}}}});
  const auto tasks = experiment.path() / "tasks";
  test::write(folder / "runs/ab12/tasks/linear_probe-1f/picture.png", "few");
  CHECK(test::read(tasks / "few/seed=1/picture.png") == "few");
  CHECK(fs::read_symlink(tasks / "all/seed=1") == "../../../../runs/ab12/tasks/linear_probe-2a");
  experiment.add_tasks({{"ab12", "seed=1", {"knn", "knn-3b", true, {}}}});
  CHECK(fs::read_symlink(tasks / "knn/seed=1") == "../../../../runs/ab12/tasks/knn-3b");
  experiment.remove_tasks({{"ab12", "seed=1", {"knn", "knn-3b"}}});
  CHECK_FALSE(fs::exists(tasks / "knn"));
  test::write(tasks / "few/notes", "mine");
  experiment.add("", {{"seed=1", 1, "ab12", {}, {{"all", "linear_probe-2a"}}}});
  CHECK_FALSE(fs::is_symlink(tasks / "few/seed=1"));
  CHECK(test::read(tasks / "few/notes") == "mine");
  CHECK(fs::is_symlink(tasks / "all/seed=1"));
}

TEST_CASE("add: cells that only earlier calls listed are marked, or forgotten with their links") {
  const test::TemporaryFolder folder;
  const results::ExperimentFolder experiment(folder.path(), "small");
  const auto old = test::make_cell("ab12", 0.1, 1), young = test::make_cell("cd34", 0.3, 1);
  CHECK(experiment.add("", {old}) == 0);
  CHECK(experiment.add("", {young}) == 1);
  CHECK(experiment.cells().at(0).earlier);
  CHECK_FALSE(experiment.cells().at(1).earlier);
  CHECK(experiment.add("", {old}) == 1);
  CHECK(experiment.cells().at(0).run == "cd34");
  CHECK(experiment.cells().at(0).earlier);
  CHECK(experiment.add("", {old}, {}, results::Others::forgotten) == 1);
  CHECK(experiment.cells().size() == 1);
  CHECK_FALSE(fs::is_symlink(experiment.path() / young.label));
}

TEST_CASE("links: cells whose labels differ only in what a name cannot have get links of their own") {
  const test::TemporaryFolder folder;
  const results::ExperimentFolder experiment(folder.path(), "small");
  experiment.add("", {{"x=p/a/b.idx", 1, "ab12", {}, {}}, {"x=p/a_b.idx", 1, "cd34", {}, {}}});
  const auto names = results::link_names(experiment.cells());
  CHECK(names[0] != names[1]);
  CHECK(fs::read_symlink(experiment.path() / names[0]) == "../../runs/ab12");
  CHECK(fs::read_symlink(experiment.path() / "x=p_a_b.idx") == "../../runs/cd34");
}

TEST_CASE("links: none is made or removed through another link, and files among them stay") {
  const test::TemporaryFolder folder;
  const results::ExperimentFolder experiment(folder.path(), "small");
  test::write(folder / "outside/old/notes.txt", "x");
  std::filesystem::create_directories(folder / "outside/empty");
  std::filesystem::create_directories(experiment.path());
  std::filesystem::create_directory_symlink(folder / "outside", experiment.path() / "tasks");
  experiment.add("", {test::make_cell("ab12", 0.1, 1, {"denoising"})});
  CHECK(std::filesystem::exists(folder / "outside/empty"));
  CHECK_FALSE(std::filesystem::exists(folder / "outside/denoising"));
  std::filesystem::remove(experiment.path() / "tasks");
  test::write(experiment.path() / "tasks/notes.txt", "x");
  experiment.add("", {test::make_cell("ab12", 0.1, 1, {"denoising"})});
  CHECK(std::filesystem::exists(experiment.path() / "tasks/notes.txt"));
}
