// Correct experiment files: the resolved values and their origins.
#include "experiment/config.hpp"

#include <doctest/doctest.h>

#include "experiment/example_schema.hpp"
#include "experiment/load.hpp"
#include "support/process.hpp"

using namespace hourglass;
using test::load_text;

namespace {

const std::string kSmallConfig = "[dataset]\nplugin = \"few\"\n[architecture]\nplugin = \"mlp\"\n";

const experiment::Setting& setting(const experiment::Config& config, std::string_view path, std::string_view key) {
  const auto& table = config.table(path);
  for (std::size_t i = 0; i < table.alternative->params.size(); ++i) {
    if (table.alternative->params[i].name == key) return table.settings[i];
  }
  throw std::logic_error("no such key");
}

/// Everything that equal configurations have in common.
std::vector<std::tuple<std::string, std::string, std::vector<Value>, std::vector<Value>>> content(
    const experiment::Config& config) {
  std::vector<std::tuple<std::string, std::string, std::vector<Value>, std::vector<Value>>> rows;
  for (const auto& table : config.tables) {
    rows.emplace_back(table.path, table.alternative->name, table.values(), table.common_values());
  }
  return rows;
}

}  // namespace

TEST_CASE("config: keys that are not written have their defaults") {
  const auto config = load_text(kSmallConfig);
  CHECK(config.name == "experiment");
  CHECK(config.table("noise").alternative->name == "none");
  CHECK(config.table("train.optimizer").alternative->name == "adam");
  CHECK(config.as<test::ExampleTrain>("train").epochs == 20);
  CHECK(experiment::to_string(setting(config, "train", "epochs").origin) == "default");
  CHECK(config.all("task").empty());
  CHECK(config.axes.empty());
}

TEST_CASE("config: origins are the line and column of the value") {
  const test::TemporaryFolder folder;
  const auto file = folder / "experiment.toml";
  test::write(
      file, kSmallConfig + "  hidden =   [64]\n[train]\nepochs = 3\noptimizer = { name = \"sgd\", momentum = 0.5 }\n");
  const auto config = test::load(file);
  const std::string path = file.string();
  CHECK(experiment::to_string(config.table("architecture").origin) == path + ":4:10");
  CHECK(experiment::to_string(setting(config, "architecture", "hidden").origin) == path + ":5:14");
  CHECK(experiment::to_string(setting(config, "train", "epochs").origin) == path + ":7:10");
  CHECK(experiment::to_string(setting(config, "train.optimizer", "momentum").origin) == path + ":8:40");
}

TEST_CASE("config: the question is the first comment, joined by spaces") {
  CHECK(load_text("# Does it\n#   work?\n\n# not this\n" + kSmallConfig).question == "Does it work?");
  CHECK(load_text("\n\n## Why?\n" + kSmallConfig).question == "Why?");
  CHECK(load_text("#:schema experiment.json\n# Why?\n" + kSmallConfig).question == "Why?");
  CHECK(load_text(kSmallConfig + "# too late\n").question == "");
}

TEST_CASE("config: a name alone is short for a table with that selector") {
  const auto config = load_text(
      "dataset = \"few\"\ntask = [\"denoising\", { plugin = \"linear_probe\", l2 = 1 }]\n[architecture]\n"
      "plugin = \"linear\"\n[train]\noptimizer = \"sgd\"\n");
  CHECK(config.table("dataset").alternative->name == "few");
  CHECK(config.table("train.optimizer").alternative->name == "sgd");
  REQUIRE(config.all("task").size() == 2);
  CHECK(config.all("task")[1]->values().front() == Value(1.0));
}

TEST_CASE("config: a nested table may be written inline or with its own header") {
  const auto inline_table = load_text(kSmallConfig + "[train]\noptimizer = { name = \"sgd\", momentum = 0.5 }\n");
  const auto own_header = load_text(kSmallConfig + "[train.optimizer]\nname = \"sgd\"\nmomentum = 0.5\n");
  CHECK(content(inline_table) == content(own_header));
}

TEST_CASE("config: integers are accepted as numbers") {
  const auto config =
      load_text(kSmallConfig + "[noise]\nplugin = \"gaussian\"\nsigma = 1\n[train]\nweights = [1, 0.5]\n");
  CHECK(setting(config, "noise", "sigma").value == Value(1.0));
  CHECK(setting(config, "train", "weights").value == Value(std::vector<double>{1.0, 0.5}));
}

TEST_CASE("config: an empty list is a list") {
  const auto config = load_text(kSmallConfig + "hidden = []\n");
  CHECK(setting(config, "architecture", "hidden").value == Value(std::vector<std::int64_t>{}));
}

TEST_CASE("config: without a bottleneck in the file, the architecture's default is used") {
  CHECK(load_text(kSmallConfig).table("bottleneck").alternative->name == "sparse");
  CHECK(load_text(kSmallConfig + "[bottleneck]\nsize = 8\n").table("bottleneck").alternative->name == "sparse");
  CHECK(load_text(kSmallConfig + "[bottleneck]\nplugin = \"dense\"\n").table("bottleneck").alternative->name ==
        "dense");
  CHECK(load_text("dataset = \"few\"\narchitecture = \"linear\"\n").table("bottleneck").alternative->name == "dense");
}

TEST_CASE("config: keys common to all plugins are written next to those of the chosen one") {
  const auto config = load_text(kSmallConfig + "[bottleneck]\npenalty = 0.5\nsize = 8\n");
  CHECK(config.table("bottleneck").common_values() == std::vector<Value>{std::int64_t{8}});
  CHECK(config.table("bottleneck").values() == std::vector<Value>{0.5});
}

TEST_CASE("config: overrides take precedence, in order, and are recorded as origins") {
  const auto config = load_text(
      kSmallConfig + "[train]\nepochs = 3\n[[task]]\nplugin = \"linear_probe\"\n",
      {"train.epochs=4", "train.epochs=5", "noise.plugin=masking", "noise.rate=0.5", "seeds=3", "train.optimizer=sgd",
       "task.0.l2=0.1", "task.1=denoising", "dataset=many", "architecture.hidden=[8, 4]", "train.label=two words"});
  CHECK(config.as<test::ExampleTrain>("train").epochs == 5);
  CHECK(experiment::to_string(setting(config, "train", "epochs").origin) == "command line");
  CHECK(setting(config, "noise", "rate").value == Value(0.5));
  CHECK(config.table("").values().front() == Value(std::int64_t{3}));
  CHECK(config.table("train.optimizer").alternative->name == "sgd");
  REQUIRE(config.all("task").size() == 2);
  CHECK(config.all("task")[0]->values().front() == Value(0.1));
  CHECK(config.all("task")[1]->alternative->name == "denoising");
  CHECK(config.table("dataset").alternative->name == "many");
  CHECK(setting(config, "architecture", "hidden").value == Value(std::vector<std::int64_t>{8, 4}));
  CHECK(setting(config, "train", "label").value == Value(std::string("two words")));
}

TEST_CASE("config: another plugin on the command line drops the keys that were written for the former one") {
  const std::string text = kSmallConfig + "[noise]\nplugin = \"gaussian\"\nsigma = 0.5\nclip = false\n";
  const auto config = load_text(text, {"noise.plugin=masking"});
  CHECK(config.table("noise").alternative->name == "masking");
  CHECK(setting(config, "noise", "sigma").value == Value(0.0));
  REQUIRE(config.notes.size() == 1);
  CHECK(config.notes[0].starts_with("command line: noise.plugin=masking: this drops noise.sigma = 0.5 ("));
  CHECK(config.notes[0].ends_with(
      "experiment.toml:8:1), written for another choice; the new one starts from its own defaults"));
}

TEST_CASE("config: no choice inherits keys of another one silently, and keys next to the new choice are kept") {
  const std::string text =
      kSmallConfig + "[train]\noptimizer = {name = \"sgd\", learning_rate = 0.5, momentum = 0.9}\n";
  const auto rate = [](const experiment::Config& config) {
    return setting(config, "train.optimizer", "learning_rate").value;
  };
  for (const std::string choice :
       {"train.optimizer.name=adam", "train.optimizer=adam", "train.optimizer={name=\"adam\"}"}) {
    CAPTURE(choice);
    const auto config = load_text(text, {choice});
    CHECK(rate(config) == Value(1e-3));
    REQUIRE(config.notes.size() == 1);
    CHECK(config.notes[0].find("this drops train.optimizer.learning_rate = 0.5 (") != std::string::npos);
    CHECK(config.notes[0].find("train.optimizer.momentum = 0.9 (") != std::string::npos);
  }
  CHECK(rate(load_text(text, {"train.optimizer.learning_rate=0.25", "train.optimizer.name=adam"})) == Value(0.25));
  CHECK(rate(load_text(text, {"train.optimizer.name=adam", "train.optimizer.learning_rate=0.25"})) == Value(0.25));
  CHECK(rate(load_text(text, {"train.optimizer.name=sgd"})) == Value(0.5));
  for (const auto& config : {load_text(text + "[sweep.grid]\n\"train.optimizer.name\" = [\"sgd\", \"adam\"]\n"),
                             load_text(text, {"sweep.grid.train.optimizer.name=[\"sgd\", \"adam\"]"})}) {
    const std::string name = "train.optimizer.name";
    CHECK(rate(experiment::with_assignments(config, {{name, std::string("adam"), {}}})) == Value(0.5));
  }
  // Without a name, the keys are those of the default.
  const std::string adam = kSmallConfig + "[train.optimizer]\nlearning_rate = 0.5\n";
  CHECK(rate(load_text(adam, {"train.optimizer.name=adam"})) == Value(0.5));
  CHECK(load_text(adam, {"train.optimizer.name=sgd"}).notes.size() == 1);
  CHECK(rate(load_text(adam, {"train.optimizer.name=sgd"})) == Value(0.1));
}

TEST_CASE("config: the command line may add and change axes") {
  const auto config = load_text(kSmallConfig + "[sweep.grid]\n\"train.epochs\" = [1, 2]\n",
                                {"sweep.grid.train.epochs=[3]", "sweep.grid.\"train.loss\"=[\"mse\", \"bce\"]"});
  REQUIRE(config.axes.size() == 2);
  CHECK(config.axes[0].values == std::vector<Value>{std::int64_t{3}});
  CHECK(config.axes[1].path == "train.loss");
}

TEST_CASE("config: a later file overrides an earlier one key by key, and lists of tables as a whole") {
  const test::TemporaryFolder folder;
  test::write(folder / "base" / "data.toml", "dataset = \"few\"\n[train]\nepochs = 1\nbatch_size = 8\n");
  test::write(folder / "base" / "all.toml",
              "# not the question\ninclude = \"data.toml\"\n[architecture]\nplugin = \"mlp\"\n[train]\nepochs = "
              "2\nloss = \"bce\"\n"
              "[noise]\nplugin = \"gaussian\"\nsigma = 0.5\nclip = false\n[[task]]\nplugin = \"denoising\"\n[[task]]\n"
              "plugin = \"linear_probe\"\n");
  test::write(
      folder / "experiment.toml",
      "# The question?\ninclude = [\"base/all.toml\"]\n[train]\nepochs = 3\n[noise]\nplugin = \"masking\"\nrate = 0.5\n"
      "[[task]]\nplugin = \"linear_probe\"\nl2 = 2\n");
  const auto config = test::load(folder / "experiment.toml");
  CHECK(config.question == "The question?");
  const auto train = config.as<test::ExampleTrain>("train");
  CHECK(train.epochs == 3);
  CHECK(train.batch_size == 8);
  CHECK(train.loss == test::ExampleTrain::Loss::bce);
  CHECK(experiment::to_string(setting(config, "train", "batch_size").origin) ==
        (folder / "base/data.toml").string() + ":4:14");
  CHECK(config.table("noise").alternative->name == "masking");
  CHECK(setting(config, "noise", "sigma").value == Value(0.0));
  CHECK(setting(config, "noise", "rate").value == Value(0.5));
  REQUIRE(config.all("task").size() == 1);
  CHECK(config.all("task")[0]->values().front() == Value(2.0));
}

TEST_CASE("config: one file may be included twice through different files") {
  const test::TemporaryFolder folder;
  test::write(folder / "base.toml", kSmallConfig);
  test::write(folder / "one.toml", "include = \"base.toml\"\nseeds = 2\n");
  test::write(folder / "two.toml", "include = \"base.toml\"\nseed = 7\n");
  test::write(folder / "experiment.toml", "include = [\"one.toml\", \"two.toml\"]\n");
  CHECK(test::load(folder / "experiment.toml").table("").values() ==
        std::vector<Value>{std::int64_t{2}, std::int64_t{7}});
}

TEST_CASE("config: the written form is canonical and reads back to the same configuration") {
  const auto config =
      load_text("# Does it \"last\"?\nseeds = 2\n" + kSmallConfig +
                "hidden = [3]\nactivation = 'tanh'\n[noise]\nplugin = \"gaussian\"\nsigma = 1e-5\n[train]\n"
                "label = \"a \\\"b\\\" \\\\ \\u00e9 \\u0001\\n\\t\"\nweights = [0.1, 100, 1e-20]\n"
                "optimizer = { name = \"sgd\", learning_rate = 0.30000000000000004 }\n"
                "[[task]]\nplugin = \"denoising\"\n[[task]]\nplugin = \"linear_probe\"\nl2 = 123456789.25\n");
  const std::string written = config.to_toml();
  const auto again = load_text(written);
  CHECK(content(again) == content(config));
  CHECK(again.question == config.question);
  CHECK(again.to_toml() == written);
}

TEST_CASE("config: the written form has every key, in the schema's order") {
  CHECK(load_text("# Why?\nnoise = \"gaussian\"\n" + kSmallConfig + "[[task]]\nplugin = \"denoising\"\n").to_toml() ==
        R"(# Why?
seeds = 1
seed = 1

[dataset]
plugin = "few"
count = 10
folder = ""

[noise]
plugin = "gaussian"
sigma = 0.1
clip = true

[architecture]
plugin = "mlp"
hidden = [512, 256]
activation = "relu"

[bottleneck]
plugin = "sparse"
size = 32
penalty = 0.001

[train]
epochs = 20
batch_size = 128
loss = "mse"
validation = 0.1
label = ""
shuffle = true
weights = []
keep_best = true

[train.optimizer]
name = "adam"
learning_rate = 0.001
betas = [0.9, 0.999]

[[task]]
plugin = "denoising"
name = ""
)");
}

TEST_CASE("config: equal configurations are written as equal bytes") {
  const auto one = load_text(kSmallConfig + "[noise]\nplugin = \"gaussian\"\nsigma = -0.0\n");
  const auto other = load_text(kSmallConfig, {"noise=gaussian", "noise.sigma=0"});
  CHECK(one.to_toml() == other.to_toml());
}

TEST_CASE("config: explain lists every value with its origin") {
  const test::TemporaryFolder folder;
  const auto file = folder / "experiment.toml";
  test::write(file, "# Why?\ndataset = \"many\"\narchitecture = \"linear\"\n[sweep.grid]\n\"train.epochs\" = [1, 2]\n");
  auto text = test::load(file, {"task.0=linear_probe", "train.loss=bce"}).explain();
  const std::string path = file.string();
  for (auto at = text.find(path); at != std::string::npos; at = text.find(path)) text.replace(at, path.size(), "FILE");
  CHECK(text == R"(# Why?
seeds                         = 1               default
seed                          = 1               default
dataset.plugin                = "many"          FILE:2:11
noise.plugin                  = "none"          default
architecture.plugin           = "linear"        FILE:3:16
bottleneck.plugin             = "dense"         default
bottleneck.size               = 32              default
train.epochs                  = 20              default
train.batch_size              = 128             default
train.loss                    = "bce"           command line
train.validation              = 0.1             default
train.label                   = ""              default
train.shuffle                 = true            default
train.weights                 = []              default
train.keep_best               = true            default
train.optimizer.name          = "adam"          default
train.optimizer.learning_rate = 0.001           default
train.optimizer.betas         = [0.9, 0.999]    default
task.0.plugin                 = "linear_probe"  command line
task.0.name                   = ""              default
task.0.l2                     = 0.0001          default
task.0.splits                 = ["test"]        default
sweep.grid."train.epochs"     = [1, 2]          FILE:5:1
)");
}

TEST_CASE("config: explain shows type, allowed values and meaning of each key, for every kind of table") {
  const auto text =
      load_text("dataset = \"many\"\narchitecture = \"linear\"\n[sweep.grid]\n\"train.epochs\" = [1, 2]\n")
          .explain(true);
  for (const std::string part : {
           "seeds = 1\n    integer, default 1; allowed: 1 to 1000; affects no result\n    how many seeds\n",
           "dataset.plugin = \"many\"\n    name, required; allowed: \"few\", \"many\"\n",
           "noise.plugin = \"none\"\n    name, default \"none\"; allowed: \"gaussian\", \"masking\", \"none\"\n",
           "bottleneck.plugin = \"dense\"\n    name, default chosen by the architecture; allowed: \"dense\", "
           "\"sparse\"\n",
           "bottleneck.size = 32\n    integer, default 32; allowed: 1 to 1024\n    width of the code\n",
           "train.shuffle = true\n    boolean, default true; allowed: true or false\n",
           "seed = 1\n    integer, default 1; allowed: 0 to 4294967295\n",
           "train.label = \"\"\n    string, default \"\"; allowed: any string; affects no result\n",
           "train.keep_best = true\n    boolean, default true; allowed: true or false; concerns evaluation\n",
           "train.optimizer.name = \"adam\"\n    name, default \"adam\"; allowed: \"adam\", \"sgd\"\n",
           "train.optimizer.betas = [0.9, 0.999]\n    list of numbers, default [0.9, 0.999]; allowed: 0 to 1\n    "
           "decay of "
           "both moments\n",
           "sweep.grid.\"train.epochs\" = [1, 2]\n    list of values for train.epochs\n",
       }) {
    CAPTURE(text);
    CHECK_MESSAGE(text.find(part) != std::string::npos, part);
  }
}

TEST_CASE("config: a number on the command line is a string where the key expects a string") {
  CHECK(setting(load_text(kSmallConfig, {"train.label=007"}), "train", "label").value == Value(std::string("007")));
  CHECK(setting(load_text(kSmallConfig, {"train.label=true"}), "train", "label").value == Value(std::string("true")));
}
