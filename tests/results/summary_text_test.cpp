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
using test::TemporaryFolder;

namespace {

std::string summary_text_of(const TemporaryFolder& folder, const SummaryOptions& options = {},
                            Format format = Format::table) {
  return render_summary(test::select_runs(folder.path(), {}), options, format);
}

}  // namespace

TEST_CASE("summary text: a grid has a table per task, and failures are listed below") {
  const TemporaryFolder folder;
  make_grid(folder);
  CHECK(summary_text_of(folder) ==
        "small, mean ± sample standard deviation\n"
        "\n"
        "denoising\n"
        "noise.sigma  model       n  seeds              mse ↓\n"
        "───────────  ──────────  ─  ─────  ─────────────────\n"
        "        0.1  model       3    1-3   0.0120 ± 0.0020\n"
        "        0.1  mean_image  3    1-3   0.0673 ± 0\n"
        "        0.5  model       2   1, 3  0.03050 ± 0.00071\n"
        "        0.5  mean_image  2   1, 3   0.0673 ± 0\n"
        "\n"
        "linear_probe\n"
        "noise.sigma  model  n  seeds         accuracy ↑\n"
        "───────────  ─────  ─  ─────  ─────────────────\n"
        "        0.1  model  3    1-3   0.9120 ± 0.0020\n"
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
  CHECK(summary_text_of(folder) ==
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
  CHECK(summary_text_of(folder, {.group = false, .tasks = {"denoising"}})
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
  CHECK(summary_text_of(folder) ==
        "small, seeds 1-2, mean ± sample standard deviation of 2 runs\n"
        "\n"
        "denoising\n"
        "noise.sigma  model              mse ↓\n"
        "───────────  ─────  ─────────────────\n"
        "        0.1  model  0.01050 ± 0.00071\n"
        "        0.5  model   0.0525 ± 0.0035\n");
}

TEST_CASE("summary for people: n counts the runs that a task's means are computed from") {
  const TemporaryFolder folder;
  for (int seed = 1; seed <= 3; ++seed) {
    const auto run =
        make_run(folder.path(), "small", "c" + std::to_string(seed), 0.1, seed, {mse(0.25), accuracy(0.5)});
    if (seed == 2) test::make_task(run, "linear_probe", {}, "no labels");
  }
  CHECK(summary_text_of(folder, {.tasks = {"denoising", "linear_probe"}}) ==
        "small, seeds 1-3, mean ± sample standard deviation\n"
        "\n"
        "denoising\n"
        "model  n     mse ↓  reason\n"
        "─────  ─  ────────  ─────────\n"
        "model  3  0.25 ± 0  no labels\n"
        "\n"
        "linear_probe\n"
        "model  n  accuracy ↑  reason\n"
        "─────  ─  ──────────  ─────────\n"
        "model  2     0.5 ± 0  no labels\n");
  CHECK(summary_text_of(folder, {.tasks = {"linear_probe"}})
            .starts_with("small, seeds 1-3, mean ± sample standard deviation of 2 runs\n"));
}

TEST_CASE("summary for people: metrics of one task that come from different numbers of runs have an n each") {
  const TemporaryFolder folder;
  auto psnr = mse(20);
  psnr.metric.name = "psnr";
  psnr.metric.unit = "dB";
  make_run(folder.path(), "small", "c1", 0.1, 1, {mse(0.25), psnr});
  make_run(folder.path(), "small", "c2", 0.1, 2, {mse(0.25)});
  CHECK(summary_text_of(folder) ==
        "small, seeds 1-2, mean ± sample standard deviation\n"
        "\n"
        "denoising\n"
        "model     mse ↓  n  psnr [dB] ↓  n\n"
        "─────  ────────  ─  ───────────  ─\n"
        "model  0.25 ± 0  2         20.0  1\n");
}

TEST_CASE("summary for people: runs without results do not change the number of runs in the title") {
  const TemporaryFolder folder;
  for (int seed = 1; seed <= 2; ++seed)
    make_run(folder.path(), "small", "c" + std::to_string(seed), 0.1, seed, {mse(0.25)});
  make_run(folder.path(), "small", "c3", 0.1, 3, {}, State::diverged, "the loss is nan");
  CHECK(summary_text_of(folder).starts_with("small, mean ± sample standard deviation of 2 runs\n"));
}

TEST_CASE("summary for people: runs of several experiments name theirs") {
  const TemporaryFolder folder;
  make_run(folder.path(), "one", "c1", 0.1, 1, {mse(0.5)});
  make_run(folder.path(), "two", "c2", 0.1, 2, {mse(0.25)});
  CHECK(summary_text_of(folder) ==
        "denoising\n"
        "experiment  model  seeds  mse ↓\n"
        "──────────  ─────  ─────  ─────\n"
        "one         model      1   0.50\n"
        "two         model      2   0.25\n");
}

TEST_CASE("summary text: --runs has one row per run, with run and seed") {
  const TemporaryFolder folder;
  make_grid(folder);
  CHECK(summary_text_of(folder, {.group = false, .metrics = {"accuracy"}}) ==
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
  CHECK(summary_text_of(folder, {}, Format::md) ==
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
  CHECK(summary_text_of(folder).find("model  mse ↓  psnr [dB] ↑  energy [1/px] ↓\n") != std::string::npos);
}

TEST_CASE("summary text: without any result, the state of each run is shown") {
  const TemporaryFolder folder;
  make_run(folder.path(), "small", "c1", 0.1, 1, {}, State::running);
  make_run(folder.path(), "small", "c2", 0.1, 2, {});
  CHECK(summary_text_of(folder) ==
        "small\n"
        "\n"
        "without results\n"
        "seeds  state\n"
        "─────  ───────────\n"
        "    2  finished\n"
        "    1  interrupted\n");
}

TEST_CASE("summary text: a long reason does not widen the rule") {
  const TemporaryFolder folder;
  make_run(folder.path(), "small", "c1", 0.1, 1, {}, State::failed, std::string(90, 'x'));
  std::string rule = "──────  ";
  for (int i = 0; i < 40; ++i) rule += "─";
  CHECK(summary_text_of(folder).find("state   reason\n" + rule + "\n") != std::string::npos);
}

TEST_CASE("summary text: a finished run with one failed task keeps the other tasks' rows and shows the reason") {
  const TemporaryFolder folder;
  make_run(folder.path(), "small", "c1", 0.1, 1, {mse(0.25), accuracy(0.5)});
  const auto run = make_run(folder.path(), "small", "c2", 0.5, 1, {mse(0.5), accuracy(0.5)});
  test::make_task(run, "linear_probe", {}, "no labels");
  CHECK(summary_text_of(folder) ==
        "small, seed 1\n"
        "\n"
        "denoising\n"
        "noise.sigma  model  mse ↓  reason\n"
        "───────────  ─────  ─────  ─────────\n"
        "        0.1  model   0.25  –\n"
        "        0.5  model   0.50  no labels\n"
        "\n"
        "linear_probe\n"
        "noise.sigma  model  accuracy ↑\n"
        "───────────  ─────  ──────────\n"
        "        0.1  model         0.5\n");
}

TEST_CASE("summary text: a run whose tasks all failed is listed below with the reason") {
  const TemporaryFolder folder;
  const auto run = make_run(folder.path(), "small", "c1", 0.1, 1, {mse(0.25)});
  test::make_task(run, "denoising", {}, "no images");
  CHECK(summary_text_of(folder) ==
        "small, seed 1\n"
        "\n"
        "without results\n"
        "reason\n"
        "─────────\n"
        "no images\n");
}
