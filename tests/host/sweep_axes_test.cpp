// [sweep.grid]: axes, and configurations with values assigned from them.
#include <doctest/doctest.h>

#include "host/config.hpp"
#include "host/error.hpp"
#include "host/example_schema.hpp"

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

TEST_CASE("sweep: a table's name stands for its selector") {
  const auto config = load_text(kSmall + "[sweep.grid]\n\"noise\" = [\"none\", \"gaussian\"]\n");
  REQUIRE(config.axes.size() == 1);
  CHECK(config.axes[0].path == "noise.plugin");
}

TEST_CASE("sweep: assigned values replace those of the file, and the axes are gone") {
  const auto config = load_text(kSmall +
                                "[noise]\nplugin = \"gaussian\"\n[[task]]\nplugin = \"linear_probe\"\n[sweep.grid]\n"
                                "\"noise.sigma\" = [0.25, 0.5]\n\"task.0.l2\" = [1, 2]\n");
  const auto cell = host::with_assignments(config, {{"noise.sigma", 0.5}, {"task.0.l2", 2.0}});
  CHECK(cell.table("noise").values().front() == Value(0.5));
  CHECK(cell.all("task")[0]->values().front() == Value(2.0));
  CHECK(cell.axes.empty());
  CHECK(host::to_string(cell.table("noise").settings.front().origin) == "sweep");
  CHECK(config.table("noise").values().front() == Value(0.1));
  CHECK(load_text(cell.to_toml()).to_toml() == cell.to_toml());
}

TEST_CASE("sweep: a swept plugin takes the keys that it has, whichever comes first") {
  const auto config = load_text(kSmall +
                                "[noise]\nsigma = 0.5\nclip = false\nrate = 0.75\n[sweep.grid]\n"
                                "\"noise.sigma\" = [0.125]\n\"noise.plugin\" = [\"gaussian\", \"masking\"]\n");
  CHECK(config.table("noise").alternative->name == "gaussian");
  const auto masking =
      host::with_assignments(config, {{"noise.sigma", 0.125}, {"noise.plugin", std::string("masking")}});
  CHECK(masking.table("noise").alternative->name == "masking");
  CHECK(masking.table("noise").values() == std::vector<Value>{0.75, 0.125});
  const auto gaussian = host::with_assignments(config, {{"noise.plugin", std::string("gaussian")}});
  CHECK(gaussian.table("noise").values() == std::vector<Value>{0.5, false});
}

TEST_CASE("sweep: a swept key that the command line sets is refused, with the way to say what is meant") {
  const std::string text = kSmall + "[sweep.grid]\n\"train.epochs\" = [1, 2]\n";
  const auto message = test::message_of_text(text, {"train.epochs=3"});
  CHECK(message ==
        "command line: train.epochs=3: 'train.epochs' is swept (experiment.toml:6:1), so this value would never be "
        "used; write "
        "sweep.grid.train.epochs=[...] to change what is swept");
}
