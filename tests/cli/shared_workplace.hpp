// A folder in which a small experiment is run again and again, and other experiments share its trainings.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "support/process.hpp"
#include "support/unsealed.hpp"

namespace hourglass::test {

inline const std::string kText = R"(# Does a small network learn rectangles?
[dataset]
plugin = "shapes"
train_size = 300
test_size = 50
[noise]
plugin = "gaussian"
[architecture]
plugin = "mlp"
hidden = [16]
[bottleneck]
plugin = "dense"
size = 4
[train]
epochs = 2
[[task]]
plugin = "reconstruction"
)";

inline const std::string kProbe = "[[task]]\nplugin = \"linear_probe\"\n";
inline const std::string kMoody = "[[task]]\nplugin = \"moody\"\n";

struct SharedWorkplace {
  TemporaryFolder folder;

  Finished operator()(std::vector<std::string> arguments, Launch how = {}) const {
    arguments.insert(arguments.begin(), program().string());
    how.command = std::move(arguments);
    how.folder = folder.path();
    how.environment["HOURGLASS_CACHE_DIR"] = (folder / "cache").string();
    const auto plugins = std::filesystem::path(HOURGLASS_BINARY_DIR) / "test_plugins" / "moody";
    how.environment.emplace("HOURGLASS_PLUGIN_PATH", plugins.string());
    return launch(how);
  }
  Finished run(const std::string& file, const std::string& text, std::vector<std::string> more = {}) const {
    write(folder / file, text);
    more.insert(more.begin(), {"run", file});
    return (*this)(more);
  }
  /// Runs the experiment a and adds a task to it. Returns how to start the program so that the task's plugin is not
  /// found.
  Launch add_outside_task() const {
    REQUIRE(run("a.toml", kText).code == 0);
    write(folder / "mood", "");
    REQUIRE((*this)({"evaluate", "a", "--task", "plugin=moody", "file=mood"}).code == 0);
    Launch without;
    without.environment["HOURGLASS_PLUGIN_PATH"] = "";
    return without;
  }
  /// Makes all results say that they were computed with another library of a plugin.
  void change_plugin(const std::string& plugin) const {
    std::size_t changed = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "results/runs")) {
      if (entry.path().extension() != ".json") continue;
      auto text = unsealed(read(entry.path()));
      const auto key = "\"" + plugin + "\": \"";
      const auto at = text.find(key);
      if (at == std::string::npos) continue;
      write(entry.path(), text.replace(at + key.size(), 4, "0000"));
      ++changed;
    }
    REQUIRE(changed > 0);
  }
  std::size_t trainings() const {
    const auto entries = std::filesystem::directory_iterator(folder / "results/runs");
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
  }
};

inline bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

inline std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace hourglass::test
