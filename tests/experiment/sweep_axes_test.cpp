// [sweep.grid]: axes, and configurations with values assigned from them.
#include <doctest/doctest.h>

#include "base/error.hpp"
#include "experiment/example_schema.hpp"
#include "experiment/load.hpp"
#include "support/process.hpp"

using namespace hourglass;
using test::load_text;

namespace {
const std::string kSmall = "[dataset]\nplugin = \"few\"\n[architecture]\nplugin = \"mlp\"\n";
}

TEST_CASE("sweep: axes keep the file's order and have the type of their key") {
  const auto config = load_text(kSmall +
                                "[noise]\nplugin = \"gaussian\"\n[[task]]\nplugin = \"linear_probe\"\n[sweep.grid]\n"
                                "\"train.epochs\" = [1, 2]\n\"noise.sigma\" = [0, 0.5]\n\"task.0.l2\" = [1]\n"
                                "\"architecture.hidden\" = [[512], []]\n\"seed\" = [4]\n");
  REQUIRE(config.axes.size() == 5);
  CHECK(config.axes[0].path == "train.epochs");
  CHECK(config.axes[0].values == std::vector<Value>{std::int64_t{1}, std::int64_t{2}});
  CHECK(config.axes[1].values == std::vector<Value>{0.0, 0.5});
  CHECK(config.axes[2].path == "task.0.l2");
  CHECK(config.axes[3].values == std::vector<Value>{std::vector<std::int64_t>{512}, std::vector<std::int64_t>{}});
  CHECK(config.axes[4].path == "seed");
}

TEST_CASE("sweep: a path without quotes means the same") {
  const auto config = load_text(kSmall + "[sweep.grid]\ntrain.epochs = [1, 2]\n");
  REQUIRE(config.axes.size() == 1);
  CHECK(config.axes[0].path == "train.epochs");
}

TEST_CASE("sweep: an override replaces all axes, and an empty one switches the sweep off") {
  const std::string text = kSmall + "[sweep.grid]\n\"train.epochs\" = [1, 2]\n";
  CHECK(load_text(text, {"sweep.grid={}"}).axes.empty());
  CHECK(load_text(text, {"sweep={}"}).axes.empty());
  const auto config = load_text(text, {"sweep.grid={train.loss=[\"mse\"]}"});
  REQUIRE(config.axes.size() == 1);
  CHECK(config.axes[0].path == "train.loss");
}

TEST_CASE("sweep: a table's name means its selector") {
  const auto config = load_text(kSmall + "[sweep.grid]\n\"noise\" = [\"none\", \"gaussian\"]\n");
  REQUIRE(config.axes.size() == 1);
  CHECK(config.axes[0].path == "noise.plugin");
}

TEST_CASE("sweep: an axis of more values than there may be cells is refused before its values are checked") {
  std::string values;
  for (int i = 0; i < 100'001; ++i) values += "1.5,";  // not one of them is an integer
  CHECK_THROWS_WITH_AS(load_text(kSmall + "[sweep.grid]\n\"train.epochs\" = [" + values + "]\n"),
                       doctest::Contains("'train.epochs' expects at most 100000 values, but got 100001; sweep fewer"),
                       base::UserError);
}

TEST_CASE("sweep: assigned values replace those of the file, and the axes are gone") {
  const auto config = load_text(kSmall +
                                "[noise]\nplugin = \"gaussian\"\n[[task]]\nplugin = \"linear_probe\"\n[sweep.grid]\n"
                                "\"noise.sigma\" = [0.25, 0.5]\n\"task.0.l2\" = [1, 2]\n");
  const auto cell = experiment::with_assignments(config, {{"noise.sigma", 0.5}, {"task.0.l2", 2.0}});
  CHECK(cell.table("noise").values().front() == Value(0.5));
  CHECK(cell.all("task")[0]->values().front() == Value(2.0));
  CHECK(cell.axes.empty());
  CHECK(experiment::to_string(cell.table("noise").settings.front().origin) == "sweep");
  CHECK(config.table("noise").values().front() == Value(0.1));
  CHECK(load_text(cell.to_toml()).to_toml() == cell.to_toml());
}

TEST_CASE("sweep: a swept plugin takes the keys that it has, in either order") {
  const auto config = load_text(kSmall +
                                "[noise]\nsigma = 0.5\nclip = false\nrate = 0.75\n[sweep.grid]\n"
                                "\"noise.sigma\" = [0.125]\n\"noise.plugin\" = [\"gaussian\", \"masking\"]\n");
  CHECK(config.table("noise").alternative->name == "gaussian");
  const auto masking =
      experiment::with_assignments(config, {{"noise.sigma", 0.125}, {"noise.plugin", std::string("masking")}});
  CHECK(masking.table("noise").alternative->name == "masking");
  CHECK(masking.table("noise").values() == std::vector<Value>{0.75, 0.125});
  const auto gaussian = experiment::with_assignments(config, {{"noise.plugin", std::string("gaussian")}});
  CHECK(gaussian.table("noise").values() == std::vector<Value>{0.5, false});
}

TEST_CASE("sweep: overriding a swept key is refused, with the alternatives") {
  const std::string text = kSmall + "[sweep.grid]\n\"train.epochs\" = [1, 2]\n";
  const auto message = test::message_of_text(text, {"train.epochs=3"});
  CHECK(message ==
        "command line: train.epochs=3: 'train.epochs' is swept (experiment.toml:6:1), so this value would have no "
        "effect; write sweep.grid.train.epochs=[...] to change the swept values");
}

TEST_CASE("sweep: an axis that a later file replaces has the location in the later file") {
  const test::TemporaryFolder folder;
  test::write(folder / "base.toml", kSmall + "[sweep.grid]\n\"train.epochs\" = [1, 2]\n");
  for (const auto* key : {"\"train.epochs\"", "train.epochs"}) {
    CAPTURE(key);
    test::write(folder / "top.toml",
                "include = [\"base.toml\"]\n\n[sweep.grid]\n" + std::string(key) + " = [3, 4, 5]\n");
    const auto config = test::load(folder / "top.toml");
    REQUIRE(config.axes.size() == 1);
    CHECK(config.axes[0].values.size() == 3);
    CHECK(config.axes[0].origin.file == (folder / "top.toml").string());
    CHECK(config.axes[0].origin.line == 4);
  }
  const auto typed = test::load(folder / "top.toml", {"sweep.grid.train.epochs=[6]"});
  REQUIRE(typed.axes.size() == 1);
  CHECK(experiment::to_string(typed.axes[0].origin) == "command line");
}

TEST_CASE("sweep: if a plugin on the command line lacks a swept key, the error names the plugin") {
  const std::string text = kSmall + "[noise]\nplugin = \"gaussian\"\n[sweep.grid]\n\"noise.clip\" = [true, false]\n";
  CHECK(test::message_of_text(text, {"noise=masking"}) ==
        "command line: noise=masking: 'noise.clip' is swept (experiment.toml:8:1), but 'clip' belongs to gaussian, not "
        "to masking; choose gaussian or remove the axis");
  CHECK(test::message_of_text(text, {"noise=masking", "sweep.grid.noise.clip=[true]"})
            .starts_with("command line: sweep.grid.noise.clip=[true]: [sweep.grid] 'noise.clip' cannot be swept: "));
}

TEST_CASE("sweep: a swept value has the location of its axis") {
  const auto place_in = [](const experiment::Config& config) {
    const auto cell = experiment::with_assignments(config, {{"noise.sigma", 0.1}});
    return experiment::place_text(cell.table("noise").settings.front().origin);
  };
  const std::string noisy = kSmall + "[noise]\nplugin = \"gaussian\"\n";
  CHECK(place_in(load_text(noisy + "[sweep.grid]\n\"noise.sigma\" = [0.1]\n")).ends_with("experiment.toml:8:1"));
  CHECK(place_in(load_text(noisy, {"sweep.grid.noise.sigma=[0.1]"})) == "command line: sweep.grid.noise.sigma=[0.1]");
}

TEST_CASE("config: the location of a table is the last origin: the command line, the file, or none") {
  const std::string noisy = kSmall + "[noise]\nplugin = \"gaussian\"\n";
  const auto place_of = [](const experiment::Config& config) {
    return experiment::place_text(config.table("noise").culprit());
  };
  CHECK(place_of(load_text(noisy, {"noise.clip=false"})) == "command line: noise.clip=false");
  CHECK(place_of(load_text(noisy)).ends_with("experiment.toml:6:10"));
  CHECK(place_of(load_text(kSmall)).ends_with("experiment.toml:1:1"));
}
