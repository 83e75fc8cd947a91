// The texts from which the identities of trainings and tasks are computed.
#include <doctest/doctest.h>

#include "experiment/example_schema.hpp"
#include "experiment/load.hpp"
#include "experiment/schema_lookup.hpp"

using namespace hourglass;
using test::load_text;

namespace {

const std::string kSmallIdentity = "[dataset]\nplugin = \"few\"\n[architecture]\nplugin = \"mlp\"\n";
const std::string kTask = "[[task]]\nplugin = \"linear_probe\"\n";

std::string training(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return load_text(text, overrides).identity(Concerns::training);
}

std::string task(const std::string& text, const std::vector<std::string>& overrides = {}) {
  const auto config = load_text(text, overrides);
  return config.identity_of(*config.all("task").front());
}

}  // namespace

TEST_CASE(
    "identity: of training, consists of the selectors and the keys that concern it, sorted by name in each table") {
  CHECK(training(kSmallIdentity + kTask) ==
        R"(seed = 1
[dataset]
count = 10
plugin = "few"
[noise]
plugin = "none"
[architecture]
activation = "relu"
hidden = [512, 256]
plugin = "mlp"
[bottleneck]
penalty = 0.001
plugin = "sparse"
size = 32
[train]
batch_size = 128
epochs = 20
loss = "mse"
shuffle = true
validation = 0.1
weights = []
[train.optimizer]
betas = [0.9, 0.999]
learning_rate = 0.001
name = "adam"
)");
}

TEST_CASE("identity: of evaluation, without its tasks, consists of the keys that concern it") {
  CHECK(load_text(kSmallIdentity + kTask).identity(Concerns::evaluation) == "[train]\nkeep_best = true\n");
}

TEST_CASE("identity: of training, excludes tasks, seeds, names, comments, paths and keys of evaluation") {
  const auto one = training(kSmallIdentity);
  CHECK(training("# Why?\nseeds = 5\n" + kSmallIdentity + kTask + "l2 = 3\n") == one);
  CHECK(training(kSmallIdentity, {"train.label=slow", "train.keep_best=false", "dataset.folder=/data"}) == one);
  CHECK(training(kSmallIdentity + "[sweep.grid]\n\"train.label\" = [\"a\", \"b\"]\n") == one);
}

TEST_CASE("identity: only of a dataset, the contents of a file count and not its path, unless it declares otherwise") {
  experiment::TableSchema dataset, noise;
  dataset.path = "dataset";
  noise.path = "noise";
  ParamSpec file{
      .name = "file", .default_value = std::string(), .range = {}, .choices = {}, .doc = "", .is_path = true};
  CHECK(experiment::concerns_of(dataset, file) == Concerns::nothing);
  CHECK(experiment::concerns_of(noise, file) == Concerns::training);
  file.concerns = Concerns::training;
  CHECK(experiment::concerns_of(dataset, file) == Concerns::training);
}

TEST_CASE("identity: every key that concerns training changes it") {
  const auto one = training(kSmallIdentity);
  for (const std::string change :
       {"seed=2", "dataset=many", "dataset.count=11", "noise=gaussian", "architecture=linear", "bottleneck.size=8",
        "train.epochs=21", "train.optimizer=sgd"}) {
    CAPTURE(change);
    CHECK(training(kSmallIdentity, {change}) != one);
  }
}

TEST_CASE("identity: does not depend on where and how a value is written") {
  const auto one = training(kSmallIdentity + "[noise]\nplugin = \"gaussian\"\nsigma = 1\n[train]\nepochs = 20\n");
  CHECK(training("noise = { plugin = \"gaussian\", sigma = 1.0, clip = true }\n" + kSmallIdentity) == one);
  CHECK(training(kSmallIdentity, {"noise=gaussian", "noise.sigma=1"}) == one);
  const auto swept =
      load_text(kSmallIdentity + "[noise]\nplugin = \"gaussian\"\n[sweep.grid]\n\"noise.sigma\" = [0.5, 1]\n");
  CHECK(experiment::with_assignments(swept, {{"noise.sigma", 1.0}}).identity(Concerns::training) == one);
  CHECK(load_text(load_text(kSmallIdentity).to_toml()).identity(Concerns::training) == training(kSmallIdentity));
}

TEST_CASE("identity: of a task, consists of its plugin and keys, not of its name or position") {
  const auto one = task(kSmallIdentity + kTask);
  CHECK(one == "[[task]]\nl2 = 0.0001\nplugin = \"linear_probe\"\nsplits = [\"test\"]\n");
  CHECK(task(kSmallIdentity + kTask + "name = \"probe\"\n") == one);
  CHECK(task(kSmallIdentity + kTask, {"train.epochs=3"}) == one);
  CHECK(task(kSmallIdentity + kTask, {"task.0.l2=1"}) != one);
  CHECK(task(kSmallIdentity + "[[task]]\nplugin = \"denoising\"\n") == "[[task]]\nplugin = \"denoising\"\n");
  const auto several = load_text(kSmallIdentity + "[[task]]\nplugin = \"denoising\"\n" + kTask + kTask);
  CHECK(several.identity_of(*several.all("task")[1]) == one);
  CHECK(several.identity_of(*several.all("task")[2]) == one);
}
