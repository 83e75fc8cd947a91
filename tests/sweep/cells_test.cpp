// The cells of an experiment, with the real plugins.
#include "sweep/cells.hpp"

#include <doctest/doctest.h>

#include <set>

#include "base/error.hpp"
#include "experiment/load.hpp"
#include "host/registry.hpp"
#include "subject/experiment_schema.hpp"
#include "support/process.hpp"
#include "sweep/check_cells.hpp"
#include "sweep/run_cells.hpp"

using namespace hourglass;

namespace {

constexpr const char* kExperiment = R"(seeds = 2
seed = 5
[dataset]
plugin = "shapes"
[noise]
plugin = "gaussian"
[architecture]
plugin = "mlp"
[[task]]
plugin = "reconstruction"
)";

struct Loaded {
  explicit Loaded(const std::string& text, const std::vector<std::string>& overrides = {})
      : registry(host::Registry::search_path({})), schema(subject::schema(registry)) {
    test::write(folder / "grid.toml", text);
    config = experiment::load_config(folder / "grid.toml", overrides, schema, registry);
  }

  test::TemporaryFolder folder;
  host::Registry registry;
  experiment::Schema schema;
  experiment::Config config;
};

}  // namespace

TEST_CASE("cells: seeds count up from `seed`") {
  const Loaded loaded(kExperiment);
  const auto cells = sweep::expand(loaded.config);
  REQUIRE(cells.size() == 2);
  CHECK(cells[0].seed == 5);
  CHECK(cells[1].seed == 6);
  CHECK(cells[1].label() == "seed=6");
}

TEST_CASE("cells: a grid is the product of its axes, the last and the seeds varying fastest") {
  const Loaded loaded(std::string(kExperiment) +
                      "[sweep.grid]\n\"noise.sigma\" = [0.1, 0.2]\n\"bottleneck.size\" = [4, 8, 16]\n");
  const auto cells = sweep::expand(loaded.config);
  REQUIRE(cells.size() == 12);
  CHECK(cells[0].label() == "noise.sigma=0.1 bottleneck.size=4 seed=5");
  CHECK(cells[1].label() == "noise.sigma=0.1 bottleneck.size=4 seed=6");
  CHECK(cells[2].label() == "noise.sigma=0.1 bottleneck.size=8 seed=5");
  CHECK(cells[11].label() == "noise.sigma=0.2 bottleneck.size=16 seed=6");
}

TEST_CASE("cells: ids differ between configurations and seeds, and are the same every time") {
  const Loaded loaded(std::string(kExperiment) + "[sweep.grid]\n\"noise.sigma\" = [0.1, 0.2]\n");
  std::set<std::string> ids;
  const auto cells = sweep::expand(loaded.config);
  for (const auto& cell : sweep::list_cells(cells)) ids.insert(cell.run);
  CHECK(ids.size() == 4);
  for (const auto& cell : sweep::list_cells(cells)) CHECK(ids.contains(cell.run));
}

TEST_CASE("cells: a cell's resolved file gives the same cell") {
  const Loaded loaded(kExperiment);
  const auto cell = sweep::expand(loaded.config).at(1);
  const Loaded again(cell.config.to_toml());
  const auto cells = sweep::expand(again.config);
  REQUIRE(cells.size() == 1);
  const auto listed = sweep::list_cells({cell}).front(), same = sweep::list_cells(cells).front();
  CHECK(same.run == listed.run);
  CHECK(same.tasks.front().folder == listed.tasks.front().folder);
  CHECK(cells[0].experiment == "grid");
}

TEST_CASE("cells: a name that cannot be a folder is an error") {
  for (const auto* name : {"name=\"../elsewhere\"", "name=\"a\\u0000b\"", "name=\".hidden\""}) {
    const Loaded loaded(kExperiment, {name});
    CHECK_THROWS_AS(sweep::expand(loaded.config), base::UserError);
  }
}

TEST_CASE("cells: seeds and names cannot be swept, and the message states the alternative") {
  for (const auto* key : {"seed", "seeds"}) {
    const Loaded loaded(std::string(kExperiment) + "[sweep.grid]\n" + key + " = [1, 2]\n");
    CHECK_THROWS_WITH_AS(sweep::expand(loaded.config),
                         doctest::Contains("for several seeds, set the top-level key seeds = 2"), base::UserError);
  }
}

TEST_CASE("cells: a later cell that cannot be built is found before any runs") {
  const Loaded loaded(
      std::string(kExperiment) +
      "[bottleneck]\nplugin = \"sparse\"\n[sweep.grid]\n\"bottleneck.activation\" = [\"sigmoid\", \"relu\"]\n");
  const auto cells = sweep::expand(loaded.config);
  REQUIRE(cells.size() == 4);
  CHECK_THROWS_WITH_AS(sweep::check_cells(cells), doctest::Contains("relu"), base::UserError);
}

TEST_CASE("cells: an error of a plugin in some cells is reported with the cells and the location of the key") {
  const auto messages_of = [](const Loaded& loaded) -> std::string {
    try {
      sweep::check_cells(sweep::expand(loaded.config));
    } catch (const base::UserError& error) {
      return error.what();
    }
    return "";
  };
  const std::string sparse = std::string(kExperiment) + "[bottleneck]\nplugin = \"sparse\"\n";
  const std::string axis = "bottleneck.activation";
  const Loaded in_file(sparse + "[sweep.grid]\n\"" + axis + "\" = [\"sigmoid\", \"relu\"]\n");
  const auto file = (in_file.folder / "grid.toml").string();
  CHECK(messages_of(in_file).starts_with(file + ":14:1: [bottleneck] "));
  CHECK(messages_of(in_file).ends_with("; this occurs with bottleneck.activation=relu (" + file + ":14:1)"));

  const std::string typed = "sweep.grid." + axis + "=[\"relu\", \"sigmoid\"]";
  const std::string other = "sweep.grid.noise.sigma=[0.1, 0.2]";
  CHECK(messages_of(Loaded(sparse, {typed, other}))
            .ends_with("; this occurs in 2 of 4 configurations, first with bottleneck.activation=relu "
                       "(command line: " +
                       typed + "), noise.sigma=0.1 (command line: " + other + ")"));

  const Loaded in_all(sparse + "activation = \"relu\"\n[sweep.grid]\n\"noise.sigma\" = [0.1, 0.2]\n");
  CHECK(messages_of(in_all).starts_with((in_all.folder / "grid.toml").string() + ":13:14: [bottleneck] "));
  CHECK(messages_of(in_all).find("; this is ") == std::string::npos);
}

TEST_CASE("cells: keys of a noise that does nothing are refused with their location, as they would make another cell") {
  const std::string none =
      "[dataset]\nplugin = \"shapes\"\n[architecture]\nplugin = \"mlp\"\n[noise]\nplugin = \"none\"\n";
  const auto refusal = [](const std::string& text, const std::vector<std::string>& overrides = {}) -> std::string {
    try {
      const Loaded loaded(text, overrides);
    } catch (const base::UserError& error) {
      return error.what();
    }
    return "";
  };
  CHECK(refusal(none + "after = 3\n")
            .ends_with("grid.toml:7:9: [noise] 'after' = 3 has no effect with noise.plugin = \"none\"; remove 'after' "
                       "or change noise.plugin"));
  CHECK(refusal(none, {"noise.after=3"}).starts_with("command line: noise.after=3: [noise] 'after' = 3 has no effect"));
  CHECK(refusal(none + "after = 0\n") == "");
  CHECK(refusal(none + "[sweep.grid]\n\"noise.after\" = [0, 3]\n")
            .find(":8:1: [sweep.grid] 'noise.after' cannot be swept: it has no effect with noise.plugin = \"none\"") !=
        std::string::npos);
}

TEST_CASE("cells: a noise that does nothing drops the common noise keys of the file and in a sweep") {
  const std::string late = std::string(kExperiment) + "[sweep.grid]\n\"noise.plugin\" = [\"none\", \"gaussian\"]\n";
  const auto after = [](const experiment::Config& config) {
    return std::get<std::int64_t>(config.table("noise").common_values().front());
  };
  const Loaded swept(late, {"noise.after=3"});
  const auto cells = sweep::expand(swept.config);
  REQUIRE(cells.size() == 4);
  CHECK(after(cells[0].config) == 0);
  CHECK(after(cells[2].config) == 3);
  auto in_file = std::string(kExperiment);
  in_file.insert(in_file.find("[architecture]"), "after = 3\n");
  CHECK(after(Loaded(in_file, {"noise=none"}).config) == 0);
}
