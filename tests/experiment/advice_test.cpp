// Advice in messages about values: the advised text, written as the message says, is accepted.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/error.hpp"
#include "experiment/example_schema.hpp"

using namespace hourglass;

namespace {

const std::string kTop =
    "[dataset]\nplugin = \"few\"\n[architecture]\nplugin = \"mlp\"\n[noise]\nplugin = \"gaussian\"\n"
    "[[task]]\nplugin = \"linear_probe\"\n";

/// Returns the text after the last "; write ", without what follows the value; "" if there is none.
std::string advice_of(const std::string& message) {
  const std::string lead = "write ";
  const auto at = message.rfind(lead);
  if (at == std::string::npos) return "";
  auto text = message.substr(at + lead.size());
  for (const std::string end : {" without quotes", " without brackets", ", the default", " below [sweep.grid]"}) {
    if (text.ends_with(end)) text.erase(text.size() - end.size());
  }
  return text;
}

/// Returns a word as the shell passes it on.
std::string unquoted(const std::string& word) {
  const bool quoted = word.size() > 1 && word.starts_with("'") && word.ends_with("'");
  return quoted ? word.substr(1, word.size() - 2) : word;
}

std::vector<std::string> messages(const std::string& text, const std::vector<std::string>& overrides = {}) {
  try {
    test::load_text(text, overrides);
  } catch (const base::UserError& error) {
    return error.messages();
  }
  return {};
}

}  // namespace

TEST_CASE("advice: what a message about an override advises is accepted") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"train.optimizer.learning_rate=.001", "0.001"},
      {"train.optimizer.learning_rate=1.", "1.0"},
      {"train.optimizer.learning_rate=1e-3.", "0.001"},
      {"train.optimizer.learning_rate=+.5", "0.5"},
      {"train.optimizer.learning_rate=0,3", "0.3"},
      {"train.optimizer.learning_rate=None", "0.001"},
      {"train.optimizer.learning_rate='\"0.01\"'", "0.01"},
      {"train.optimizer.learning_rate=0.1,0.2,0.5", "sweep.grid.train.optimizer.learning_rate=[0.1,0.2,0.5]"},
      {"train.optimizer.learning_rate=[0.1]", "0.1"},
      {"train.epochs=1,2", "sweep.grid.train.epochs=[1,2]"},
      {"train.epochs=[1,2]", "sweep.grid.train.epochs=[1,2]"},
      {"train.epochs=1e1", "10"},
      {"train.epochs=05", "5"},
      {"train.epochs=3.", "3"},
      {"train.epochs=", "20"},
      {"train.epochs=null", "20"},
      {"train.shuffle=True", "true"},
      {"train.shuffle=no", "false"},
      {"train.shuffle=1", "true"},
      {"train.loss=mse,bce", "'sweep.grid.train.loss=[\"mse\",\"bce\"]'"},
      {"train.weights=.5", "[0.5]"},
      {"train.weights=[.5,1.]", "train.weights=[0.5,1.0]"},
      {"train.weights=1,2", "[1.0,2.0]"},
      {"architecture.hidden=32,16", "[32,16]"},
      {"architecture.hidden=32", "[32]"},
      {"task.0.splits=[test,train]", "'task.0.splits=[\"test\",\"train\"]'"},
      {"task.0.splits=test,train", "'[\"test\",\"train\"]'"},
      {"train.optimizer={name=sgd,momentum=.5}", "'train.optimizer={name=\"sgd\",momentum=0.5}'"},
      {"sweep.grid.noise.plugin=[gaussian,masking]", "'sweep.grid.noise.plugin=[\"gaussian\",\"masking\"]'"}};
  for (const auto& [override, advice] : cases) {
    const auto typed = override.find("='") == std::string::npos ? override
                                                                : override.substr(0, override.find('=') + 1) +
                                                                      unquoted(override.substr(override.find('=') + 1));
    const auto found = messages(kTop, {typed});
    REQUIRE_MESSAGE(!found.empty(), typed);
    CAPTURE(found.front());
    const auto advised = advice_of(found.front());
    CHECK(advised == advice);
    const auto word = unquoted(advised);
    const bool whole = word.starts_with("sweep.") || word.starts_with(typed.substr(0, typed.find('=') + 1));
    const auto repaired = whole ? word : typed.substr(0, typed.find('=') + 1) + word;
    CHECK(messages(kTop, {repaired}).empty());
  }
}

TEST_CASE("advice: what a message about a file advises is accepted") {
  struct Case {
    std::string table, key, value, advice;
  };
  const std::vector<Case> cases = {{"train.optimizer", "learning_rate", ".001", "0.001"},
                                   {"train.optimizer", "learning_rate", "1.", "1.0"},
                                   {"train.optimizer", "learning_rate", "1e-3.", "0.001"},
                                   {"train.optimizer", "learning_rate", "+.5", "0.5"},
                                   {"train.optimizer", "learning_rate", "\".001\"", "0.001"},
                                   {"train.optimizer", "learning_rate", "\"0.01\"", "0.01"},
                                   {"train", "epochs", "\"3\"", "3"},
                                   {"train", "epochs", "03", "3"},
                                   {"train", "epochs", "3.0", "3"},
                                   {"train", "shuffle", "True", "true"},
                                   {"train", "shuffle", "yes", "true"},
                                   {"train", "shuffle", "off", "false"},
                                   {"train", "shuffle", "\"True\"", "true"},
                                   {"train", "shuffle", "0", "false"},
                                   {"train", "loss", "mse", "\"mse\""},
                                   {"train", "label", "3", "\"3\""},
                                   {"train", "weights", "1", "[1.0]"},
                                   {"train", "weights", "\"1,2\"", "[1.0,2.0]"}};
  for (const auto& [table, key, value, advice] : cases) {
    const auto text = [&](const std::string& written) {
      return kTop + "[" + table + "]\n" + key + " = " + written + "\n";
    };
    const auto found = messages(text(value));
    CAPTURE(value);
    REQUIRE(found.size() == 1);
    CAPTURE(found.front());
    CHECK(advice_of(found.front()) == advice);
    CHECK(messages(text(advice)).empty());
  }
}

TEST_CASE("advice: several values in a file become an axis") {
  const auto found = messages(kTop + "[train]\nepochs = [1, 2]\n");
  REQUIRE(found.size() == 1);
  CHECK(found.front().ends_with("; to try several values, write \"train.epochs\" = [1,2] below [sweep.grid]"));
  CHECK(messages(kTop + "[sweep.grid]\n\"train.epochs\" = [1,2]\n").empty());
}

TEST_CASE("advice: None is no value, and the key may be removed") {
  const auto found = messages(kTop + "[train]\nepochs = None\nbatch_size = 0\n");
  REQUIRE(found.size() == 2);
  CHECK(found[0].ends_with(":10:10: there is no value None; remove the key to use its default"));
  CHECK(found[1].find("'batch_size' is out of range") != std::string::npos);
}

TEST_CASE("advice: common names of other programs lead to the full key") {
  const auto hint = [](const std::string& override) {
    const auto found = messages(kTop, {override});
    REQUIRE(found.size() == 1);
    const auto at = found.front().rfind("; did you mean ");
    return at == std::string::npos ? found.front() : found.front().substr(at + 15);
  };
  for (const std::string name : {"lr", "train.lr", "learning_rate", "train.learning_rate", "optimizer.lr",
                                 "optimizer.learning_rate", "train.step_size", "optim.lr"}) {
    CAPTURE(name);
    CHECK(hint(name + "=0.1") == "'train.optimizer.learning_rate=0.1'?");
  }
  CHECK(hint("batch=3") == "'train.batch_size=3'?");
  CHECK(hint("train.bs=3") == "'batch_size'?");
  CHECK(hint("train.num_epochs=3") == "'epochs'?");
  CHECK(hint("latent_dim=3") == "'bottleneck.size=3'?");
  CHECK(hint("hidden_dims=[3]") == "'architecture.hidden=[3]'?");
  CHECK(hint("noise.std=0.3") == "'sigma'?");
  CHECK(hint("model.hidden_dims=[3]") == "'architecture.hidden=[3]'?");
  CHECK(hint("train.optim=sgd") == "'train.optimizer.name=sgd'?");
  CHECK(hint("val_split=0.3") == "'train.validation=0.3'?");
  CHECK(hint("random_seed=3") == "'seed'?");
}

TEST_CASE("messages: long and strange text is shortened and stays on one line") {
  const std::string longest(10'000'000, 'x');
  for (const auto& text : {kTop + "[train]\nloss = \"" + longest + "\"\n", kTop + "[train]\n" + longest + " = 1\n",
                           kTop + "[" + longest + "]\n", kTop + "[noise." + longest + "]\n",
                           kTop + "[[task]]\nplugin = \"linear_probe\"\nname = \"" + longest + "\"\n",
                           kTop + "[sweep.grid]\n\"" + longest + "\" = [1]\n"}) {
    for (const auto& message : messages(text)) CHECK(message.size() < 5000);
    CHECK(!messages(text).empty());
  }
  for (const auto& override : {"train.loss=" + longest, longest + "=1", "train." + longest + "=1"}) {
    const auto found = messages(kTop, {override});
    REQUIRE(found.size() == 1);
    CHECK(found.front().size() < 5000);
  }
  for (const auto& message : messages(kTop + "[train]\n\"a\\nb\\u001b\" = 1\nloss = \"a\\nb\\u001b\"\n")) {
    CHECK(message.find('\n') == std::string::npos);
    CHECK(message.find('\x1b') == std::string::npos);
  }
}
