// Datasets that tasks name: what is refused.
#include "subject/other_data.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/error.hpp"
#include "hourglass/task.hpp"
#include "subject/subject.hpp"
#include "support/experiment.hpp"
#include "support/npy.hpp"

using namespace hourglass;

namespace {

std::string task(const std::string& dataset) {
  return "[dataset]\nplugin = \"shapes\"\ntrain_size = 20\ntest_size = 10\nside = 8\n[architecture]\nplugin = \"mlp\"\n"
         "[[task]]\nplugin = \"outlier\"\nsetting = \"dataset\"\ndataset = " +
         dataset + "\n";
}

/// Returns why the dataset of a task is refused.
std::string refusal(const std::string& dataset) {
  const subject::Subject subject(test::resolve_experiment(task(dataset)), 1);
  const auto& section = *subject.config.all(Task::kKind).front();
  try {
    subject::other_data_identity(*section.alternative->plugin, section.values(), subject.data);
  } catch (const base::UserError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("other data: images of another shape or range are refused in one sentence") {
  CHECK(refusal("{ plugin = \"shapes\", side = 8 }").empty());
  CHECK(
      refusal("{ plugin = \"shapes\", side = 9 }") ==
      "'dataset' shapes: has images of [1, 9, 9], but those of the run's dataset are [1, 8, 8]; choose a dataset with "
      "such images");
  const test::TemporaryFolder folder;
  const auto file = folder / "a.npy";
  test::write(file, test::npy_bytes("2, 8, 8", std::string(128, '\1')));
  CHECK(refusal("{ plugin = \"npy\", train = \"" + file.string() + "\" }") ==
        "'dataset' npy: has values in [0, 255], but those of the run's dataset are in [0, 1]; bring them to the same "
        "range");
  CHECK(refusal("{ plugin = \"npy\", train = \"" + file.string() + "x\", range = [0, 1] }").find(file.string() + "x") !=
        std::string::npos);
}
