// From run folders to the table of an experiment, as programs read it.
#include "results/summary.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

#include "results/render.hpp"
#include "results/run_record.hpp"
#include "results/selection.hpp"
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
  return test::summary_of(folder, options, format);
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

TEST_CASE("summary: sorting by a metric puts the best first and keeps the order of baselines and missing values") {
  const TemporaryFolder folder;
  make_grid(folder);
  const auto order = [&](const std::string& by) {
    std::string models;
    const auto table = summarize(test::select_runs(folder.path(), {}), {.sort = by});
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
    auto keys = titles(summarize(test::select_runs(folder.path(), {}), options));
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
    return error_of([&] { (void)summarize(test::select_runs(folder.path(), {}), options); });
  };
  CHECK(problem({.metrics = {"mze"}}) ==
        "unknown metric 'mze': the selected runs have mse, accuracy; did you mean 'mse'?");
  CHECK(problem({.tasks = {"denoise"}})
            .starts_with("unknown task 'denoise': the selected runs have denoising, linear_probe"));
  CHECK(problem({.sort = "stat"}) ==
        "the table cannot be sorted by 'stat': its columns are experiment, model, n, seeds, state, denoising.mse, "
        "linear_probe.accuracy, "
        "linear_probe.accuracy.train; did you mean 'state'?");
}

TEST_CASE("summary: sorting by a metric of several tasks is refused") {
  const TemporaryFolder folder;
  auto other = mse(0.2);
  other.task = "reconstruction";
  make_run(folder.path(), "small", "c1", 0.1, 1, {mse(0.1), other});
  CHECK(error_of([&] { (void)summarize(test::select_runs(folder.path(), {}), {.sort = "mse"}); }) ==
        "the table cannot be sorted by 'mse': it matches denoising.mse, reconstruction.mse");
}

TEST_CASE("summary: two tasks of one plugin keep both of their values") {
  const TemporaryFolder folder;
  auto second = accuracy(0.8);
  second.task = "linear_probe_2";
  make_run(folder.path(), "small", "c1", 0.1, 1, {accuracy(0.9), second});
  CHECK(text(folder) ==
        "experiment,model,n,seeds,state,linear_probe.accuracy,linear_probe.accuracy_std,linear_probe.accuracy_n,"
        "linear_probe_2.accuracy,linear_probe_2.accuracy_std,linear_probe_2.accuracy_n\n"
        "small,model,1,1,finished,0.9,,1,0.8,,1\n");
}

TEST_CASE("summary: two tasks of one plugin keep both of their values in a run that no experiment lists") {
  const TemporaryFolder folder;
  const auto run = test::make_training(folder.path(), "c1", 0.1, 1);
  write_task_result(run.task("linear_probe-1f"), {"linear_probe", "best", "", {}, {accuracy(0.9).metric}});
  write_task_result(run.task("linear_probe-2a"), {"linear_probe_2", "best", "", {}, {accuracy(0.8).metric}});
  write_task_result(run.task("linear_probe-3b"), {"linear_probe", "best", "", {}, {accuracy(0.7).metric}});
  const auto table = summarize(test::select_runs(folder.path(), {}));
  REQUIRE(table.rows.size() == 1);
  std::size_t values = 0;
  for (const auto& field : table.rows[0]) {
    if (const auto* spread = std::get_if<Spread>(&field)) {
      CHECK(spread->count == 1);
      ++values;
    }
  }
  CHECK(values == 3);
}

TEST_CASE("summary: runs that differ in a list or a plugin are not one configuration") {
  const TemporaryFolder folder;
  const auto write = [&](const std::string& id, std::vector<Setting> settings) {
    settings.push_back({"train.epochs", std::int64_t{3}});
    make_run(folder.path(), "small", ListedCell{id, 1, id, std::move(settings), {}}, {mse(0.1)});
  };
  write("c1", {{"architecture.hidden", "[32, 16]"}, {"noise.plugin", "gaussian"}, {"noise.sigma", 0.5}});
  write("c2", {{"architecture.hidden", "[32]"}, {"noise.plugin", "gaussian"}, {"noise.sigma", 0.5}});
  write("c3", {{"architecture.hidden", "[32]"}, {"noise.plugin", "masking"}, {"noise.share", 0.25}});
  CHECK(text(folder) ==
        "experiment,architecture.hidden,noise.plugin,noise.share,noise.sigma,model,n,seeds,state,denoising.mse,"
        "denoising.mse_std,denoising.mse_n\n"
        "small,\"[32, 16]\",gaussian,,0.5,model,1,1,finished,0.1,,1\n"
        "small,[32],gaussian,,0.5,model,1,1,finished,0.1,,1\n"
        "small,[32],masking,0.25,,model,1,1,finished,0.1,,1\n");
}

TEST_CASE("summary: runs that no experiment lists are distinguished by their files") {
  const TemporaryFolder folder;
  for (const double sigma : {0.1, 0.5}) {
    const auto run = test::make_training(folder.path(), sigma < 0.2 ? "c1" : "c2", sigma, 1);
    test::make_task(run, "denoising", {mse(sigma)});
  }
  CHECK(text(folder) ==
        "experiment,noise.sigma,model,n,seeds,state,denoising.mse,denoising.mse_std,denoising.mse_n\n"
        ",0.1,model,1,1,finished,0.1,,1\n"
        ",0.5,model,1,1,finished,0.5,,1\n");
}

TEST_CASE("summary: keys of a task are compared by its name, between the runs that have it") {
  const TemporaryFolder folder;
  for (const std::int64_t labels : {100, 1000}) {
    const auto id = std::to_string(labels);
    ListedCell cell{id, 1, id, {{"task.b.plugin", "b"}, {"task.b.labels", labels}}, {}};
    if (labels == 100) cell.settings.insert(cell.settings.begin(), {"task.a.plugin", "a"});
    make_run(folder.path(), "small", cell, {accuracy(0.9)});
  }
  CHECK(titles(summarize(test::select_runs(folder.path(), {}), {}))[1] == "task.b.labels");
  CHECK(titles(summarize(test::select_runs(folder.path(), {}), {}))[2] == "model");
}

TEST_CASE("summary: the same seed twice is never a replicate: one run listed by two experiments") {
  const TemporaryFolder folder;
  for (const auto* experiment : {"one", "two"}) {
    make_run(folder.path(), experiment, "c1", 0.1, 1, {mse(0.1)});
    make_run(folder.path(), experiment, "c2", 0.1, 2, {mse(0.3)});
  }
  CHECK(text(folder) ==
        "experiment,model,n,seeds,state,denoising.mse,denoising.mse_std,denoising.mse_n\n"
        "one,model,2,1-2,finished,0.2,0.1414213562373095,2\n"
        "two,model,2,1-2,finished,0.2,0.1414213562373095,2\n");
}

TEST_CASE("summary: the same seed twice is never a replicate: of two cells of equal settings the latest counts") {
  const TemporaryFolder folder;
  make_run(folder.path(), "small", "c1", 0.1, 1, {mse(0.1)});
  make_run(folder.path(), "small", "c2", 0.1, 1, {mse(0.3)});
  CHECK(text(folder) ==
        "experiment,model,n,seeds,state,denoising.mse,denoising.mse_std,denoising.mse_n\n"
        "small,model,1,1,finished,0.3,,1\n");
  make_run(folder.path(), "small", "c3", 0.1, 2, {mse(0.1)});
  CHECK(text(folder) ==
        "experiment,model,n,seeds,state,denoising.mse,denoising.mse_std,denoising.mse_n\n"
        "small,model,2,1-2,finished,0.2,0.1414213562373095,2\n");
}

TEST_CASE("summary: of two runs of equal settings and seed the one whose tasks are done counts") {
  for (const auto* failed : {"c1", "c2"}) {
    const TemporaryFolder folder;
    for (const std::string id : {"c1", "c2"}) {
      const auto run = make_run(folder.path(), "small", id, 0.1, 1, {mse(id == "c1" ? 0.1 : 0.3)});
      if (id == failed) test::make_task(run, "denoising", {}, "no images");
    }
    const std::string value = failed == std::string("c1") ? "0.3" : "0.1";
    const auto csv = text(folder);
    CHECK_MESSAGE(csv.find("small,model,1,1,finished," + value + ",,1") != std::string::npos, csv);
    CHECK(csv.find("no images") == std::string::npos);
  }
}

TEST_CASE("summary: --runs shows every run, also of the same seed") {
  const TemporaryFolder folder;
  make_run(folder.path(), "small", "c1", 0.1, 1, {mse(0.1)});
  make_run(folder.path(), "small", "c2", 0.1, 1, {mse(0.3)});
  CHECK(text(folder, {.group = false}) ==
        "experiment,run,model,seed,state,denoising.mse\n"
        "small,c1,model,1,finished,0.1\n"
        "small,c2,model,1,finished,0.3\n");
}

TEST_CASE("summary: a failed task has a row with its name and reason") {
  const TemporaryFolder folder;
  const auto run = make_run(folder.path(), "small", "c1", 0.1, 1, {mse(0.1), mse(0.0673, "mean_image"), accuracy(0.9)});
  test::make_task(run, "linear_probe", {}, "task linear_probe: the labels are missing");
  CHECK(text(folder) ==
        "experiment,model,n,seeds,state,denoising.mse,denoising.mse_std,denoising.mse_n,task,reason\n"
        "small,model,1,1,finished,0.1,,1,,\n"
        "small,mean_image,1,1,finished,0.0673,,1,,\n"
        "small,model,1,1,failed,,,,linear_probe,task linear_probe: the labels are missing\n");
  const auto record = test::select_runs(folder.path(), {})[0];
  CHECK_FALSE(record.done());
  REQUIRE(record.tasks.size() == 2);
  CHECK(record.tasks[0].state == TaskRecord::State::done);
  CHECK(record.tasks[1].state == TaskRecord::State::failed);
}

TEST_CASE("summary: a task that failed for one seed does not count that seed") {
  const TemporaryFolder folder;
  for (int seed = 1; seed <= 3; ++seed) {
    const auto run = make_run(folder.path(), "small", "c" + std::to_string(seed), 0.1, seed, {mse(0.1), accuracy(0.9)});
    if (seed == 2) test::make_task(run, "linear_probe", {}, "no labels");
  }
  CHECK(text(folder) ==
        "experiment,model,n,seeds,state,denoising.mse,denoising.mse_std,denoising.mse_n,linear_probe.accuracy,"
        "linear_probe.accuracy_std,linear_probe.accuracy_n,task,reason\n"
        "small,model,3,1-3,finished,0.1,0,3,0.9,0,2,,\n"
        "small,model,1,2,failed,,,,,,,linear_probe,no labels\n");
}

TEST_CASE("summary: a task added to only one seed does not separate it from the other seeds") {
  const TemporaryFolder folder;
  for (int seed = 1; seed <= 2; ++seed)
    make_run(folder.path(), "small", "c" + std::to_string(seed), 0.1, seed, {mse(0.1)});
  const ExperimentFolder experiment(folder.path(), "small");
  test::make_task(RunFolder(run_path(folder.path(), "c1")), "linear_probe", {accuracy(0.9)});
  experiment.add_tasks({{"c1", "noise.sigma=0.1 seed=1", {"linear_probe", "linear_probe-1f", true, {{"l2", 0.01}}}}});
  CHECK(text(folder) ==
        "experiment,model,n,seeds,state,denoising.mse,denoising.mse_std,denoising.mse_n,linear_probe.accuracy,"
        "linear_probe.accuracy_std,linear_probe.accuracy_n\n"
        "small,model,2,1-2,finished,0.1,0,2,0.9,,1\n");
}

TEST_CASE("summary: a missing task is reported as not run") {
  const TemporaryFolder folder;
  const auto run = make_run(folder.path(), "small", "c1", 0.1, 1, {mse(0.1), accuracy(0.9)});
  std::filesystem::remove_all(run.task("linear_probe-1f"));
  CHECK(text(folder) ==
        "experiment,model,n,seeds,state,denoising.mse,denoising.mse_std,denoising.mse_n,task,reason\n"
        "small,model,1,1,finished,0.1,,1,,\n"
        "small,model,1,1,not begun,,,,linear_probe,task linear_probe has not begun\n");
  CHECK_FALSE(test::select_runs(folder.path(), {})[0].done());
}

TEST_CASE("summary: a damaged run is a row with its reason and does not hide the others") {
  const TemporaryFolder folder;
  make_run(folder.path(), "small", "c1", 0.1, 1, {mse(0.1)});
  const auto broken = make_run(folder.path(), "small", "c2", 0.1, 2, {mse(0.1)});
  test::write(broken.path() / "status.json", "{");
  const auto table = summarize(test::select_runs(folder.path(), {}), {});
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0][4] == Field("finished"));
  CHECK(table.rows[1][4] == Field("damaged"));
  CHECK(std::get<std::string>(table.rows[1].back())
            .starts_with((broken.path() / "status.json").string() + ":1:2: the file ends too early"));
}

TEST_CASE("summary: a damaged task keeps the other tasks' results and shows the reason") {
  const TemporaryFolder folder;
  const auto run = make_run(folder.path(), "small", "c1", 0.1, 1, {mse(0.1), accuracy(0.9)});
  const auto file = run.task("linear_probe-1f") / "result.json";
  test::write(file, "{");
  const auto table = summarize(test::select_runs(folder.path(), {}), {});
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0][5] == Field(Spread{0.1, 0, 1}));
  CHECK(std::get<std::string>(table.rows[1].back()).starts_with(file.string() + ":1:2: the file ends too early"));
}

TEST_CASE("summary: a cell that was never started has its own row") {
  const TemporaryFolder folder;
  make_run(folder.path(), "small", "c1", 0.1, 1, {mse(0.1)});
  ExperimentFolder(folder.path(), "small").add("", {test::make_cell("c2", 0.1, 2, {"denoising"})});
  CHECK(text(folder) ==
        "experiment,model,n,seeds,state,denoising.mse,denoising.mse_std,denoising.mse_n\n"
        "small,model,1,1,finished,0.1,,1\n"
        "small,model,1,2,not begun,,,\n");
}

TEST_CASE("summary: without runs there are no rows") {
  CHECK(summarize({}, {}).rows.empty());
  CHECK(render_summary({}, {}, Format::json) == "[]\n");
  CHECK(render_summary({}, {}, Format::table) == "");
  CHECK(render_summary({}, {}, Format::md) == "");
}

TEST_CASE("summary: only numbers of the same data are compared for bold") {
  const TemporaryFolder folder;
  for (const auto* plugin : {"mnist", "shapes"}) {
    make_run(folder.path(), "small", ListedCell{plugin, 1, plugin, {{"dataset.plugin", plugin}}, {}}, {mse(0.1)});
  }
  CHECK(text(folder, {}, Format::md).find("**") == std::string::npos);
}
