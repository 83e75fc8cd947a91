// Removing tasks that were added to the cells of an experiment.
#include "run/remove_tasks.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <string>
#include <vector>

#include "results/selection.hpp"
#include "support/process.hpp"

using namespace hourglass;

namespace {

/// Limits the number of files that this process can have open, as long as it lives.
class OpenFilesLimit {
 public:
  explicit OpenFilesLimit(rlim_t most) {
    REQUIRE(getrlimit(RLIMIT_NOFILE, &before_) == 0);
    auto limit = before_;
    limit.rlim_cur = most;
    REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  }
  OpenFilesLimit(const OpenFilesLimit&) = delete;
  OpenFilesLimit& operator=(const OpenFilesLimit&) = delete;
  ~OpenFilesLimit() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("remove_added_tasks: an experiment may have more cells than a process may open files") {
  constexpr int kCells = 80;
  const test::TemporaryFolder folder;
  const results::ExperimentFolder experiment(folder.path(), "small");
  std::vector<results::ListedCell> cells;
  for (int seed = 1; seed <= kCells; ++seed) {
    const auto run = "c" + std::to_string(seed);
    cells.push_back({"seed=" + std::to_string(seed), seed, run, {}, {{"knn", "knn-1", true, {{"plugin", "knn"}}}}});
    std::filesystem::create_directories(results::run_path(folder.path(), run));
    results::RunFolder(results::run_path(folder.path(), run)).write_status({results::State::finished, 1, 1, "", ""});
    test::write(folder / "runs" / run / "tasks/knn-1/result.json", "{}");
  }
  experiment.add("", cells);
  std::vector<std::string> problems;
  const auto records = results::select_runs(folder.path(), {"small"}, problems);
  const OpenFilesLimit limit(kCells);
  const auto sentences = run::remove_added_tasks(records, {"knn"}, folder.path());
  REQUIRE(sentences.size() == 1 + kCells);
  CHECK(sentences[0] == "knn is removed from 80 cells of small");
  CHECK(experiment.cells().back().tasks.empty());
  CHECK_FALSE(std::filesystem::exists(folder / "runs/c80/tasks/knn-1"));
}
