// Which runs a user means.
#include "results/selection.hpp"

#include <doctest/doctest.h>

#include "listed_place.hpp"

using namespace hourglass;
using namespace hourglass::results;
using Place = test::ListedPlace;
using test::error_of;
using test::mse;

TEST_CASE("selection: runs are named by experiment, file, folder or id, and taken once") {
  const Place place;
  CHECK(place.ids({}) == "ab12 ab34 cd56 ");
  CHECK(place.ids({"mnist"}) == "ab12 ab34 ");
  CHECK(place.ids({"experiments/mnist.toml"}) == "ab12 ab34 ");
  CHECK(place.ids({place.results.string()}) == "ab12 ab34 cd56 ");
  CHECK(place.ids({(place.results / "experiments/shapes").string()}) == "cd56 ");
  CHECK(place.ids({(place.results / "experiments/shapes/").string()}) == "cd56 ");
  CHECK(place.ids({(place.results / "runs/ab34/").string(), "mnist"}) == "ab34 ab12 ");
  CHECK(place.ids({"ab34", "cd", "ab34"}) == "ab34 cd56 ");
}

TEST_CASE("selection: a run has the experiment, label, seed and settings that it is listed with") {
  const Place place;
  for (const auto& name : {std::string("ab34"), (place.results / "runs/ab34").string(),
                           (place.results / "experiments/mnist/noise.sigma=0.1 seed=2").string()}) {
    const auto runs = test::select_runs(place.results, {name});
    REQUIRE(runs.size() == 1);
    CHECK(runs[0].id() == "ab34");
    CHECK(runs[0].experiment == "mnist");
    CHECK(runs[0].label == "noise.sigma=0.1 seed=2");
    CHECK(runs[0].question == "Does noise help?");
    CHECK(runs[0].seed == 2);
    CHECK(runs[0].settings.size() == test::settings(0.1).size());
    CHECK(runs[0].done());
  }
}

TEST_CASE("selection: a run that two experiments list is a cell of each") {
  const Place place;
  ExperimentFolder(place.results, "other").add("", {test::make_cell("ab12", 0.1, 1, {"denoising"})});
  CHECK(place.ids({}) == "ab12 ab34 ab12 cd56 ");
  CHECK(place.ids({"other", "mnist"}) == "ab12 ab12 ab34 ");
  CHECK(place.ids({"ab12"}) == "ab12 ");
}

TEST_CASE("selection: runs that no experiment lists are last, described by their folders") {
  const Place place;
  const auto run = test::make_training(place.results, "aa00", 0.1, 5);
  test::make_task(run, "denoising", {mse(0.5)});
  CHECK(place.ids({}) == "ab12 ab34 cd56 aa00 ");
  const auto record = place.record("aa00");
  CHECK(record.experiment == "");
  CHECK(record.label == "");
  CHECK(record.seed == 5);
  CHECK(record.question == "Does noise help?");
  REQUIRE(record.metrics.size() == 1);
  CHECK(record.metrics[0].task == "denoising");
  CHECK(record.metrics[0].metric.value == 0.5);
}

TEST_CASE("selection: a cell that was never started is not begun") {
  const Place place;
  ExperimentFolder(place.results, "new").add("", {test::make_cell("ef78", 0.1, 1, {"denoising"})});
  const auto runs = test::select_runs(place.results, {"new"});
  REQUIRE(runs.size() == 1);
  CHECK(runs[0].state == "not begun");
  CHECK_FALSE(runs[0].status.has_value());
  CHECK_FALSE(runs[0].done());
}

TEST_CASE("selection: an experiment's file may name another experiment than its stem") {
  const Place place;
  const auto file = place.folder / "shapes.toml";
  test::write(file, "seed = 3\nname = \"mnist\"\n");
  CHECK(place.ids({file.string()}) == "ab12 ab34 ");
  test::write(file, "seed = 3\n[dataset]\nname = \"mnist\"\n");
  CHECK(place.ids({file.string()}) == "cd56 ");
  test::write(file, "seed = 3\nname == 2\n");
  const auto problem = place.problem(file.string());
  CHECK(problem.starts_with(file.string() + ":2:"));
  CHECK(problem.ends_with("; correct the file, or name its experiment instead"));
}

TEST_CASE("selection: an experiment file without runs selects none, an unknown name is refused") {
  const Place place;
  const auto file = place.folder / "new.toml";
  test::write(file, "");
  CHECK(place.ids({file.string()}) == "");
  CHECK(place.problem("mnst") == "'mnst' is not a folder, the id of a run or an experiment in " +
                                     place.results.string() +
                                     ", which has the experiments mnist, shapes; did you mean 'mnist'?");
  CHECK(place.problem("shape.toml") == "shape.toml: the file does not exist, and " + place.results.string() +
                                           " has no experiment 'shape'; did you mean 'shapes'?");
}

TEST_CASE("selection: an ambiguous beginning of an id is refused with the matching runs") {
  const Place place;
  CHECK(place.problem("ab") == "'ab' matches 2 runs: " + (place.results / "runs/ab12").string() + ", " +
                                   (place.results / "runs/ab34").string() + "; give more of the id");
}

TEST_CASE("selection: a link in an experiment's folder is the cell of that experiment") {
  const Place place;
  ExperimentFolder(place.results, "two").add("Why?", {test::make_cell("ab12", 0.1, 1)});
  const auto link = place.results / "experiments/two/noise.sigma=0.1 seed=1";
  for (const auto& path : {link.string(), link.string() + "/"}) {
    CHECK(test::select_runs(place.results, {path}).at(0).experiment == "two");
    CHECK(test::find_run(place.results, path).experiment == "two");
  }
  CHECK(test::find_run(place.results, "ab12").experiment == "mnist");
}

TEST_CASE("selection: a link finds its cell among those that share a run") {
  const Place place;
  auto best = test::make_cell("ab12", 0.1, 1), last = best;
  best.label = "train.keep=best seed=1";
  last.label = "train.keep=last seed=1";
  ExperimentFolder(place.results, "two").add("", {best, last});
  for (const auto& label : {best.label, last.label})
    CHECK(test::find_run(place.results, (place.results / "experiments/two" / label).string()).label == label);
}

TEST_CASE("selection: a link whose run was never started is a cell that is not begun") {
  const Place place;
  ExperimentFolder(place.results, "new").add("", {test::make_cell("ef78", 0.1, 1)});
  const auto runs =
      test::select_runs(place.results, {(place.results / "experiments/new/noise.sigma=0.1 seed=1").string()});
  REQUIRE(runs.size() == 1);
  CHECK(runs[0].state == "not begun");
}

TEST_CASE("selection: a damaged list is an error where it is meant, and hides no other experiment") {
  const Place place;
  const auto list = place.results / "experiments/mnist/cells.json";
  test::write(list, "{");
  CHECK(place.problem("mnist").starts_with(list.string() + ":1:2: the file ends too early"));
  CHECK(place.ids({"shapes"}) == "cd56 ");
  for (const auto& names :
       {std::vector<std::string>{}, {place.results.string()}, {"ab12", "ab34", "cd56"}, {"shapes", "ab1", "ab3"}}) {
    std::vector<std::string> problems;
    CHECK(select_runs(place.results, names, problems).size() == 3);
    REQUIRE_FALSE(problems.empty());
    CHECK(problems[0].starts_with(list.string() + ":1:2: the file ends too early"));
    CHECK(problems[0].ends_with("; run its experiment again, which sets it aside and makes a new list"));
  }
}

TEST_CASE("selection: the list of one experiment, damaged, does not hide a run of another") {
  const Place place;
  test::write(place.results / "experiments/mnist/cells.json", "{");
  std::vector<std::string> problems;
  CHECK(find_run(place.results, "cd56", problems).experiment == "shapes");
  CHECK(problems.size() == 1);
}

TEST_CASE("selection: one run is named by its path, its id or the beginning of it") {
  const Place place;
  CHECK(test::find_run(place.results, "ab12").id() == "ab12");
  CHECK(test::find_run(place.results, "c").id() == "cd56");
  CHECK(test::find_run(place.results, (place.results / "runs/ab34").string()).id() == "ab34");
  CHECK(test::find_run(place.results, (place.results / "experiments/mnist/noise.sigma=0.1 seed=2").string()).id() ==
        "ab34");
  const auto problem = [&](const std::string& name) {
    return error_of([&] { (void)test::find_run(place.results, name); });
  };
  CHECK(problem("ab") == "'ab' matches 2 runs: " + (place.results / "runs/ab12").string() + ", " +
                             (place.results / "runs/ab34").string() + "; give more of the id");
  CHECK(problem("ab21") == "'ab21' is not the folder of a run or the beginning of the id of one of the 3 runs in " +
                               place.results.string() + "; did you mean 'ab12'?");
}
