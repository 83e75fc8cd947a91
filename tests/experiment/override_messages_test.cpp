// Messages about overrides on the command line and about the experiment file's name.
#include <doctest/doctest.h>

#include "base/error.hpp"
#include "experiment/example_schema.hpp"
#include "support/process.hpp"

using namespace hourglass;

namespace {

const std::string kSmallOverride = "[dataset]\nplugin = \"few\"\n[architecture]\nplugin = \"linear\"\n";

std::string message(const std::string& override) {
  const std::string whole = test::message_of_text(kSmallOverride + "[[task]]\nplugin = \"linear_probe\"\n", {override});
  const std::string place = "command line: " + override + ": ";
  REQUIRE(whole.starts_with(place));
  return whole.substr(place.size());
}

}  // namespace

TEST_CASE("override: values are checked like those of files") {
  CHECK(message("bottleneck.size=0") == "[bottleneck] 'size' is out of range: expected 1 to 1024, but got 0");
  CHECK(message("train.epochs=ten") == "[train] 'epochs' expects an integer such as 20, but got the string \"ten\"");
  CHECK(message("train.loss=bse") ==
        "[train] 'loss' expects one of \"mse\", \"bce\", but got \"bse\"; did you mean 'mse'?");
}

TEST_CASE("override: for unknown names, the nearest one is suggested") {
  CHECK(message("trian.epochs=3").ends_with("; did you mean 'train.epochs=3'?"));
  CHECK(message("train.epoch=3").ends_with("; did you mean 'epochs'?"));
  CHECK(message("noise=gausian") ==
        "[noise] unknown plugin 'gausian': expected one of gaussian, masking, none; did you mean 'gaussian'?");
}

TEST_CASE("override: for a key without its table, the whole path is suggested") {
  CHECK(message("sigma=0.3").ends_with("; did you mean 'noise.sigma=0.3'?"));
  CHECK(message("lr=0.01").ends_with("; did you mean 'train.optimizer.learning_rate=0.01'?"));
  CHECK(message("plugin=many").ends_with("; did you mean 'dataset.plugin=many'?"));
  CHECK(message("l2=1").ends_with("; did you mean 'task.0.l2=1'?"));
  CHECK(message("train.size=8").ends_with("; did you mean 'bottleneck.size=8'?"));
  CHECK(message("optimizer.name=sgd").ends_with("; did you mean 'train.optimizer.name=sgd'?"));
}

TEST_CASE("override: for spaces around the =, the whole override is suggested") {
  const auto spaced = [](const std::vector<std::string>& words) {
    return test::message_of_text(kSmallOverride, words);
  };
  const std::string fix = ": an override has no spaces around its =; write bottleneck.size=8";
  CHECK(spaced({"bottleneck.size", "=", "8"}) == "command line: bottleneck.size = 8" + fix);
  CHECK(spaced({"bottleneck.size=", "8"}) == "command line: bottleneck.size= 8" + fix);
  CHECK(spaced({"seeds=2", "bottleneck.size", "=8"}) == "command line: bottleneck.size =8" + fix);
}

TEST_CASE("override: spaces around the = of one word do not matter") {
  const auto config = test::load_text(kSmallOverride, {"train.epochs =3", "train.label = two words", "seeds = 2"});
  CHECK(config.as<test::ExampleTrain>("train").epochs == 3);
  CHECK(config.as<test::ExampleTrain>("train").label == "two words");
  CHECK(test::message_of_text(kSmallOverride, {"train.epoch =3"}).ends_with("; did you mean 'epochs'?"));
}

TEST_CASE("override: 'include' is refused, because only files include others") {
  CHECK(
      message("include=base.toml") ==
      "'include' is a key of files and cannot be set on the command line; write include = \"base.toml\" at the top of "
      "the experiment file");
}

TEST_CASE("override: an integer beyond 64 bits is out of range") {
  CHECK(message("train.epochs=99999999999999999999") ==
        "[train] 'epochs' is out of range: expected 1 to 1000000, but got 99999999999999999999");
  CHECK(message("train.epochs=-99999999999999999999") ==
        "[train] 'epochs' is out of range: expected 1 to 1000000, but got -99999999999999999999");
  CHECK(test::load_text(kSmallOverride, {"train.label=99999999999999999999"}).as<test::ExampleTrain>("train").label ==
        "99999999999999999999");
}

TEST_CASE("override: a decimal comma is answered with the point") {
  CHECK(message("train.validation=0,3") ==
        "[train] 'validation' expects a number such as 0.1, but got the string \"0,3\"; write 0.3");
  CHECK(message("train.epochs=3,5") ==
        "[train] 'epochs' expects an integer such as 20, but got the string \"3,5\"; to try several values, "
        "write sweep.grid.train.epochs=[3,5]");
}

TEST_CASE("override: a list without brackets is answered with the list") {
  const std::string text = "[dataset]\nplugin = \"few\"\n[architecture]\nplugin = \"mlp\"\n";
  for (const std::string value : {"32,16", "[32,16", "32, 16]"}) {
    CHECK(test::message_of_text(text, {"architecture.hidden=" + value})
              .ends_with("but got the string \"" + value + "\"; write [32,16]"));
  }
  CHECK(test::message_of_text(text, {"architecture.hidden=32,,16"}).ends_with("but got the string \"32,,16\""));
}

TEST_CASE("override: curly quotes are answered with straight ones") {
  const std::string lead = "strings are written in straight quotes, but got “; write ";
  CHECK(message("noise=“gaussian”") == lead + "\"gaussian\"");
  CHECK(message("train.loss=“mse") == lead + "\"mse\"");
  CHECK(message("sweep.grid.noise.plugin=[“gaussian”, \"none\"]") == lead + "\"gaussian\"");
}

TEST_CASE("override: for a key of another plugin, the error states how to choose that plugin") {
  CHECK(message("noise.clip=true") ==
        "[noise] unknown key 'clip': it belongs to gaussian, but 'plugin' is not set, and by default it is none, "
        "which has no keys; add noise.plugin=gaussian");
  const std::string override = "task.0.l2=0.01";
  CHECK(test::message_of_text(kSmallOverride + "[[task]]\nplugin = \"denoising\"\n", {override})
            .ends_with("; remove it or add task.0.plugin=linear_probe"));
}

TEST_CASE("override: text other than key=value is refused") {
  CHECK(message("epochs") == "an override has the form key=value, such as train.epochs=3");
  CHECK(message("=3") == "an override has the form key=value, such as train.epochs=3");
}

TEST_CASE("override: a path through a value or past a list's end is refused") {
  CHECK(message("dataset.plugin.name=3") == "'dataset.plugin' is the string \"few\", so it has no key 'name'");
  CHECK(message("task.l2=0.1") ==
        "'task' is a list, indexed from 0: expected task.0, or task.1 to add one, but got task.l2");
  CHECK(message("task.5.l2=0.1") ==
        "'task' is a list, indexed from 0: expected task.0, or task.1 to add one, but got task.5");
  CHECK(test::message_of_text(kSmallOverride, {"task.1.l2=0.1"})
            .ends_with(": 'task' is a list, indexed from 0: expected task.0, but got task.1"));
}

TEST_CASE("config: for a missing file, the nearest experiment of its folder is suggested") {
  const test::TemporaryFolder folder;
  test::write(folder / "quickstart.toml", kSmallOverride);
  CHECK(test::messages_of(folder.path(), "quikstart.toml") ==
        std::vector<std::string>{"quikstart.toml: there is no such experiment file; did you mean 'quickstart.toml'?"});
  CHECK(test::messages_of(folder.path(), "quickstart") ==
        std::vector<std::string>{"quickstart: there is no such experiment file; did you mean 'quickstart.toml'?"});
  CHECK(test::messages_of(folder.path(), "other.toml") ==
        std::vector<std::string>{"other.toml: there is no such experiment file"});
}

TEST_CASE("config: a folder is not an experiment file") {
  const test::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "experiments");
  CHECK(test::messages_of(folder.path(), "experiments") ==
        std::vector<std::string>{"experiments: this is a folder, not an experiment file"});
}

TEST_CASE("config: all problems are sorted by location, those of the command line last") {
  const test::TemporaryFolder folder;
  test::write(folder / "experiment.toml", "seeds = 0\n" + kSmallOverride + "[train]\nepochs = 0\nloss = 3\n");
  const auto messages = test::messages_of(folder.path(), "experiment.toml", {"noise=x", "bottleneck.size=0"});
  REQUIRE(messages.size() == 5);
  CHECK(messages[0].starts_with("experiment.toml:1:9: "));
  CHECK(messages[1].starts_with("experiment.toml:7:10: "));
  CHECK(messages[2].starts_with("experiment.toml:8:8: "));
}

TEST_CASE("override: empty parts of a key and keys of very many parts are refused") {
  CHECK(message("train..epochs=7").starts_with("unknown table [train.]: "));
  std::string deep = "a";
  for (int i = 0; i < 50'000; ++i) deep += ".a";
  CHECK(test::message_of_text(kSmallOverride, {deep + "=1"}) ==
        "command line: " + deep.substr(0, 40) +
            "...: a dotted key has more than 200 parts; a key of an experiment needs at most 4");
}
