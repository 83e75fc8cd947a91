// Which runs a user means, and how runs are listed and described.
#include "results/selection.hpp"

#include <doctest/doctest.h>

#include "results/epoch_metrics.hpp"
#include "results/listing.hpp"
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
  std::string cells(const std::vector<std::string>& names) const {
    std::string text;
    for (const auto& run : select_runs(results, names)) text += run.cell() + " ";
    return text;
  }
};

}  // namespace

TEST_CASE("selection: runs are named by experiment, file, or folder, and taken once") {
  const Place place;
  CHECK(place.cells({}) == "ab12 ab34 cd56 ");
  CHECK(place.cells({"mnist"}) == "ab12 ab34 ");
  CHECK(place.cells({"experiments/mnist.toml"}) == "ab12 ab34 ");
  CHECK(place.cells({place.results.string()}) == "ab12 ab34 cd56 ");
  CHECK(place.cells({(place.results / "shapes").string()}) == "cd56 ");
  CHECK(place.cells({(place.results / "mnist/ab34/").string(), "mnist"}) == "ab34 ab12 ");
}

TEST_CASE("selection: an experiment's file may name another experiment than its stem") {
  const Place place;
  const auto file = place.folder / "shapes.toml";
  test::write(file, "seed = 3\nname = \"mnist\"\n");
  CHECK(place.cells({file.string()}) == "ab12 ab34 ");
  test::write(file, "seed = 3\n[dataset]\nname = \"mnist\"\n");
  CHECK(place.cells({file.string()}) == "cd56 ");
  test::write(file, "seed = 3\nname == 2\n");
  const auto problem = error_of([&] { (void)select_runs(place.results, {file.string()}); });
  CHECK(problem.starts_with(file.string() + ":2:"));
  CHECK(problem.ends_with("; correct the file, or name its experiment instead"));
}

TEST_CASE("selection: an experiment's file without runs gives none, a name that is nothing is refused") {
  const Place place;
  const auto file = place.folder / "new.toml";
  test::write(file, "");
  CHECK(place.cells({file.string()}) == "");
  const auto problem = [&](const std::string& name) {
    return error_of([&] { (void)select_runs(place.results, {name}); });
  };
  CHECK(problem("mnst") == "'mnst' is neither a folder nor an experiment with runs in " + place.results.string() +
                               ": there are mnist, shapes; did you mean 'mnist'?");
  CHECK(problem("shape.toml") == "shape.toml: there is no such file, and " + place.results.string() +
                                     " holds no runs of an experiment 'shape'; did you mean 'shapes'?");
}

TEST_CASE("selection: one run is named by its path, its id or the beginning of it") {
  const Place place;
  CHECK(find_run(place.results, "ab12").cell() == "ab12");
  CHECK(find_run(place.results, "c").cell() == "cd56");
  CHECK(find_run(place.results, (place.results / "mnist/ab34").string()).cell() == "ab34");
  const auto problem = [&](const std::string& name) { return error_of([&] { (void)find_run(place.results, name); }); };
  CHECK(problem("ab") == "'ab' may be any of 2 runs: " + (place.results / "mnist/ab12").string() + ", " +
                             (place.results / "mnist/ab34").string() + "; give more of the id");
  CHECK(problem("ab21") ==
        "'ab21' is neither the folder of a run nor the beginning of the id of one of the 3 runs in " +
            place.results.string() + "; did you mean 'ab12'?");
}

TEST_CASE("listing: one row per run with state, epochs and first metric") {
  const Place place;
  CHECK(render(list_runs(find_runs(place.results)), Format::table) ==
        "experiment  cell  seed  state     epoch  epochs  metric           value  reason\n"
        "──────────  ────  ────  ────────  ─────  ──────  ─────────────  ───────  ────────────────\n"
        "mnist       ab12     1  finished     20      20  denoising mse  0.01235  –\n"
        "mnist       ab34     2  finished     20      20  denoising mse  0.25000  –\n"
        "shapes      cd56     1  failed        3      20  –                    –  the disk is full\n");
  CHECK(list_runs({}).rows.empty());
}

TEST_CASE("listing: a finished run whose plugins have changed is stale") {
  const Place place;
  const auto states = [&](const ChangedPlugins& changed) {
    std::string text;
    for (const auto& row : list_runs(find_runs(place.results), changed).rows)
      text += std::get<std::string>(row[3]) + "; ";
    return text;
  };
  const auto first = [](const RunFolder& run) {
    return run.cell() == "ab34" ? std::vector<std::string>{} : std::vector<std::string>{"task/denoising", "noise/none"};
  };
  CHECK(states({}) == "finished; finished; failed; ");
  CHECK(states(first) == "finished (stale); finished; failed; ");
  CHECK(describe_run(RunFolder(place.results / "mnist/ab12"), 5, first)
            .find("\nstate   finished (stale), 20 of 20 epochs\n"
                  "stale   task/denoising, noise/none changed since it was computed\n") != std::string::npos);
}

TEST_CASE("listing: a run that goes on has done the epochs of its metrics") {
  const Place place;
  const auto run = make_run(place.results, "mnist", "ef78", 0.1, 1, {}, State::running);
  CHECK(std::get<std::int64_t>(list_runs({run}).rows[0][4]) == 3);
  write_epoch_metrics(run.metrics(), {.penalties = {}, .rows = {{.epoch = 6, .step = 60}, {.epoch = 7, .step = 70}}});
  CHECK(std::get<std::int64_t>(list_runs({run}).rows[0][4]) == 7);
  test::write(run.path() / "metrics.csv", "epoch\n");
  CHECK(std::get<std::int64_t>(list_runs({run}).rows[0][4]) == 3);
}

TEST_CASE("description: a run that stopped half-way tells how to go on, and that metrics are still to come") {
  const Place place;
  const auto run = make_run(place.results, "mnist", "ef78", 0.1, 1, {}, State::interrupted);
  run.write_status({State::interrupted, 3, 20, "", "hourglass run x.toml --fresh --results r"});
  const auto text = describe_run(run);
  CHECK(text.find("\nstate   interrupted, 3 of 20 epochs\n"
                  "resume  hourglass run x.toml --resume --results r\n"
                  "replay  hourglass run x.toml --fresh --results r\n") != std::string::npos);
  CHECK(text.find("\nmetrics\n  none: they are measured when training has ended\n\nfiles\n") != std::string::npos);
  run.write_status({State::diverged, 3, 20, "", "hourglass run x.toml --fresh"});
  CHECK(describe_run(run).find("resume") == std::string::npos);
}

TEST_CASE("description: tells all that a run folder holds") {
  const Place place;
  const RunFolder run(place.results / "mnist/ab12");
  const auto row = [](std::int64_t epoch, double loss) {
    return EpochRow{.epoch = epoch,
                    .step = 10 * epoch,
                    .learning_rate = 1e-3,
                    .train = {loss, loss / 2, {loss / 4}},
                    .weights = {2},
                    .validation = LossParts{2 * loss, loss, {loss / 2}},
                    .seconds = 1.25,
                    .images_per_second = 41000};
  };
  write_epoch_metrics(run.metrics(), {.penalties = {"kl"}, .rows = {row(1, 0.5), row(2, 0.25)}});
  test::write(run.path() / "checkpoints/last", std::string(3000, 'x'));
  CHECK(describe_run(run, 1) ==
        run.path().string() +
            "\n"
            "Does noise help?\n"
            "\n"
            "seed    1\n"
            "state   finished, 20 of 20 epochs\n"
            "replay  hourglass run small.toml\n"
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
            "      2    20          0.001   0.25                 0.125    0.0625         0.5                       "
            "0.25          0.125     1.25     41000\n"
            "\n"
            "metrics\n"
            "  metric                   unit     model  mean_image    pca\n"
            "  ───────────────────────  ────  ────────  ──────────  ─────\n"
            "  denoising mse ↓          1/px  0.012346      0.0673  0.021\n"
            "  linear_probe accuracy ↑          0.9712           –      –\n"
            "\n"
            "files\n"
            "  file                 size\n"
            "  ────────────────  ───────\n"
            "  checkpoints/last  2.9 KiB\n"
            "  experiment.toml     173 B\n"
            "  metrics.csv         152 B\n"
            "  result.json         893 B\n"
            "  status.json         113 B\n");
}

TEST_CASE("description: a failed run names its reason and the command that replays it") {
  const Place place;
  const auto text = describe_run(RunFolder(place.results / "shapes/cd56"));
  CHECK(text.find("\nstate   failed, 3 of 20 epochs\nreason  the disk is full\nreplay  hourglass run small.toml\n") !=
        std::string::npos);
}

TEST_CASE("description: a damaged file is told in its place, the rest is shown") {
  const Place place;
  const RunFolder run(place.results / "mnist/ab12");
  test::write(run.path() / "metrics.csv", "epoch\n");
  const auto text = describe_run(run);
  CHECK(text.find("\nlast epochs\n  " + (run.path() / "metrics.csv").string() +
                  ":1: the columns are epoch, expected") != std::string::npos);
  CHECK(text.find("denoising mse") != std::string::npos);
}

TEST_CASE("description: a folder that is no run is refused") {
  const Place place;
  CHECK(error_of([&] { (void)describe_run(RunFolder(place.results)); }) ==
        place.results.string() + ": is not the folder of a run, since it has no status.json");
}
