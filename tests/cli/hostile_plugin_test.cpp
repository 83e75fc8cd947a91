// Plugins that break their contracts end a command with an error message, never with a crash.
#include <doctest/doctest.h>

#include "support/process.hpp"

using namespace hourglass::test;

namespace {

constexpr const char* kHostileExperiment = R"([dataset]
plugin = "hostile_set"
[architecture]
plugin = "mlp"
hidden = []
[bottleneck]
size = 2
[train]
epochs = 1
[[task]]
plugin = "linear_probe"
)";

Finished with(const std::string& command, const std::string& override, const std::string& text = kHostileExperiment) {
  const TemporaryFolder folder;
  write(folder / "hostile.toml", text);
  const auto plugins = std::filesystem::path(HOURGLASS_BINARY_DIR) / "test_plugins" / "hostile";
  return hourglass::test::hourglass(folder.path(),
                                    {command, "hostile.toml", override, "--plugin-path", plugins.string()});
}

}  // namespace

TEST_CASE("hostile plugins: the dataset works without a fault") {
  const auto finished = with("run", "dataset.fault=none");
  CHECK_MESSAGE(finished.code == 0, finished.err);
}

TEST_CASE("hostile plugins: the output of a dataset is checked before anything runs") {
  const std::pair<const char*, const char*> faults[] = {
      {"empty", "test has 0 images, but at least 1 is needed"},
      {"few_labels", "train has 3 labels for 20 images"},
      {"label_range", "train has the label 1000000 at image 5, but only 2 classes"},
      {"shape", "train has images of [1, 0, 4], but each side must be 1 to 65536"},
      {"pixel_range", "train has a value of 37, outside [0, 1]"},
      {"throw", "an object that is not a std::exception was thrown"},
  };
  for (const auto& [fault, message] : faults) {
    const auto finished = with("check", std::string("dataset.fault=") + fault);
    CHECK_MESSAGE(finished.code == 2, fault);
    CHECK_MESSAGE(finished.err.find(message) != std::string::npos, finished.err);
    CHECK_MESSAGE(finished.err.starts_with("hostile.toml:2:10: [dataset] hostile_set: "), finished.err);
  }
}

TEST_CASE("hostile plugins: a task that cannot state its needs is reported at its table") {
  const auto finished = with("check", "task.0.plugin=hostile_task");
  CHECK(finished.code == 2);
  CHECK(
      finished.err ==
      "command line: task.0.plugin=hostile_task: [[task]] hostile_task cannot state its needs: needs are out; correct "
      "needs() in the plugin\n");
}

TEST_CASE("hostile plugins: a bug of a network is reported at its table, not at an override of its keys") {
  constexpr const char* kNet = "[dataset]\nplugin = \"hostile_set\"\n[architecture]\nplugin = \"hostile_net\"\n";
  const auto shape = with("check", "architecture.fault=other", kNet);
  CHECK(shape.code == 2);
  CHECK(
      shape.err.starts_with("hostile.toml:4:10: [architecture] hostile_net: expected shape [N, 1, 4, 4] for the "
                            "decoder's output, but got [N, 32]"));
  const auto labels = with("check", "architecture.fault=reads_labels", kNet);
  CHECK(labels.code == 2);
  CHECK(labels.err.find("[architecture] hostile_net: labels are out\n") != std::string::npos);
  const auto bottle = with("check", "architecture.fault=bottleneck", kNet);
  CHECK(bottle.code == 2);
  CHECK(bottle.err.find("[architecture] bottles are out\n") != std::string::npos);
}

TEST_CASE("hostile plugins: an exception during a run becomes the run's reason") {
  const auto finished = with("run", "noise=hostile_noise");
  CHECK(finished.code == 1);
  CHECK(finished.err.find("failed: ") != std::string::npos);
  CHECK(finished.err.find("an object that is not a std::exception was thrown") != std::string::npos);
}
