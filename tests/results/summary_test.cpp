// From run folders to the table of an experiment, as programs read it.
#include "results/summary.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

#include "results/run_record.hpp"
#include "runs.hpp"

using namespace hourglass;
using namespace hourglass::results;
using test::accuracy;
using test::error_of;
using test::make_grid;
using test::make_run;
using test::mse;
using test::TemporaryFolder;

namespace {

std::string text(const TemporaryFolder& folder, const SummaryOptions& options = {}, Format format = Format::csv) {
  return render_summary(find_runs(folder.path()), options, format);
}

std::vector<std::string> titles(const Table& table) {
  std::vector<std::string> keys;
  for (const auto& column : table.columns) keys.push_back(column.key);
  return keys;
}

}  // namespace

TEST_CASE("summary: programs get sample standard deviations and counts") {
  const TemporaryFolder folder;
  make_grid(folder);
  CHECK(text(folder, {.metrics = {"mse"}}) ==
        "experiment,noise.sigma,model,n,seeds,state,denoising.mse,denoising.mse_std,denoising.mse_n,reason\n"
        "small,0.1,model,3,1-3,finished,0.012,0.002,3,\n"
        "small,0.1,mean_image,3,1-3,finished,0.0673,0,3,\n"
        "small,0.5,model,2,\"1, 3\",finished,0.0305,0.0007071067811865482,2,\n"
        "small,0.5,mean_image,2,\"1, 3\",finished,0.0673,0,2,\n"
        "small,0.5,model,1,2,diverged,,,,\"the loss is nan at epoch 3, batch 17\"\n");
}

TEST_CASE("summary: equal values deviate by exactly 0, and an infinite one makes the mean infinite") {
  const TemporaryFolder folder;
  const double infinity = std::numeric_limits<double>::infinity();
  for (int seed = 1; seed <= 3; ++seed) {
    auto psnr = mse(seed == 2 ? infinity : 20.0);
    psnr.metric.name = "psnr";
    make_run(folder.path(), "small", std::to_string(seed), 0.1, seed, {mse(0.1), psnr});
  }
  CHECK(text(folder) ==
        "experiment,model,n,seeds,state,denoising.mse,denoising.mse_std,denoising.mse_n,denoising.psnr,denoising.psnr_"
        "std,denoising.psnr_n\n"
        "small,model,3,1-3,finished,0.1,0,3,inf,nan,3\n");
}

TEST_CASE("summary: sorting by a metric puts the best first, baselines and missing values in their places") {
  const TemporaryFolder folder;
  make_grid(folder);
  const auto order = [&](const std::string& by) {
    std::string models;
    const auto table = summarize(find_runs(folder.path()), {.sort = by});
    const auto keys = titles(table);
    const auto model = static_cast<std::size_t>(std::ranges::find(keys, "model") - keys.begin());
    for (const auto& row : table.rows) {
      models += std::get<std::string>(row[model]) + " " + std::to_string(std::get<double>(row[1])).substr(0, 3) + "; ";
    }
    return models;
  };
  CHECK(order("mse") == "model 0.1; model 0.5; mean_image 0.1; mean_image 0.5; model 0.5; ");
  CHECK(order("accuracy") == "model 0.5; model 0.1; mean_image 0.1; mean_image 0.5; model 0.5; ");
  CHECK(order("noise.sigma") == "model 0.1; mean_image 0.1; model 0.5; mean_image 0.5; model 0.5; ");
}

TEST_CASE("summary: metrics and tasks are chosen by name, in the order asked for") {
  const TemporaryFolder folder;
  make_run(folder.path(), "small", "c1", 0.1, 1, {mse(0.1), accuracy(0.9), accuracy(0.95, Split::train)});
  const auto columns = [&](const SummaryOptions& options) {
    auto keys = titles(summarize(find_runs(folder.path()), options));
    keys.erase(keys.begin(), keys.begin() + 5);
    return keys;
  };
  using Keys = std::vector<std::string>;
  CHECK(columns({}) == Keys{"denoising.mse", "linear_probe.accuracy", "linear_probe.accuracy.train"});
  CHECK(columns({.metrics = {"accuracy", "mse"}}) ==
        Keys{"linear_probe.accuracy", "linear_probe.accuracy.train", "denoising.mse"});
  CHECK(columns({.metrics = {"linear_probe.accuracy.train"}}) == Keys{"linear_probe.accuracy.train"});
  CHECK(columns({.tasks = {"denoising"}}) == Keys{"denoising.mse"});
}

TEST_CASE("summary: names that no run has are refused with the nearest") {
  const TemporaryFolder folder;
  make_run(folder.path(), "small", "c1", 0.1, 1, {mse(0.1), accuracy(0.9), accuracy(0.95, Split::train)});
  const auto problem = [&](const SummaryOptions& options) {
    return error_of([&] { (void)summarize(find_runs(folder.path()), options); });
  };
  CHECK(problem({.metrics = {"mze"}}) ==
        "no run here has a metric 'mze': there are mse, accuracy; did you mean 'mse'?");
  CHECK(problem({.tasks = {"denoise"}})
            .starts_with("no run here has a task 'denoise': there are denoising, linear_probe"));
  CHECK(problem({.sort = "stat"}) ==
        "the table cannot be sorted by 'stat': its columns are experiment, model, n, seeds, state, denoising.mse, "
        "linear_probe.accuracy, "
        "linear_probe.accuracy.train; did you mean 'state'?");
}

TEST_CASE("summary: a metric's name in several tasks is no column to sort by") {
  const TemporaryFolder folder;
  auto other = mse(0.2);
  other.task = "reconstruction";
  make_run(folder.path(), "small", "c1", 0.1, 1, {mse(0.1), other});
  CHECK(error_of([&] { (void)summarize(find_runs(folder.path()), {.sort = "mse"}); }) ==
        "the table cannot be sorted by 'mse': it may be any of denoising.mse, reconstruction.mse");
}

TEST_CASE("summary: a task that stands twice keeps both of its values") {
  const TemporaryFolder folder;
  make_run(folder.path(), "small", "c1", 0.1, 1, {accuracy(0.9), accuracy(0.8)});
  CHECK(text(folder) ==
        "experiment,model,n,seeds,state,linear_probe.accuracy,linear_probe.accuracy_std,linear_probe.accuracy_n,"
        "linear_probe_2.accuracy,linear_probe_2.accuracy_std,linear_probe_2.accuracy_n\n"
        "small,model,1,1,finished,0.9,,1,0.8,,1\n");
}

TEST_CASE("summary: runs that differ in a list or a plugin are not one configuration") {
  const TemporaryFolder folder;
  const auto write = [&](const std::string& cell, const std::string& toml) {
    const auto run = make_run(folder.path(), "small", cell, 0.1, 1, {mse(0.1)});
    run.write_experiment(toml);
  };
  write("c1",
        "seed = 1\n[architecture]\nhidden = [32, 16]\n[noise]\nplugin = \"gaussian\"\nsigma = 0.5\n[train]\nepochs = "
        "3\n");
  write("c2",
        "seed = 1\n[architecture]\nhidden = [32]\n[noise]\nplugin = \"gaussian\"\nsigma = 0.5\n[train]\nepochs = 3\n");
  write("c3",
        "seed = 1\n[architecture]\nhidden = [32]\n[noise]\nplugin = \"masking\"\nshare = 0.25\n[train]\nepochs = 3\n");
  CHECK(text(folder) ==
        "experiment,architecture.hidden,noise.plugin,noise.share,noise.sigma,model,n,seeds,state,denoising.mse,"
        "denoising.mse_std,denoising.mse_n\n"
        "small,\"[32, 16]\",gaussian,,0.5,model,1,1,finished,0.1,,1\n"
        "small,[32],gaussian,,0.5,model,1,1,finished,0.1,,1\n"
        "small,[32],masking,0.25,,model,1,1,finished,0.1,,1\n");
}

TEST_CASE("summary: tasks' keys are told apart by their place") {
  const TemporaryFolder folder;
  for (const auto* labels : {"100", "1000"}) {
    const auto run = make_run(folder.path(), "small", labels, 0.1, 1, {accuracy(0.9)});
    run.write_experiment(std::string("seed = 1\n[[task]]\nplugin = \"a\"\n[[task]]\nplugin = \"b\"\nlabels = ") +
                         labels + "\n");
  }
  CHECK(titles(summarize(find_runs(folder.path()), {}))[1] == "task.1.labels");
}

TEST_CASE("summary: a damaged run is a row with its reason and does not hide the others") {
  const TemporaryFolder folder;
  make_run(folder.path(), "small", "c1", 0.1, 1, {mse(0.1)});
  const auto broken = make_run(folder.path(), "small", "c2", 0.1, 2, {mse(0.1)}),
             headless = make_run(folder.path(), "small", "c3", 0.1, 3, {mse(0.1)});
  test::write(broken.path() / "result.json", "{");
  std::filesystem::remove(headless.path() / "result.json");
  const auto table = summarize(find_runs(folder.path()), {});
  REQUIRE(table.rows.size() == 3);
  CHECK(std::get<std::string>(table.rows[0][4]) == "finished");
  CHECK(std::get<std::string>(table.rows[1][4]) == "damaged");
  CHECK(std::get<std::string>(table.rows[1].back())
            .starts_with((broken.path() / "result.json").string() + ":1:2: ends too early"));
  CHECK(std::get<std::string>(table.rows[2].back()) == "it is finished, but there is no result.json");
}

TEST_CASE("summary: without runs there are no rows") {
  CHECK(summarize({}, {}).rows.empty());
  CHECK(render_summary({}, {}, Format::json) == "[]\n");
  CHECK(render_summary({}, {}, Format::table) == "");
  CHECK(render_summary({}, {}, Format::md) == "");
}

TEST_CASE("summary: bold compares numbers of the same data only") {
  const TemporaryFolder folder;
  for (const auto* plugin : {"mnist", "shapes"}) {
    make_run(folder.path(), "small", plugin, 0.1, 1, {mse(0.1)})
        .write_experiment(std::string("seed = 1\n[dataset]\nplugin = \"") + plugin + "\"\n");
  }
  CHECK(text(folder, {}, Format::md).find("**") == std::string::npos);
}

TEST_CASE("run record: flattens the configuration in the file's order, without name and seeds") {
  const TemporaryFolder folder;
  const auto run = make_run(folder.path(), "small", "c1", 0.1, 7, {});
  run.write_experiment(
      "#   Which?  \nname = \"x\"\nseeds = 1\nseed = 7\n[train]\nepochs = 2\noptimizer = { name = \"adam\", "
      "learning_rate = 1e-3 }\n"
      "[noise]\non = true\nnames = [\"a\", \"b\"]\nempty = []\n");
  const auto record = read_run(run);
  CHECK(record.question == "Which?  ");
  CHECK(record.seed == 7);
  std::string flat;
  for (const auto& [key, value] : record.settings) {
    flat += key + "=";
    if (const auto* text = std::get_if<std::string>(&value)) flat += *text;
    if (const auto* whole = std::get_if<std::int64_t>(&value)) flat += std::to_string(*whole);
    if (const auto* number = std::get_if<double>(&value)) flat += std::to_string(*number);
    flat += "; ";
  }
  CHECK(flat ==
        "train.epochs=2; train.optimizer.name=adam; train.optimizer.learning_rate=0.001000; noise.on=true; "
        "noise.names=[\"a\", \"b\"]; noise.empty=[]; ");
}
