// `hourglass runs` as a user calls it.
#include <doctest/doctest.h>

#include <regex>

#include "results/run_folder.hpp"
#include "support/listed_run.hpp"
#include "support/process.hpp"
#include "support/unsealed.hpp"

using namespace hourglass;
using test::list_run;
using test::TemporaryFolder;

namespace {

// A folder with two runs in results/.
struct RunsWorkplace {
  TemporaryFolder folder;

  RunsWorkplace() {
    list_run(folder, "mnist", "ab12", 1, results::State::finished, "",
             {{"mse", Split::test, 0.25, "1/px", Direction::lower, "mean"}});
    list_run(folder, "shapes", "cd34", 1, results::State::failed, "the disk is full", {});
  }
  test::Finished run(std::vector<std::string> arguments) const {
    return test::hourglass(folder.path(), std::move(arguments));
  }
};

// Replaces the times of results, which differ between calls.
std::string masked(const std::string& text) {
  return std::regex_replace(text, std::regex("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}"), "YYYY-MM-DD HH:MM");
}

}  // namespace

TEST_CASE("runs list: prints one line per run") {
  const RunsWorkplace place;
  const auto all = place.run({"runs", "list"});
  CHECK(all.code == 0);
  CHECK(
      masked(all.out) ==
      "experiment  run   cell    state     epoch  epochs  metric         value  updated           reason\n"
      "──────────  ────  ──────  ────────  ─────  ──────  ─────────────  ─────  ────────────────  ────────────────\n"
      "mnist       ab12  seed=1  finished      2       2  denoising mse   0.25  YYYY-MM-DD HH:MM  –\n"
      "shapes      cd34  seed=1  failed        2       2  –                  –  YYYY-MM-DD HH:MM  the disk is full\n");
  const auto one = place.run({"runs", "list", "--experiment", "mnist", "--format", "csv"});
  CHECK(masked(one.out) ==
        "experiment,run,cell,state,epoch,epochs,metric,value,updated\nmnist,ab12,seed=1,finished,2,2,denoising "
        "mse,0.25,YYYY-MM-DD HH:MM\n");
}

TEST_CASE("runs list: a run is stale once the library of one of its plugins has changed") {
  const TemporaryFolder folder;
  test::write(folder / "tiny.toml",
              "[dataset]\nplugin = \"shapes\"\ntrain_size = 200\ntest_size = 20\n[architecture]\nplugin = \"mlp\"\n"
              "hidden = [8]\n[bottleneck]\nplugin = \"dense\"\nsize = 4\n[train]\nepochs = 1\n[[task]]\n"
              "plugin = \"reconstruction\"\n");
  REQUIRE(test::hourglass(folder.path(), {"run", "tiny.toml", "--quiet"}).code == 0);
  const auto list = [&] { return test::hourglass(folder.path(), {"runs", "list"}).out; };
  CHECK(list().find(" finished  ") != std::string::npos);

  const auto environment = results::find_runs(folder / "results").at(0).path() / "environment.json";
  auto text = test::unsealed(test::read(environment));
  const std::string key = "\"architecture/mlp\": \"";
  const auto hash = text.find(key);
  REQUIRE(hash != std::string::npos);
  text.replace(hash + key.size(), 32, std::string(32, '0'));
  test::write(environment, text);
  CHECK(list().find(" finished (stale)  ") != std::string::npos);
  CHECK(test::hourglass(folder.path(), {"table"}).out.find(" finished (stale) ") != std::string::npos);
  CHECK(test::hourglass(folder.path(), {"check", "tiny.toml"}).out.find(" finished (stale)") != std::string::npos);
  CHECK(test::hourglass(folder.path(), {"runs", "show", "--epochs", "1", environment.parent_path().string()})
            .out.find("\nstale       architecture/mlp has changed since it was computed\n") != std::string::npos);

  text.replace(hash + key.size() - 5, 1, "x");  // a plugin that is not there, "architecture/mlx"
  test::write(environment, text);
  CHECK(list().find(" finished  ") != std::string::npos);
  CHECK(test::hourglass(folder.path(), {"table"}).err ==
        "note: whether results of architecture/mlx are stale cannot be verified, because the plugin is not found; give "
        "its folder with --plugin-path or HOURGLASS_PLUGIN_PATH\n");
  text.insert(1, "\"plugin_folders\": {\"architecture/mlx\": \"/my plugins\"},");
  test::write(environment, text);
  CHECK(
      test::hourglass(folder.path(), {"runs", "list"}).err.ends_with("its folder with --plugin-path '/my plugins'\n"));
  test::write(environment, "{");
  CHECK(list().find(" finished  ") != std::string::npos);
}

TEST_CASE("runs show: finds a run by the beginning of its id, or suggests the nearest") {
  const RunsWorkplace place;
  const auto found = place.run({"runs", "show", "cd"});
  CHECK(found.code == 0);
  CHECK(
      found.out.starts_with("results/runs/cd34\nWhy?\n\nexperiment  shapes\ncell        seed=1\nstate       failed, 2 "
                            "of 2 epochs\nreason      the disk is full\n"));
  const auto missing = place.run({"runs", "show", "ab21"});
  CHECK(missing.code == 2);
  CHECK(missing.out.empty());
  CHECK(missing.err ==
        "'ab21' is not the folder of a run or the beginning of the id of one of the 2 runs in results; did you "
        "mean 'ab12'?\n");
  CHECK(place.run({"runs", "show"}).code == 2);
}

TEST_CASE("runs: without results, the message states the command to run and the output is empty") {
  const TemporaryFolder folder;
  const auto table = test::hourglass(folder.path(), {"runs", "list"});
  CHECK(table.code == 0);
  CHECK(table.out.empty());
  CHECK(table.err ==
        "no runs in results; run an experiment first, such as `hourglass run experiments/quickstart.toml`\n");
  CHECK(test::hourglass(folder.path(), {"runs", "list", "--format", "json"}).out == "[]\n");
  const auto missing = test::hourglass(folder.path(), {"runs", "list", "--results", "elsewhere"});
  CHECK(missing.code == 2);
  CHECK(missing.err ==
        "--results elsewhere: the folder does not exist; give the folder that `hourglass run` wrote to\n");
}

TEST_CASE("runs: an unknown action is refused with the nearest one") {
  const TemporaryFolder folder;
  const auto finished = test::hourglass(folder.path(), {"runs", "lst"});
  CHECK(finished.code == 2);
  CHECK(finished.err == "unknown command 'runs lst': expected one of list, show; did you mean 'list'?\n");
  CHECK(test::hourglass(folder.path(), {"runs", "--help"}).code == 0);
}

TEST_CASE("runs and table: a damaged list of cells is a warning with its file and the fix, and the rest is shown") {
  const RunsWorkplace place;
  test::write(place.folder / "results/experiments/shapes/cells.json", "{");
  const std::string warning =
      "warning: results/experiments/shapes/cells.json:1:2: the file ends too early; the file was changed after it was "
      "written; run its experiment again, which sets it aside and makes a new list\n";
  for (const auto& command : {std::vector<std::string>{"runs", "list"}, {"table"}}) {
    const auto shown = place.run(command);
    CHECK(shown.code == 3);
    CHECK(shown.err == warning);
    CHECK(shown.out.find("mnist") != std::string::npos);
  }
  CHECK(place.run({"runs", "show", "cd34"}).code == 0);
}

TEST_CASE("runs show and table: a link names the experiment whose folder it is in") {
  const RunsWorkplace place;
  list_run(place.folder, "two", "ab12", 1, results::State::finished, "",
           {{"mse", Split::test, 0.25, "1/px", Direction::lower, "mean"}});
  const std::string link = "results/experiments/two/seed=1";
  CHECK(place.run({"runs", "show", link}).out.find("\nexperiment  two\n") != std::string::npos);
  CHECK(place.run({"runs", "show", link}).out.find("\nalso in     mnist: seed=1\n") != std::string::npos);
  CHECK(place.run({"table", link, "--format", "csv"}).out.find("\ntwo,") != std::string::npos);
}

TEST_CASE("runs show: marks the files of results that no experiment lists") {
  const RunsWorkplace place;
  test::write(place.folder / "results/runs/ab12/tasks/denoising-2/result.json", "{}\n");
  const auto shown = place.run({"runs", "show", "ab12"}).out;
  CHECK_MESSAGE(shown.find("tasks/denoising-2/result.json    3 B  not listed by any experiment\n") != std::string::npos,
                shown);
  CHECK(shown.find("not listed") == shown.rfind("not listed"));
}
