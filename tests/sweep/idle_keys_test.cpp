// Keys that a user writes where they have no effect.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "experiment/effects.hpp"
#include "experiment/schema_lookup.hpp"
#include "run/identity.hpp"
#include "subject/subject.hpp"
#include "support/experiment.hpp"
#include "sweep/cells.hpp"
#include "sweep/check_cells.hpp"

using namespace hourglass;

namespace {

const std::string kShapes = "[dataset]\nplugin = \"shapes\"\ntrain_size = 40\ntest_size = 20\n";
const std::string kMlp = kShapes + "[architecture]\nplugin = \"mlp\"\nhidden = [8]\n";

/// Returns all messages of `hourglass check`, from the line on; "" if there are none.
std::string refusal(const std::string& text, const std::vector<std::string>& overrides = {}) {
  try {
    sweep::check_cells(sweep::expand(test::resolve_experiment(text, overrides)));
  } catch (const base::UserError& error) {
    std::string all;
    for (auto message : error.messages()) {
      if (const auto at = message.find("experiment.toml:"); at != std::string::npos) message.erase(0, at + 15);
      all += (all.empty() ? "" : "\n") + message;
    }
    return all;
  }
  return "";
}

std::string training_id(const std::string& text, const std::vector<std::string>& overrides = {}) {
  const auto cells = sweep::expand(test::resolve_experiment(text, overrides));
  return run::identify(subject::Subject(cells.front().config, 1)).training;
}

}  // namespace

TEST_CASE("check: a key without effect is refused at its location, with what it depends on and the fix") {
  CHECK(refusal(kMlp + "[train]\nvalidation = 0\npatience = 1\n") ==
        ":10:12: [train] 'patience' = 1 has no effect without validation images; remove 'patience' or change "
        "train.validation");
  CHECK(refusal(kMlp + "[train]\nschedule = \"cosine\"\n[train.optimizer]\nname = \"sgd\"\nnesterov = true\n") ==
        ":12:12: [train.optimizer] 'nesterov' = true has no effect with train.optimizer.momentum = 0.0; remove "
        "'nesterov' or change train.optimizer.momentum");
  CHECK(refusal(kMlp + "[train]\npatience = 2\n", {"train.validation=0"}) ==
        ":9:12: [train] 'patience' = 2 has no effect without validation images; remove 'patience' or change "
        "train.validation");
  CHECK(refusal(kMlp + "[bottleneck]\nplugin = \"sparse\"\nactivation = \"sigmoid\"\nkl_weight = 0.1\nrho = 0.2\n",
                {"bottleneck.kl_weight=0"}) ==
        ":12:7: [bottleneck] 'rho' = 0.2 has no effect with bottleneck.kl_weight = 0.0; add bottleneck.rho=0.1 or "
        "change bottleneck.kl_weight");
}

TEST_CASE("check: every key that may have no effect is refused there, and its default is accepted") {
  struct Case {
    std::string text, key, other;  ///< an experiment, a key that has no effect, its default
  };
  const std::string conv = kShapes + "[architecture]\nplugin = \"conv\"\nchannels = [4]\n";
  const std::vector<Case> cases = {
      {kMlp, "noise.after=1", "noise.after=0"},
      {kMlp, "train.validation=0.001", "train.validation=0.1"},
      {kMlp + "[train]\nvalidation = 0\n", "train.patience=3", "train.patience=0"},
      {kMlp + "[train]\nvalidation = 0\n", "train.min_delta=0.1", "train.min_delta=0"},
      {kMlp + "[train]\nvalidation = 0\n", "train.monitor=reconstruction", "train.monitor=objective"},
      {kMlp + "[train]\nkeep = \"last\"\n", "train.monitor=reconstruction", "train.monitor=objective"},
      {kMlp + "[train]\nkeep = \"last\"\n", "train.min_delta=0.1", "train.min_delta=0"},
      {kMlp, "train.pretrain_mask=0.1", "train.pretrain_mask=0"},
      {kMlp + "[train]\noptimizer = \"sgd\"\n", "train.optimizer.nesterov=true", "train.optimizer.nesterov=false"},
      {kMlp + "[train.schedule]\nname = \"step\"\ndecay = 1\n", "train.schedule.every=5", "train.schedule.every=10"},
      {kMlp + "[train.schedule]\nname = \"plateau\"\ndecay = 1\n", "train.schedule.floor=0.1",
       "train.schedule.floor=0"},
      {kShapes + "[architecture]\nplugin = \"mlp\"\nhidden = []\n", "architecture.dropout=0.1",
       "architecture.dropout=0"},
      {kShapes + "[architecture]\nplugin = \"mlp\"\nhidden = []\n", "architecture.tied=true",
       "architecture.tied=false"},
      {kShapes + "[architecture]\nplugin = \"mlp\"\nhidden = []\n", "architecture.activation=tanh",
       "architecture.activation=relu"},
      {conv, "architecture.groups=4", "architecture.groups=8"},
      {kMlp + "[bottleneck]\nplugin = \"sparse\"\nkl_weight = 0\n", "bottleneck.rho=0.2", "bottleneck.rho=0.1"},
      {kMlp + "[noise]\nplugin = \"salt_pepper\"\nfraction = 0\n", "noise.salt=0.1", "noise.salt=0.5"}};
  for (const auto& [text, key, other] : cases) {
    CAPTURE(key);
    CHECK(refusal(text, {key}).find(" has no effect ") != std::string::npos);
    CHECK(refusal(text, {other}) == "");
  }
}

TEST_CASE("check: a key that acts in one cell of a sweep is accepted, one that acts in none is refused once") {
  const std::string sweep = kMlp + "[train]\npatience = 2\n[sweep.grid]\n";
  CHECK(refusal(sweep + "\"train.validation\" = [0, 0.2]\n") == "");
  CHECK(refusal(sweep + "\"bottleneck.size\" = [2, 3]\n", {"train.validation=0"}) ==
        ":9:12: [train] 'patience' = 2 has no effect without validation images; remove 'patience' or change "
        "train.validation");
  CHECK(refusal(kMlp + "[train]\noptimizer = \"sgd\"\n[sweep.grid]\n\"train.optimizer.nesterov\" = [true, false]\n") ==
        ":11:1: [sweep.grid] 'train.optimizer.nesterov' cannot be swept: it has no effect with "
        "train.optimizer.momentum = 0.0, so all its values would give the same cell; remove the axis or change "
        "train.optimizer.momentum");
}

TEST_CASE("identity: a key without effect does not give an equal training another id, and resolved files run") {
  const std::string sweep = kMlp + "[train]\npatience = 2\n[sweep.grid]\n\"train.validation\" = [0, 0.2]\n";
  const auto cells = sweep::expand(test::resolve_experiment(sweep));
  const subject::Subject first(cells.front().config, 1);
  CHECK(run::identify(first).training == training_id(kMlp + "[train]\nvalidation = 0\n"));
  CHECK(run::identify(subject::Subject(cells.back().config, 1)).training !=
        training_id(kMlp + "[train]\nvalidation = 0.2\n"));
  const auto resolved = first.config.to_toml(first.facts());
  CHECK(resolved.find("patience = 0") != std::string::npos);
  CHECK(refusal(resolved) == "");
  CHECK(training_id(resolved) == run::identify(first).training);
}

TEST_CASE("schema: every condition is about a key of its table, the path of another key, or a fact") {
  const auto& schema = test::schema();
  for (const auto& table : schema.tables) {
    const auto check = [&](const base::Alternative& alternative, const ParamSpec& spec) {
      for (const auto& all : spec.acts_if) {
        for (const auto& [key, is, value] : all) {
          CAPTURE(table.path);
          CAPTURE(key);
          const auto dot = key.rfind('.');
          const auto* other = dot == std::string::npos ? &table : experiment::find_table(schema, key.substr(0, dot));
          REQUIRE(other);
          const auto name = dot == std::string::npos ? key : key.substr(dot + 1);
          const bool known = name == other->selector || experiment::find_spec(table, alternative, name) ||
                             key == "validation_images" || key == "dataset_validates" || key == "dataset_tests";
          CHECK(known);
        }
      }
    };
    for (const auto& alternative : table.alternatives) {
      for (const auto& spec : table.common) check(alternative, spec);
      for (const auto& spec : alternative.params) check(alternative, spec);
    }
  }
}
