// Which runs a user means, and how runs are listed and described.
#include "results/selection.hpp"

#include <doctest/doctest.h>

#include "results/epoch_metrics.hpp"
#include "results/listing.hpp"
#include "results/render.hpp"
#include "runs.hpp"

using namespace hourglass;
using namespace hourglass::results;
using test::accuracy;
using test::error_of;
using test::make_run;
using test::mse;
using test::TemporaryFolder;

namespace {

struct Place {
  TemporaryFolder folder;
  std::filesystem::path results = folder / "results";

  Place() {
    make_run(results, "mnist", "ab12", 0.1, 1,
             {mse(0.0123456), mse(0.0673, "mean_image"), mse(0.021, "pca"), accuracy(0.9712)});
    make_run(results, "mnist", "ab34", 0.1, 2, {accuracy(1, Split::train), mse(0.25)});
    make_run(results, "shapes", "cd56", 0.3, 1, {}, State::failed, "the disk is full");
  }
  std::string ids(const std::vector<std::string>& names) const {
    std::string text;
    for (const auto& run : test::select_runs(results, names)) text += run.id() + " ";
    return text;
  }
  RunRecord record(const std::string& id) const { return test::select_runs(results, {id}).at(0); }
  std::string problem(const std::string& name) const {
    return error_of([&] { (void)test::select_runs(results, {name}); });
  }
};

}  // namespace

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

TEST_CASE("listing: one row per cell with run, state, epochs and first metric") {
  const Place place;
  CHECK(
      render(list_runs(test::select_runs(place.results, {})), Format::table) ==
      "experiment  run   cell                    state     epoch  epochs  metric           value  reason\n"
      "──────────  ────  ──────────────────────  ────────  ─────  ──────  ─────────────  ───────  ────────────────\n"
      "mnist       ab12  noise.sigma=0.1 seed=1  finished     20      20  denoising mse  0.01235  –\n"
      "mnist       ab34  noise.sigma=0.1 seed=2  finished     20      20  denoising mse  0.25000  –\n"
      "shapes      cd56  noise.sigma=0.3 seed=1  failed        3      20  –                    –  the disk is full\n");
  CHECK(list_runs({}).rows.empty());
}

TEST_CASE("listing: a run that was never started, and one that no experiment lists, leave fields empty") {
  const TemporaryFolder folder;
  ExperimentFolder(folder.path(), "new").add("", {test::make_cell("ef78", 0.1, 1, {"denoising"})});
  test::make_training(folder.path(), "aa00", 0.1, 5);
  CHECK(render(list_runs(test::select_runs(folder.path(), {})), Format::csv) ==
        "experiment,run,cell,state,epoch,epochs,metric,value\n"
        "new,ef78,noise.sigma=0.1 seed=1,not begun,,,,\n"
        ",aa00,,finished,20,20,,\n");
}

TEST_CASE("listing: a finished run with an unfinished task shows the reason next to the first metric") {
  const Place place;
  const RunFolder run(place.results / "runs/ab12");
  test::make_task(run, "linear_probe", {}, "task linear_probe: no labels");
  const auto record = place.record("ab12");
  const auto row = list_runs({record}).rows.at(0);
  CHECK(row[3] == Field("finished (1 of 2 tasks not done)"));
  CHECK(row[7] == Field(0.0123456));
  CHECK(row[8] == Field("task linear_probe: no labels"));
  CHECK(describe_run(record).find("\ntasks that are not done\n  task linear_probe: no labels\n") != std::string::npos);
  std::filesystem::remove_all(run.task("linear_probe-1f"));
  CHECK(describe_run(place.record("ab12")).find("\ntasks that are not done\n  task linear_probe has not begun\n") !=
        std::string::npos);
}

TEST_CASE("listing: a finished run whose plugins have changed is stale") {
  const Place place;
  auto run = place.record("ab12");
  CHECK(list_runs({run}).rows[0][3] == Field("finished"));
  run.stale = {"noise/none", "task/denoising"};
  CHECK(list_runs({run}).rows[0][3] == Field("finished (stale)"));
  CHECK(describe_run(run).find("\nstate       finished (stale), 20 of 20 epochs\n"
                               "stale       noise/none, task/denoising has changed since it was computed\n") !=
        std::string::npos);
}

TEST_CASE("listing: the epochs of a running run are those in its metrics") {
  const Place place;
  const auto run = make_run(place.results, "mnist", "ef78", 0.1, 1, {}, State::running);
  const auto epoch = [&] { return std::get<std::int64_t>(list_runs({place.record("ef78")}).rows[0][4]); };
  CHECK(epoch() == 3);
  write_epoch_metrics(run.metrics(), {.penalties = {}, .rows = {{.epoch = 6, .step = 60}, {.epoch = 7, .step = 70}}});
  CHECK(epoch() == 7);
  test::write(run.path() / "metrics.csv", "epoch\n");
  CHECK(epoch() == 3);
}

TEST_CASE("description: an interrupted run shows the command to continue and the missing tasks") {
  const Place place;
  const auto run = make_run(place.results, "mnist", "ef78", 0.1, 1, {}, State::interrupted);
  run.write_status({State::interrupted, 3, 20, "", "hourglass run x.toml --fresh --results r"});
  const auto text = describe_run(place.record("ef78"));
  CHECK(text.find("\nstate       interrupted, 3 of 20 epochs\n"
                  "continue    hourglass run x.toml --results r\n"
                  "replay      hourglass run x.toml --fresh --results r\n") != std::string::npos);
  CHECK(text.find("\nmetrics\n  none: tasks run after training\n\nfiles\n") != std::string::npos);
  run.write_status({State::diverged, 3, 20, "", "hourglass run x.toml --fresh"});
  CHECK(describe_run(place.record("ef78")).find("continue") == std::string::npos);
}

TEST_CASE("description: shows everything in a run folder") {
  const Place place;
  const RunFolder run(place.results / "runs/ab12");
  const auto row = [](std::int64_t epoch, double loss) {
    EpochRow row;
    row.epoch = epoch;
    row.step = 10 * epoch;
    row.learning_rate = 1e-3;
    row.train.objective = loss;
    row.train.reconstruction = loss / 2;
    row.train.penalties = {loss / 4};
    row.weights = {2};
    row.validation = row.train;
    row.validation->objective = 2 * loss;
    row.seconds = 1.25;
    row.images_per_second = 41000;
    return row;
  };
  write_epoch_metrics(run.metrics(), {.penalties = {"kl"}, .rows = {row(1, 0.5), row(2, 0.25)}});
  test::write(run.path() / "checkpoints/last", std::string(3000, 'x'));
  CHECK(describe_run(place.record("ab12"), 1) ==
        run.path().string() +
            "\n"
            "Does noise help?\n"
            "\n"
            "experiment  mnist\n"
            "cell        noise.sigma=0.1 seed=1\n"
            "state       finished, 20 of 20 epochs\n"
            "replay      hourglass run small.toml\n"
            "\n"
            "experiment.toml\n"
            "  # Does noise help?\n"
            "  seeds = 1\n"
            "  seed = 1\n"
            "\n"
            "  [dataset]\n"
            "  plugin = \"shapes\"\n"
            "\n"
            "  [noise]\n"
            "  plugin = \"gaussian\"\n"
            "  sigma = 0.1\n"
            "\n"
            "  [architecture]\n"
            "  hidden = [32, 16]\n"
            "\n"
            "  [[task]]\n"
            "  plugin = \"denoising\"\n"
            "\n"
            "last epochs\n"
            "  epoch  step  learning_rate  train  train reconstruction  train kl  validation  validation "
            "reconstruction  validation kl  seconds  images/s\n"
            "  ─────  ────  ─────────────  ─────  ────────────────────  ────────  ──────────  "
            "─────────────────────────  ─────────────  ───────  ────────\n"
            "      2    20          0.001   0.25                 0.125    0.0625         0.5                      "
            "0.125         0.0625     1.25     41000\n"
            "\n"
            "tasks of mnist: noise.sigma=0.1 seed=1\n"
            "  task          state  checkpoint  folder           keys\n"
            "  ────────────  ─────  ──────────  ───────────────  ────────────────\n"
            "  denoising     done   best        denoising-1f     plugin=denoising\n"
            "  linear_probe  done   best        linear_probe-1f  –\n"
            "\n"
            "metrics\n"
            "  metric                   unit     model  mean_image    pca\n"
            "  ───────────────────────  ────  ────────  ──────────  ─────\n"
            "  denoising mse ↓          1/px  0.012346      0.0673  0.021\n"
            "  linear_probe accuracy ↑          0.9712           –      –\n"
            "\n"
            "files\n"
            "  file                                  size\n"
            "  ─────────────────────────────────  ───────\n"
            "  checkpoints/last                   2.9 KiB\n"
            "  experiment.toml                      173 B\n"
            "  metrics.csv                          322 B\n"
            "  status.json                          163 B\n"
            "  tasks/denoising-1f/result.json       743 B\n"
            "  tasks/linear_probe-1f/result.json    338 B\n");
}

TEST_CASE("description: a failed run names its reason and the command that replays it") {
  const Place place;
  const auto text = describe_run(place.record("cd56"));
  CHECK(text.find("\nstate       failed, 3 of 20 epochs\nreason      the disk is full\n"
                  "replay      hourglass run small.toml\n") != std::string::npos);
}

TEST_CASE("description: a run that no experiment lists names its seed") {
  const Place place;
  test::make_training(place.results, "aa00", 0.1, 5);
  CHECK(describe_run(place.record("aa00"))
            .starts_with((place.results / "runs/aa00").string() +
                         "\nDoes noise help?\n\nseed        5\nstate       finished, 20 of 20 epochs\n"));
}

TEST_CASE("description: a damaged file is reported, the rest is shown") {
  const Place place;
  const RunFolder run(place.results / "runs/ab12");
  test::write(run.path() / "metrics.csv", "epoch\n");
  const auto text = describe_run(place.record("ab12"));
  CHECK(text.find("\nlast epochs\n  " + (run.path() / "metrics.csv").string() +
                  ":1: expected the columns epoch,step,") != std::string::npos);
  CHECK(text.find("denoising mse") != std::string::npos);
}

TEST_CASE("description: a damaged task is reported, the others are shown") {
  const Place place;
  const RunFolder run(place.results / "runs/ab12");
  const auto file = run.task("linear_probe-1f") / "result.json";
  test::write(file, "{");
  const auto text = describe_run(place.record("ab12"));
  CHECK(text.find("\ntasks that are not done\n  " + file.string() + ":1:2: the file ends too early") !=
        std::string::npos);
  CHECK(text.find("denoising mse") != std::string::npos);
}

TEST_CASE("description: a run that was never started shows that it is not begun") {
  const Place place;
  ExperimentFolder(place.results, "new").add("", {test::make_cell("ef78", 0.1, 1, {"denoising"})});
  const auto text = describe_run(test::select_runs(place.results, {"new"}).at(0));
  CHECK(text.find("\nstate       not begun\n") != std::string::npos);
}
