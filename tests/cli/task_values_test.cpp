// Keys of tasks that `hourglass evaluate` reads from its lists again: strings that look like other TOML values.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "host/value_text.hpp"
#include "shared_workplace.hpp"

using namespace hourglass::test;
namespace fs = std::filesystem;

namespace {

const std::vector<std::string> kHostile = {"0x10", "nan", "-inf",  "NaN",       "infinity", "true",
                                           "1e3",  "[1]", "'q'",   "\"q\"",     "a\\b",     "1979-05-27",
                                           "{}",   "",    "a # b", "two words", "a\nb",     "task.0=1"};

}  // namespace

TEST_CASE("evaluate: a string of an added or a declared task stays the same when the task is repeated") {
  const SharedWorkplace place;
  Launch how;
  how.environment["HOURGLASS_PLUGIN_PATH"] = fs::path(HOURGLASS_BINARY_DIR) / "test_plugins" / "words";
  REQUIRE(place.run("a.toml", kText).code == 0);
  std::string tasks;
  for (std::size_t i = 0; i < kHostile.size(); ++i) {
    const auto file = "word_" + std::to_string(i);
    write(place.folder / file, kHostile[i]);
    tasks += "[[task]]\nplugin = \"words\"\nfile = \"" + file +
             "\"\ntext = " + hourglass::host::to_toml(std::string_view(kHostile[i])) + "\n";
  }
  write(place.folder / "tasks.toml", tasks);
  const auto added = place({"evaluate", "a", "--task", "tasks.toml"}, how);
  REQUIRE_MESSAGE(added.code == 0, added.err);
  const auto repeated = place({"evaluate", "a", "--fresh"}, how);
  CHECK_MESSAGE(repeated.code == 0, repeated.err);
  write(place.folder / "b.toml", kText + tasks);
  REQUIRE(place({"run", "b.toml"}, how).code == 0);
  const auto declared = place({"evaluate", "b", "--fresh"}, how);
  CHECK_MESSAGE(declared.code == 0, declared.err);
}

TEST_CASE("run: the command that adds a task to further cells has strings that read back as strings") {
  const SharedWorkplace place;
  Launch how;
  how.environment["HOURGLASS_PLUGIN_PATH"] = fs::path(HOURGLASS_BINARY_DIR) / "test_plugins" / "words";
  write(place.folder / "a.toml", kText);
  REQUIRE(place({"run", "a.toml", "seeds=2"}, how).code == 0);
  write(place.folder / "word", "0x10");
  REQUIRE(place({"evaluate", "results/experiments/a/seed=1", "--task", "plugin=words", "text=\"0x10\""}, how).code ==
          0);
  const auto again = place({"run", "a.toml", "seeds=2"}, how);
  CHECK_MESSAGE(says(again.err, "hourglass evaluate a --task plugin=words 'text=\"0x10\"' "), again.err);
}
