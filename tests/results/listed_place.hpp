// A results folder with two experiments, for tests of selections and lists.
#pragma once

#include <string>
#include <vector>

#include "runs.hpp"

namespace hourglass::test {

/// Two finished runs of "mnist" and a failed one of "shapes".
struct ListedPlace {
  TemporaryFolder folder;
  std::filesystem::path results = folder / "results";

  ListedPlace() {
    make_run(results, "mnist", "ab12", 0.1, 1,
             {mse(0.0123456), mse(0.0673, "mean_image"), mse(0.021, "pca"), accuracy(0.9712)});
    make_run(results, "mnist", "ab34", 0.1, 2, {accuracy(1, Split::train), mse(0.25)});
    make_run(results, "shapes", "cd56", 0.3, 1, {}, results::State::failed, "the disk is full");
  }
  std::string ids(const std::vector<std::string>& names) const {
    std::string text;
    for (const auto& run : test::select_runs(results, names)) text += run.id() + " ";
    return text;
  }
  results::RunRecord record(const std::string& id) const { return test::select_runs(results, {id}).at(0); }
  std::string problem(const std::string& name) const {
    return error_of([&] { (void)test::select_runs(results, {name}); });
  }
};

}  // namespace hourglass::test
