// `hourglass table`: options and messages; the table itself is tested with results/.
#include <doctest/doctest.h>

#include "results/run_folder.hpp"
#include "support/listed_run.hpp"
#include "support/process.hpp"

using namespace hourglass;
using test::list_run;
using test::TemporaryFolder;

namespace {

// A folder with one experiment of two seeds in results/.
struct TableWorkplace {
  TemporaryFolder folder;

  TableWorkplace() {
    for (const int seed : {1, 2}) {
      list_run(folder, "small", std::to_string(seed), seed, results::State::finished, "",
               {{"mse", Split::test, 0.25 * seed, "1/px", Direction::lower, "mean"},
                {"psnr", Split::test, 20, "dB", Direction::higher, "mean"}});
    }
  }
  test::Finished run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "table");
    return test::hourglass(folder.path(), std::move(arguments));
  }
};

}  // namespace

TEST_CASE("table: groups seeds, and --runs does not") {
  const TableWorkplace place;
  const auto grouped = place.run({"small", "--metrics", "mse", "--format", "csv"});
  CHECK(grouped.code == 0);
  CHECK(grouped.out ==
        "experiment,model,n,seeds,state,denoising.mse,denoising.mse_std,denoising.mse_n\n"
        "small,model,2,1-2,finished,0.375,0.1767766952966369,2\n");
  CHECK(place.run({"--runs", "--metrics=mse", "--sort", "mse", "--format", "csv", "results"}).out ==
        "experiment,run,model,seed,state,denoising.mse\nsmall,1,model,1,finished,0.25\nsmall,2,model,2,finished,0.5\n");
}

TEST_CASE("table: --metrics takes several names, in their order") {
  const TableWorkplace place;
  CHECK(place.run({"--metrics", "psnr,mse", "--runs", "--format", "csv"})
            .out.starts_with("experiment,run,model,seed,state,denoising.psnr,denoising.mse\n"));
}

TEST_CASE("table: wrong options are refused with the available ones") {
  const TableWorkplace place;
  const auto problem = [&](std::vector<std::string> arguments) {
    const auto finished = place.run(std::move(arguments));
    CHECK(finished.code == 2);
    CHECK(finished.out.empty());
    return finished.err;
  };
  CHECK(problem({"smal"}) ==
        "'smal' is not a folder, the id of a run or an experiment in results, which has the experiments small; did you "
        "mean 'small'?\n");
  CHECK(problem({"--metrics", "mze"}) ==
        "unknown metric 'mze': the selected runs have mse, psnr; did you mean 'mse'?\n");
  CHECK(problem({"--format", "xml"}) == "unknown format 'xml': expected one of table, csv, md, json\n");
  CHECK(problem({"--group", "--runs"}) ==
        "--group and --runs exclude each other; give --group for one row per configuration, or --runs for one row per "
        "run\n");
}

TEST_CASE("table: the text format has one table per task") {
  const TableWorkplace place;
  CHECK(place.run({}).out ==
        "small, seeds 1-2, mean ± sample standard deviation of 2 runs\n"
        "\n"
        "denoising\n"
        "model        mse ↓  psnr [dB] ↑\n"
        "─────  ───────────  ───────────\n"
        "model  0.38 ± 0.18   20.0 ± 0.0\n");
}

TEST_CASE("table: an experiment file selects the experiment that it names") {
  const TableWorkplace place;
  test::write(place.folder / "other.toml", "name = \"small\"\n");
  CHECK(place.run({"other.toml", "--runs", "--format", "csv"}).out == place.run({"--runs", "--format", "csv"}).out);
}

TEST_CASE("table: for an experiment without runs, the error states the command to run") {
  const TemporaryFolder folder;
  test::write(folder / "new.toml", "");
  const auto finished = test::hourglass(folder.path(), {"table", "new.toml", "--metrics", "mse"});
  CHECK(finished.code == 0);
  CHECK(finished.out.empty());
  CHECK(finished.err == "no runs of new.toml in results; run an experiment first, such as `hourglass run new.toml`\n");
  CHECK(test::hourglass(folder.path(), {"table", "--format", "json"}).out == "[]\n");
}
