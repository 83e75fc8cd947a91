// How runs are listed and described.
#include "results/listing.hpp"

#include <doctest/doctest.h>

#include "listed_place.hpp"
#include "results/epoch_metrics.hpp"
#include "results/render.hpp"

using namespace hourglass;
using namespace hourglass::results;
using Place = test::ListedPlace;
using test::accuracy;
using test::make_run;
using test::mse;
using test::TemporaryFolder;

TEST_CASE("listing: one row per cell with run, state, epochs and first metric") {
  const Place place;
  CHECK(
      render(test::without_times(list_runs(test::select_runs(place.results, {}))), Format::table) ==
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
  CHECK(render(test::without_times(list_runs(test::select_runs(folder.path(), {}))), Format::csv) ==
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
  CHECK(row[9] == Field("task linear_probe: no labels"));
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
            "how they were measured\n"
            "  task          model                   metrics   protocol\n"
            "  ────────────  ──────────────────────  ────────  ────────────────────\n"
            "  denoising     model, mean_image, pca  mse       clean against output\n"
            "  linear_probe  model                   accuracy  all labels\n"
            "\n"
            "files\n"
            "  file                                  size\n"
            "  ─────────────────────────────────  ───────\n"
            "  checkpoints/last                   2.9 KiB\n"
            "  experiment.toml                      217 B\n"
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
