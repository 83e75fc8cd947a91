// Names of an experiment's tasks; conflicting names are among the broken experiments.
#include <doctest/doctest.h>

#include "experiment/config.hpp"
#include "experiment/example_schema.hpp"

using namespace hourglass;

namespace {

std::vector<std::string> names_of(const std::string& tasks, const std::vector<std::string>& overrides = {}) {
  const auto config = test::load_text("dataset = \"few\"\narchitecture = \"linear\"\n" + tasks, overrides);
  std::vector<std::string> names;
  for (const auto* task : config.all("task")) names.push_back(task->name);
  return names;
}

}  // namespace

TEST_CASE("entries: without a name, they are named after their plugins and numbered from the second on") {
  CHECK(names_of("task = [\"linear_probe\", \"denoising\", \"linear_probe\", \"linear_probe\"]\n") ==
        std::vector<std::string>{"linear_probe", "denoising", "linear_probe_2", "linear_probe_3"});
}

TEST_CASE("entries: those with an explicit name are not counted") {
  CHECK(names_of("[[task]]\nplugin = \"linear_probe\"\nname = \"few_labels\"\n[[task]]\nplugin = \"linear_probe\"\n") ==
        std::vector<std::string>{"few_labels", "linear_probe"});
  CHECK(names_of("task = [\"linear_probe\"]\n", {"task.0.name=3rd_probe"}) == std::vector<std::string>{"3rd_probe"});
}
