// The table of an experiment as people read it.
#include <doctest/doctest.h>

#include "results/render.hpp"
#include "results/selection.hpp"
#include "results/summary.hpp"
#include "runs.hpp"

using namespace hourglass;
using namespace hourglass::results;
using test::accuracy;
using test::make_grid;
using test::make_run;
using test::mse;
using test::summary_of;
using test::TemporaryFolder;

TEST_CASE("summary text: a grid has a table per task, and failures are listed below") {
  const TemporaryFolder folder;
  make_grid(folder);
  CHECK(summary_of(folder) ==
        "small, mean ± sample standard deviation\n"
        "\n"
        "denoising\n"
        "noise.sigma  model       n  seeds              mse ↓\n"
        "───────────  ──────────  ─  ─────  ─────────────────\n"
        "        0.1  model       3    1-3  0.01200 ± 0.00200\n"
        "        0.1  mean_image  3    1-3  0.06730 ± 0.00000\n"
        "        0.5  model       2   1, 3  0.03050 ± 0.00071\n"
        "        0.5  mean_image  2   1, 3  0.06730 ± 0.00000\n"
        "\n"
        "linear_probe\n"
        "noise.sigma  model  n  seeds         accuracy ↑\n"
        "───────────  ─────  ─  ─────  ─────────────────\n"
        "        0.1  model  3    1-3  0.91200 ± 0.00200\n"
        "        0.5  model  2   1, 3  0.93050 ± 0.00071\n"
        "\n"
        "without results\n"
        "noise.sigma  seeds  state     reason\n"
        "───────────  ─────  ────────  ────────────────────────────────────\n"
        "        0.5      2  diverged  the loss is nan at epoch 3, batch 17\n");
}

TEST_CASE("summary text: settings that all rows share are listed above the table") {
  const TemporaryFolder folder;
  make_run(folder.path(), "small", "c1", 0.1, 7,
           {mse(0.01), mse(0.0673, "mean_image"), accuracy(0.9), accuracy(0.95, Split::train)});
  CHECK(summary_of(folder) ==
        "small, seed 7\n"
        "\n"
        "denoising\n"
        "model        mse ↓\n"
        "──────────  ──────\n"
        "model       0.0100\n"
        "mean_image  0.0673\n"
        "\n"
        "linear_probe\n"
        "model  accuracy ↑  accuracy (train) ↑\n"
        "─────  ──────────  ──────────────────\n"
        "model         0.9                0.95\n");
  CHECK(summary_of(folder, {.group = false, .tasks = {"denoising"}})
            .starts_with("small, run c1, seed 7\n\ndenoising\nmod"));
}

TEST_CASE("summary text: seeds that all rows share are listed once") {
  const TemporaryFolder folder;
  for (int seed = 1; seed <= 2; ++seed) {
    for (const double sigma : {0.1, 0.5}) {
      make_run(folder.path(), "small", std::to_string(sigma) + std::to_string(seed), sigma, seed,
               {mse(sigma * (9 + seed) / 100)});
    }
  }
  CHECK(summary_of(folder) ==
        "small, seeds 1-2, mean ± sample standard deviation of 2 runs\n"
        "\n"
        "denoising\n"
        "noise.sigma  model              mse ↓\n"
        "───────────  ─────  ─────────────────\n"
        "        0.1  model  0.01050 ± 0.00071\n"
        "        0.5  model  0.05250 ± 0.00354\n");
}

TEST_CASE("summary for people: n counts the runs that a task's means are computed from") {
  const TemporaryFolder folder;
  for (int seed = 1; seed <= 3; ++seed) {
    const auto run =
        make_run(folder.path(), "small", "c" + std::to_string(seed), 0.1, seed, {mse(0.25), accuracy(0.5)});
    if (seed == 2) test::make_task(run, "linear_probe", {}, "no labels");
  }
  CHECK(summary_of(folder, {.tasks = {"denoising", "linear_probe"}}) ==
        "small, mean ± sample standard deviation\n"
        "\n"
        "denoising\n"
        "model  n  seeds        mse ↓\n"
        "─────  ─  ─────  ───────────\n"
        "model  3    1-3  0.25 ± 0.00\n"
        "\n"
        "linear_probe\n"
        "model  n  seeds  state     accuracy ↑  reason\n"
        "─────  ─  ─────  ────────  ──────────  ─────────\n"
        "model  2   1, 3  finished   0.5 ± 0.0  –\n"
        "model  –      2  failed             –  no labels\n");
  CHECK(summary_of(folder, {.tasks = {"linear_probe"}})
            .starts_with("small, mean ± sample standard deviation of 2 runs\n"));
}

TEST_CASE("summary for people: a task that only some seeds have shows those seeds") {
  const TemporaryFolder folder;
  make_run(folder.path(), "small", "c1", 0.1, 1, {mse(0.25), accuracy(0.5)});
  for (int seed = 2; seed <= 3; ++seed)
    make_run(folder.path(), "small", "c" + std::to_string(seed), 0.1, seed, {mse(0.25)});
  CHECK(summary_of(folder, {.tasks = {"linear_probe"}}) ==
        "small, seed 1\n\nlinear_probe\nmodel  accuracy ↑\n─────  ──────────\nmodel         0.5\n");
  CHECK(summary_of(folder) ==
        "small, mean ± sample standard deviation\n"
        "\n"
        "denoising\n"
        "model  n  seeds        mse ↓\n"
        "─────  ─  ─────  ───────────\n"
        "model  3    1-3  0.25 ± 0.00\n"
        "\n"
        "linear_probe\n"
        "model  n  seeds  accuracy ↑\n"
        "─────  ─  ─────  ──────────\n"
        "model  1      1         0.5\n");
}

TEST_CASE("summary for people: rows are sorted by the metric of a task, whatever columns precede it") {
  const TemporaryFolder folder;
  for (const double sigma : {0.1, 0.2, 0.3}) {
    const auto label = "c" + std::to_string(static_cast<int>(10 * sigma));
    make_run(folder.path(), "small", label, sigma, 1, {mse(1 - sigma), accuracy(sigma == 0.2 ? 0.9 : sigma)});
  }
  const auto text = summary_of(folder, {.sort = "accuracy"});
  const auto part = text.substr(text.find("linear_probe"));
  CHECK(part.find("0.2 ") < part.find("0.3 "));
  CHECK(part.find("0.3 ") < part.find("0.1 "));
}

TEST_CASE("summary for people: after a task was cut off, the other seeds are those of the mean") {
  const TemporaryFolder folder;
  for (int seed = 1; seed <= 3; ++seed) {
    const auto run = make_run(folder.path(), "small", "c" + std::to_string(seed), 0.1, seed, {mse(0.25)});
    if (seed == 3) std::filesystem::remove_all(run.task("denoising-1f"));
  }
  CHECK(summary_of(folder) ==
        "small, mean ± sample standard deviation of 2 runs\n"
        "\n"
        "denoising\n"
        "model  seeds  state            mse ↓  reason\n"
        "─────  ─────  ─────────  ───────────  ────────────────────────────\n"
        "model    1-2  finished   0.25 ± 0.00  –\n"
        "model      3  not begun            –  task denoising has not begun\n");
}

TEST_CASE("summary for people: a finished run without a result says why") {
  const TemporaryFolder folder;
  make_run(folder.path(), "small", "c1", 0.1, 1, {mse(0.25), accuracy(0.5)});
  make_run(folder.path(), "small", "c2", 0.5, 1, {mse(0.25)});
  CHECK(summary_of(folder, {.tasks = {"linear_probe"}})
            .ends_with("without results\n"
                       "noise.sigma  state     reason\n"
                       "───────────  ────────  ───────────────────────────────────────\n"
                       "        0.5  finished  none of its tasks or metrics was chosen\n"));
}

TEST_CASE("summary for people: the columns to sort by are listed once each") {
  const TemporaryFolder folder;
  make_run(folder.path(), "small", "c1", 0.1, 1, {mse(0.25)});
  CHECK(test::error_of([&] { summary_of(folder, {.sort = "foo"}); }) ==
        "the table cannot be sorted by 'foo': its columns are experiment, model, n, seeds, state, denoising.mse");
}

TEST_CASE("summary for people: metrics of one task that come from different numbers of runs have an n each") {
  const TemporaryFolder folder;
  auto psnr = mse(20);
  psnr.metric.name = "psnr";
  psnr.metric.unit = "dB";
  make_run(folder.path(), "small", "c1", 0.1, 1, {mse(0.25), psnr});
  make_run(folder.path(), "small", "c2", 0.1, 2, {mse(0.25)});
  CHECK(summary_of(folder) ==
        "small, seeds 1-2, mean ± sample standard deviation\n"
        "\n"
        "denoising\n"
        "model        mse ↓  n  psnr [dB] ↓  n\n"
        "─────  ───────────  ─  ───────────  ─\n"
        "model  0.25 ± 0.00  2         20.0  1\n");
}

TEST_CASE("summary for people: runs without results do not change the number of runs in the title") {
  const TemporaryFolder folder;
  for (int seed = 1; seed <= 2; ++seed)
    make_run(folder.path(), "small", "c" + std::to_string(seed), 0.1, seed, {mse(0.25)});
  make_run(folder.path(), "small", "c3", 0.1, 3, {}, State::diverged, "the loss is nan");
  CHECK(summary_of(folder).starts_with("small, mean ± sample standard deviation of 2 runs\n"));
}

TEST_CASE("summary for people: runs of several experiments name theirs") {
  const TemporaryFolder folder;
  make_run(folder.path(), "one", "c1", 0.1, 1, {mse(0.5)});
  make_run(folder.path(), "two", "c2", 0.1, 2, {mse(0.25)});
  CHECK(summary_of(folder) ==
        "denoising\n"
        "experiment  model  seeds  mse ↓\n"
        "──────────  ─────  ─────  ─────\n"
        "one         model      1   0.50\n"
        "two         model      2   0.25\n");
}

TEST_CASE("summary text: stale runs are marked, and counted if the others of a row are not stale") {
  const TemporaryFolder folder;
  for (int seed = 1; seed <= 2; ++seed)
    make_run(folder.path(), "small", "c" + std::to_string(seed), 0.1, seed, {mse(0.25)});
  auto runs = test::select_runs(folder.path(), {});
  runs[0].stale = {"noise/gaussian"};
  CHECK(render_summary(runs, {}, Format::table).find("model  finished (1 of 2 stale)  0.25 ± 0.00\n") !=
        std::string::npos);
  CHECK(render_summary({runs[0]}, {}, Format::table).find("model  finished (stale)   0.25\n") != std::string::npos);
}

TEST_CASE("summary text: of a run's tasks only the stale ones are marked") {
  const TemporaryFolder folder;
  for (int seed = 1; seed <= 2; ++seed)
    make_run(folder.path(), "small", "c" + std::to_string(seed), 0.1, seed, {mse(0.25), accuracy(0.5)});
  auto runs = test::select_runs(folder.path(), {});
  for (auto& run : runs) run.tasks.at(1).stale = {"task/linear_probe"};
  const auto text = render_summary(runs, {}, Format::table);
  CHECK_MESSAGE(text.find("model  0.25 ± 0.00\n") != std::string::npos, text);
  CHECK_MESSAGE(text.find("model  finished (stale)   0.5 ± 0.0\n") != std::string::npos, text);
  CHECK(summarize(runs).rows.at(0).at(4) == Field("finished (stale: linear_probe)"));
  runs[0].tasks.at(1).stale.clear();
  CHECK(summarize(runs).rows.at(0).at(4) == Field("finished (1 of 2 stale: linear_probe)"));
}

TEST_CASE("summary text: --runs has one row per run, with run and seed") {
  const TemporaryFolder folder;
  make_grid(folder);
  CHECK(summary_of(folder, {.group = false, .metrics = {"accuracy"}}) ==
        "small\n"
        "\n"
        "linear_probe\n"
        "run  noise.sigma  model  seed  accuracy ↑\n"
        "───  ───────────  ─────  ────  ──────────\n"
        "c1           0.1  model     1       0.910\n"
        "c2           0.1  model     2       0.912\n"
        "c3           0.1  model     3       0.914\n"
        "c4           0.5  model     1       0.930\n"
        "c5           0.5  model     3       0.931\n"
        "\n"
        "without results\n"
        "run  noise.sigma  seed  state     reason\n"
        "───  ───────────  ────  ────────  ────────────────────────────────────\n"
        "c6           0.5     2  diverged  the loss is nan at epoch 3, batch 17\n");
}

TEST_CASE("summary text: md has headings, and bold within a task") {
  const TemporaryFolder folder;
  make_run(folder.path(), "small", "c1", 0.1, 1, {mse(0.01), mse(0.0673, "mean_image"), accuracy(0.9)});
  CHECK(summary_of(folder, {}, Format::md) ==
        "small, seed 1\n"
        "\n"
        "### denoising\n"
        "\n"
        "| model      |      mse ↓ |\n"
        "| :--------- | ---------: |\n"
        "| model      | **0.0100** |\n"
        "| mean_image |     0.0673 |\n"
        "\n"
        "### linear_probe\n"
        "\n"
        "| model | accuracy ↑ |\n"
        "| :---- | ---------: |\n"
        "| model |        0.9 |\n");
}

TEST_CASE("summary text: a unit is shown unless the metric's name implies it") {
  const TemporaryFolder folder;
  auto psnr = mse(20), energy = mse(3);
  psnr.metric.name = "psnr";
  psnr.metric.unit = "dB";
  psnr.metric.direction = Direction::higher;
  energy.metric.name = "energy";
  make_run(folder.path(), "small", "c1", 0.1, 1, {mse(0.1), psnr, energy});
  CHECK(summary_of(folder).find("model  mse ↓  psnr [dB] ↑  energy [1/px] ↓\n") != std::string::npos);
}

TEST_CASE("summary text: without any result, the state of each run is shown") {
  const TemporaryFolder folder;
  make_run(folder.path(), "small", "c1", 0.1, 1, {}, State::running);
  make_run(folder.path(), "small", "c2", 0.1, 2, {});
  CHECK(summary_of(folder) ==
        "small\n"
        "\n"
        "without results\n"
        "seeds  state        reason\n"
        "─────  ───────────  ────────\n"
        "    2  finished     no tasks\n"
        "    1  interrupted  –\n");
}

TEST_CASE("summary text: a long reason does not widen the rule") {
  const TemporaryFolder folder;
  make_run(folder.path(), "small", "c1", 0.1, 1, {}, State::failed, std::string(90, 'x'));
  std::string rule = "──────  ";
  for (int i = 0; i < 40; ++i) rule += "─";
  CHECK(summary_of(folder).find("state   reason\n" + rule + "\n") != std::string::npos);
}

TEST_CASE("summary text: each failed task has a row with its own reason, in its own section") {
  const TemporaryFolder folder;
  make_run(folder.path(), "small", "c1", 0.1, 1, {mse(0.25), accuracy(0.5)});
  auto cell = test::make_cell("c2", 0.5, 1);
  cell.tasks.push_back({"moody", "moody-1f"});
  const auto run = make_run(folder.path(), "small", cell, {mse(0.5), accuracy(0.5)});
  test::make_task(run, "linear_probe", {}, "no labels");
  test::make_task(run, "moody", {}, "not today");
  CHECK(summary_of(folder) ==
        "small, seed 1\n"
        "\n"
        "denoising\n"
        "noise.sigma  model  mse ↓\n"
        "───────────  ─────  ─────\n"
        "        0.1  model   0.25\n"
        "        0.5  model   0.50\n"
        "\n"
        "linear_probe\n"
        "noise.sigma  model  state     accuracy ↑  reason\n"
        "───────────  ─────  ────────  ──────────  ─────────\n"
        "        0.1  model  finished         0.5  –\n"
        "        0.5  model  failed             –  no labels\n"
        "\n"
        "moody\n"
        "noise.sigma  model  state   reason\n"
        "───────────  ─────  ──────  ─────────\n"
        "        0.5  model  failed  not today\n");
}

TEST_CASE("summary text: a run whose tasks all failed has only the rows of its tasks") {
  const TemporaryFolder folder;
  const auto run = make_run(folder.path(), "small", "c1", 0.1, 1, {mse(0.25)});
  test::make_task(run, "denoising", {}, "no images");
  CHECK(summary_of(folder) ==
        "small, seed 1\n"
        "\n"
        "denoising\n"
        "model  state   reason\n"
        "─────  ──────  ─────────\n"
        "model  failed  no images\n");
}

TEST_CASE("summary text: tasks in another order are compared by name, each with its own keys") {
  const TemporaryFolder folder;
  const auto add = [&](const std::string& experiment, std::vector<Setting> settings) {
    make_run(folder.path(), experiment, ListedCell{"a", 1, experiment, std::move(settings), {}},
             {mse(0.25), accuracy(0.5)});
  };
  const Setting noisy{"task.denoising.plugin", "denoising"}, probe{"task.linear_probe.plugin", "linear_probe"};
  add("one", {noisy, {"task.denoising.images", std::int64_t{8}}, probe, {"task.linear_probe.l2", 0.5}});
  add("two", {probe, {"task.linear_probe.l2", 0.25}, noisy, {"task.denoising.images", std::int64_t{8}}});
  CHECK(summary_of(folder) ==
        "seed 1\n"
        "\n"
        "denoising\n"
        "experiment  model  mse ↓\n"
        "──────────  ─────  ─────\n"
        "one         model   0.25\n"
        "two         model   0.25\n"
        "\n"
        "linear_probe\n"
        "experiment    l2  model  accuracy ↑\n"
        "──────────  ────  ─────  ──────────\n"
        "one         0.50  model         0.5\n"
        "two         0.25  model         0.5\n");
}

TEST_CASE("summary text: a sweep over a key of one task does not repeat the rows of the others") {
  const TemporaryFolder folder;
  for (const double l2 : {0.25, 0.5}) {
    ListedCell cell{std::to_string(l2), 1, "c1", {{"task.linear_probe.plugin", "linear_probe"}}, {}};
    cell.settings.push_back({"task.linear_probe.l2", l2});
    const auto run = test::make_training(folder.path(), "c1", 0.1, 1);
    test::make_task(run, "denoising", {mse(0.25)});
    cell.tasks = {{"denoising", "denoising-1f"}};
    ExperimentFolder(folder.path(), l2 < 0.3 ? "one" : "two").add("", {cell});
  }
  CHECK(summary_of(folder, {.tasks = {"denoising"}}).ends_with("one         model   0.25\ntwo         model   0.25\n"));
  std::vector<ListedCell> both;
  for (const auto* name : {"one", "two"}) both.push_back(ExperimentFolder(folder.path(), name).cells().at(0));
  ExperimentFolder(folder.path(), "both").add("", both);
  CHECK(render_summary(test::select_runs(folder.path(), {"both"}), {}, Format::table) ==
        "both, seed 1\n\ndenoising\nmodel  mse ↓\n─────  ─────\nmodel   0.25\n");
}
