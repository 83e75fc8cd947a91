// Trains the example plugins: each lowers its objective and keeps its special properties.
#include "train/training.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "compute/graph/plan.hpp"
#include "reach/examples.hpp"
#include "train/classifier.hpp"

using namespace hourglass;
using test::Watcher;

namespace {

struct Training : test::Training {
  explicit Training(const experiment::Config& config) : test::Training(config, 3) {}
};

/// Small images, and the plugins' own parameters.
experiment::Config config_of(const std::string& architecture, const std::string& bottleneck,
                             const std::vector<std::string>& overrides = {}) {
  const auto text =
      "[dataset]\nplugin = \"shapes\"\ntrain_size = 200\ntest_size = 8\nside = 10\n[architecture]\nplugin = \"" +
      architecture + "\"\n[bottleneck]\nplugin = \"" + bottleneck +
      "\"\nsize = 4\n[train]\nbatch_size = 32\nepochs = 2\nvalidation = 0.2\n";
  return test::resolve_experiment(text, overrides, test::example_schema(), test::examples());
}

std::string error_of(const experiment::Config& config) {
  try {
    subject::check(subject::Subject(config, 1));
  } catch (const base::UserError& error) {
    const std::string& message = error.messages().at(0);
    return message.substr(message.find("[train]"));
  }
  return "";
}

}  // namespace

TEST_CASE("examples: training lowers each objective on train and on validation") {
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {"conditional", "dense"}, {"unet", "dense"},          {"stacked", "dense"},
      {"mlp", "variational"},   {"mlp", "class_prior"},     {"conditional", "class_prior"},
      {"mlp", "classified"},    {"mlp", "contractive"},     {"mlp", "vector_quantized"},
      {"mlp", "softsign"},      {"mlp", "winner_take_all"}, {"mlp", "wasserstein"},
      {"mlp", "conditional"}};
  for (const auto& [architecture, bottleneck] : pairs) {
    CAPTURE(architecture);
    CAPTURE(bottleneck);
    Training training(config_of(architecture, bottleneck, {"train.epochs=8"}));
    subject::check(training.subject);
    Watcher watcher;
    CHECK(training.run(watcher).outcome == train::Outcome::finished);
    REQUIRE(watcher.rows.size() == 8);
    const auto &first = watcher.rows.front(), &last = watcher.rows.back();
    CHECK(last.train.objective < first.train.objective);
    CHECK(last.validation.value().objective < first.validation.value().objective);
  }
}

TEST_CASE("examples: a plugin that reads labels is refused on a dataset without labels, with the reason") {
  // The network is described for a dataset without labels.
  const auto refusal = [](const std::string& architecture, const std::string& bottleneck) {
    try {
      subject::assemble(config_of(architecture, bottleneck), {1, 10, 10}, 0);
    } catch (const base::UserError& error) {
      const std::string& message = error.messages().at(0);
      return message.substr(message.find("["));
    }
    return std::string();
  };
  CHECK(refusal("conditional", "dense") ==
        "[architecture] conditional: it reads labels, but dataset shapes has none; choose a dataset with labels, or "
        "another architecture");
  CHECK(
      refusal("mlp", "classified") ==
      "[bottleneck] classified: it reads labels, but dataset shapes has none; choose a dataset with labels, or another "
      "bottleneck");
}

TEST_CASE("examples: an objective has the weight in force, at each step of train and at the end of the epoch") {
  Training training(
      config_of("mlp", "variational",
                {"bottleneck.beta=0.5", "bottleneck.warmup_epochs=2", "train.epochs=4", "train.reduction=sum"}));
  Watcher watcher;
  training.run(watcher);
  const auto metrics = results::read_epoch_metrics(training.folder.metrics());
  CHECK(metrics.penalties == std::vector<std::string>{"kl"});
  REQUIRE(metrics.rows.size() == 4);
  const double batches = 5;  // 160 images
  CHECK(metrics.rows[0].weights[0] == doctest::Approx(0.5 * (1 - 1 / batches) / 2));
  CHECK(metrics.rows[1].weights[0] == doctest::Approx(0.5 * (2 - 1 / batches) / 2));
  CHECK(metrics.rows[2].weights[0] == 0.5);
  for (const auto& row : metrics.rows) {
    const auto& parts = row.validation.value();
    CHECK(parts.objective == doctest::Approx(parts.reconstruction + row.weights[0] * parts.penalties[0]));
  }
  // The weight of a step lies between that of the last step of the epoch before and that of this epoch.
  const auto penalised = [&](std::size_t row) {
    return metrics.rows[row].train.objective - metrics.rows[row].train.reconstruction;
  };
  for (const std::size_t row : {0, 1}) {
    const double before = row == 0 ? 0 : metrics.rows[0].weights[0], kl = metrics.rows[row].train.penalties[0];
    CHECK(penalised(row) > before * kl);
    CHECK(penalised(row) < metrics.rows[row].weights[0] * kl);
  }
  CHECK(penalised(3) == doctest::Approx(0.5 * metrics.rows[3].train.penalties[0]));
}

TEST_CASE("examples: training with a rising weight resumes to the same bits") {
  const auto config = config_of("mlp", "variational", {"bottleneck.warmup_epochs=2", "train.epochs=3"});
  Training whole(config), interrupted(config);
  whole.run();
  bool resume = false;
  for (const int batch : {3, 4}) {
    Watcher watcher(batch);
    CHECK(interrupted.run(watcher, resume).outcome == train::Outcome::interrupted);
    resume = true;
  }
  Watcher rest;
  interrupted.run(rest, true);
  CHECK(interrupted.bytes("last") == whole.bytes("last"));
  CHECK(interrupted.bytes("best") == whole.bytes("best"));
}

TEST_CASE("examples: monitoring a part that the loss does not have is refused") {
  CHECK(error_of(config_of("mlp", "variational", {"train.monitor=kl"})).empty());
  CHECK(error_of(config_of("mlp", "variational", {"train.monitor=kll"})) ==
        "[train] 'monitor' expects one of \"objective\", \"reconstruction\", \"kl\", but got \"kll\"; did you mean "
        "'kl'?");
}

TEST_CASE("examples: the best epoch is that of the monitored part") {
  // The penalty falls as the weight rises, the reconstruction loss rises.
  for (const std::string monitor : {"objective", "reconstruction", "kl"}) {
    CAPTURE(monitor);
    Training training(
        config_of("mlp", "variational",
                  {"bottleneck.beta=0.3", "train.reduction=sum", "train.epochs=6", "train.monitor=" + monitor}));
    Watcher watcher;
    training.run(watcher);
    const auto value = [&](const results::EpochRow& row) {
      const auto& parts = row.validation.value();
      return monitor == "kl" ? parts.penalties[0] : monitor == "objective" ? parts.objective : parts.reconstruction;
    };
    const auto best = std::ranges::min_element(watcher.rows, {}, value);
    CHECK(training.position().best == value(*best));
  }
}

TEST_CASE("examples: each layer of a stack is pretrained alone, and the rest of the network does not change") {
  const auto config = config_of("stacked", "dense", {"train.pretrain=2", "train.pretrain_mask=0.2", "train.epochs=1"});
  Training training(config);
  struct Preparation final : train::Observer {
    void step(std::int64_t, std::int64_t, std::int64_t, double) override {}
    void epoch(const results::EpochRow&) override {}
    void prepared(const std::string& phase, std::int64_t, std::int64_t, double loss) override {
      phases.push_back(phase);
      losses.push_back(loss);
    }
    std::vector<std::string> phases;
    std::vector<double> losses;
  } seen;
  train::Trainer trainer(training.subject, training.folder);
  CHECK(trainer.run(false, seen).outcome == train::Outcome::finished);
  CHECK(seen.phases == std::vector<std::string>{"layer 1", "layer 1", "layer 2", "layer 2"});
  CHECK(seen.losses[1] < seen.losses[0]);
  CHECK(seen.losses[3] < seen.losses[2]);
  CHECK(results::read_epoch_metrics(training.folder.metrics()).rows.size() == 1);

  const auto& network = *training.subject.autoencoder.network;
  const auto phases = train::phases_of(training.subject);
  REQUIRE(phases.size() == 3);
  compute::Model model(network, false);
  model.initialise(network, 3);
  const std::vector<float> start(std::as_const(model).parameters().begin(), std::as_const(model).parameters().end());
  train::Update update(training.subject.data, 3, phases[1], model);
  subject::Position at;
  update.begin_epoch(at);
  update.step(at, [](std::int64_t) {});
  for (std::size_t i = 0; i < network.parameters().size(); ++i) {
    const auto& record = network.parameters()[i];
    const auto values =
        model.parameters().subspan(static_cast<std::size_t>(record.offset), static_cast<std::size_t>(record.size));
    const bool moved = !std::equal(values.begin(), values.end(), start.begin() + record.offset);
    CAPTURE(record.name);
    CHECK(moved == (record.name.starts_with("encoder.dense_2.") || record.name.starts_with("encoder.dense_3.")));
  }
}

TEST_CASE("examples: pretraining lowers the initial loss of training, and resumes to the same bits") {
  const auto pretrained =
      config_of("stacked", "dense", {"train.pretrain=2", "train.pretrain_mask=0.2", "train.checkpoint_seconds=0"});
  Training whole(pretrained);
  Watcher of_whole;
  whole.run(of_whole);
  // Stops after every epoch of the four phases that writes a checkpoint.
  Training interrupted(pretrained);
  bool resume = false;
  for (int again = 0; again < 4; ++again) {
    struct Stopper final : train::Observer {
      void step(std::int64_t, std::int64_t, std::int64_t, double) override {}
      void epoch(const results::EpochRow&) override {}
      void prepared(const std::string&, std::int64_t, std::int64_t, double) override { stop = true; }
      std::atomic<bool> stop = false;
    } stopper;
    train::Trainer trainer(interrupted.subject, interrupted.folder);
    if (resume) trainer.resume();
    CHECK(trainer.run(stopper.stop, stopper).outcome == train::Outcome::interrupted);
    resume = true;
  }
  Watcher rest;
  CHECK(interrupted.run(rest, true).outcome == train::Outcome::finished);
  CHECK(interrupted.bytes("last") == whole.bytes("last"));
  CHECK(interrupted.bytes("best") == whole.bytes("best"));
}

TEST_CASE("examples: an architecture without layers cannot be pretrained") {
  CHECK(error_of(config_of("mlp", "dense", {"train.pretrain=2"})) ==
        "[train] pretrain = 2 needs an architecture that lists its layers, but mlp lists none; remove pretrain or "
        "choose another architecture");
}

TEST_CASE("examples: an encoder that reads labels cannot be trained as a classifier") {
  Training training(config_of("conditional", "dense"));
  const compute::Model model(*training.subject.autoencoder.network, false);
  CHECK_THROWS_WITH_AS(train::train_classifier(training.subject, model, {}),
                       doctest::Contains("reads the labels, which a classifier must predict"), std::invalid_argument);
}
