// The contract of every plugin library, and the plugins that the contracts run on.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "support/plugins.hpp"
#include "support/process.hpp"

using namespace hourglass;

namespace {

/// Runs one contract of this program on the plugins of a test_plugins folder, and those of this build.
test::Finished contract(const std::string& name, const std::string& plugins) {
  const auto build = std::filesystem::path(HOURGLASS_BINARY_DIR);
  const auto folder = build / "test_plugins" / plugins;
  return test::launch({.command = {(build / "bin" / "test_contract").string(), "--test-case=" + name},
                       .environment = {{"HOURGLASS_PLUGIN_PATH", folder.string()}}});
}

}  // namespace

TEST_CASE("every library: loads, and its descriptions break no rule") {
  for (const auto& problem : test::registry().problems()) {
    const bool hidden = test::registry().find(problem.kind, problem.name) != nullptr;
    CHECK_MESSAGE(hidden, problem.message);
  }
}

TEST_CASE("contract: HOURGLASS_PLUGIN_PATH adds plugins outside the tree, which are checked like the others") {
  CHECK(contract("every library*", "several").code == 0);
  const auto stamp = contract("every library*", "other_stamp");
  CHECK(stamp.code != 0);
  CHECK(stamp.out.find("build it again with the same compiler") != std::string::npos);
  const auto counting = contract("every noise: the same key gives the same bytes", "models");
  CHECK(counting.code != 0);
  CHECK(counting.out.find("name := first") != std::string::npos);
}

TEST_CASE("contract: a filter that matches no test case fails") {
  const auto none = contract("every nose*", "several");
  CHECK(none.code != 0);
  CHECK(none.out.find("no test case matches the filters; --list-test-cases shows them all") != std::string::npos);
}
