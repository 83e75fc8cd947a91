// Plugins that break their contracts end a command with an error message, never with a crash.
#include <doctest/doctest.h>

#include "support/process.hpp"

using namespace hourglass::test;

namespace {

constexpr const char* kExperiment = R"([dataset]
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

Finished with(const std::string& command, const std::string& override) {
  const TemporaryFolder folder;
  write(folder / "hostile.toml", kExperiment);
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
      {"pixel_range", "train has a pixel of 37, outside [0, 1]"},
      {"throw", "an object that is not a std::exception was thrown"},
  };
  for (const auto& [fault, message] : faults) {
    const auto finished = with("check", std::string("dataset.fault=") + fault);
    CHECK_MESSAGE(finished.code == 2, fault);
    CHECK_MESSAGE(finished.err.find(message) != std::string::npos, finished.err);
    CHECK_MESSAGE(finished.err.starts_with("hostile.toml:2:10: [dataset] hostile_set: "), finished.err);
  }
}

TEST_CASE("hostile plugins: an exception during a run becomes the run's reason") {
  const auto finished = with("run", "noise=hostile_noise");
  CHECK(finished.code == 1);
  CHECK(finished.err.find("failed: ") != std::string::npos);
  CHECK(finished.err.find("an object that is not a std::exception was thrown") != std::string::npos);
}
