// Every fixtures/experiments/broken/NAME.toml gives exactly the lines of NAME.expected.
#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "experiment/example_schema.hpp"
#include "support/process.hpp"

using namespace hourglass;

TEST_CASE("config: every broken experiment gives exactly the messages of its .expected file") {
  const auto folder = std::filesystem::path(HOURGLASS_SOURCE_DIR) / "tests" / "fixtures" / "experiments" / "broken";
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".expected") continue;
    ++count;
    const std::string name = entry.path().stem().string();
    CAPTURE(name);
    std::string got;
    for (const auto& message : test::messages_of(folder, name + ".toml")) got += message + "\n";
    CHECK(got == test::read(entry.path()));
  }
  CHECK(count >= 35);
}
