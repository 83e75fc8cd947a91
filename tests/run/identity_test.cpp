// The ids of tasks.
#include "run/identity.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "support/experiment.hpp"
#include "support/npy.hpp"

using namespace hourglass;

namespace {

std::string task(const std::string& dataset) {
  return "[dataset]\nplugin = \"shapes\"\ntrain_size = 20\ntest_size = 10\nside = 8\n[architecture]\nplugin = \"mlp\"\n"
         "[[task]]\nplugin = \"outlier\"\nsetting = \"dataset\"\ndataset = " +
         dataset + "\n";
}

std::string task_folder(const std::filesystem::path& file) {
  const subject::Subject subject(
      test::resolve_experiment(task("{ plugin = \"npy\", train = \"" + file.string() + "\", range = [0, 1] }")), 1);
  return run::identify(subject).tasks.at(0).folder;
}

}  // namespace

TEST_CASE("identity: a task's id depends on the contents of its dataset, not on their place") {
  const test::TemporaryFolder folder;
  test::write(folder / "a.npy", test::npy_bytes("2, 8, 8", std::string(128, '\1')));
  test::write(folder / "b.npy", test::npy_bytes("2, 8, 8", std::string(128, '\1')));
  test::write(folder / "c.npy", test::npy_bytes("2, 8, 8", std::string(128, '\0')));
  CHECK(task_folder(folder / "a.npy") == task_folder(folder / "b.npy"));
  CHECK(task_folder(folder / "a.npy") != task_folder(folder / "c.npy"));
}
