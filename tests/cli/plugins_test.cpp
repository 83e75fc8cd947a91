// `hourglass plugins` and the handling of options, as a user sees them.
#include <doctest/doctest.h>

#include "base/json.hpp"
#include "support/process.hpp"

using namespace hourglass;

namespace {

test::Finished plugins(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "plugins");
  return test::hourglass(".", std::move(arguments));
}

/// The test library with two noises and a bottleneck.
std::string several() { return std::string(HOURGLASS_BINARY_DIR) + "/test_plugins/several"; }

}  // namespace

TEST_CASE("plugins list: a plugin of --plugin-path is listed among the others") {
  const auto finished = plugins({"list", "--format", "json", "--plugin-path", several()});
  CHECK(finished.code == 0);
  CHECK(finished.err == "");
  bool found = false;
  for (const auto& row : base::Json::parse(finished.out).elements())
    found = found || (row.at("kind") == "noise" && row.at("name") == "quiet");
  CHECK(found);
}

TEST_CASE("plugins list: shows where each plugin comes from") {
  const auto finished = plugins({"list", "--format", "json", "--plugin-path", several()});
  for (const auto& row : base::Json::parse(finished.out).elements()) {
    CHECK(row.at("from") == (row.at("name") == "quiet" || row.at("name") == "silent" || row.at("name") == "straight"
                                 ? std::filesystem::canonical(several()).string()
                                 : "Hourglass"));
  }
}

TEST_CASE("plugins list: libraries that could not be loaded are warnings on standard error") {
  const std::string folder = std::string(HOURGLASS_BINARY_DIR) + "/test_plugins/no_symbol";
  const auto finished = plugins({"list", "--plugin-path", folder});
  CHECK(finished.code == 0);
  CHECK(finished.err.starts_with("warning: " + folder +
                                 "/noise_no_symbol.so: the library has no symbol hourglass_plugins"));
}

TEST_CASE("plugins list: a plugin of this build whose folder has another name is noted") {
  const auto build = std::filesystem::path(HOURGLASS_BINARY_DIR);
  const test::TemporaryFolder folder;
  std::filesystem::create_directories(folder / "bin");
  std::filesystem::create_directories(folder / "plugins");
  std::filesystem::copy(build / "bin" / "hourglass", folder / "bin" / "hourglass");
  const auto list = [&](const std::string& name) {
    std::filesystem::copy(build / "test_plugins" / "models" / "noise_first.so", folder / "plugins" / (name + ".so"));
    return test::launch({.command = {(folder / "bin" / "hourglass").string(), "plugins", "list"}}).err;
  };
  CHECK(list("noise_first") == "");
  std::filesystem::remove(folder / "plugins" / "noise_first.so");
  CHECK(list("noise_one") ==
        "warning: plugin noise/first is built from a folder of another name as noise_one.so; rename the folder or the "
        "plugin, so that others find its source\n");
}

TEST_CASE("plugins describe: the bounds of an integer have no decimal point") {
  CHECK(plugins({"describe", "dataset/shapes"}).out.find("allowed: 0 to 9007199254740992\n") != std::string::npos);
}

TEST_CASE("plugins describe: shows type, default, allowed values and doc of every parameter, and an example") {
  const auto finished = plugins({"describe", "noise/quiet", "--plugin-path", several()});
  CHECK(finished.code == 0);
  CHECK(finished.out == "noise/quiet: Does nothing either.\nlibrary: " + several() +
                            "/noise_several.so\n\nparameters:\n"
                            "  after   integer, default 0; allowed: 0 to 1000000; acts only if plugin is not \"none\"\n"
                            "          epochs of training on clean images before noise is added; validation and "
                            "tasks always use noise\n"
                            "  amount  number, default 0.5; allowed: 0 to 1\n          how little happens\n\n"
                            "example:\n\n[noise]\nplugin = \"quiet\"\nafter = 0\namount = 0.5\n");
}

TEST_CASE("plugins describe: says when a key has an effect, as text and as JSON") {
  CHECK(plugins({"describe", "conv"}).out.find("; acts only if norm = \"group\"\n") != std::string::npos);
  CHECK(plugins({"describe", "conv", "--format", "json"}).out.find("\"acts_if\": \"norm = \\\"group\\\"\"") !=
        std::string::npos);
}

TEST_CASE("plugins describe: a name that is unique among all kinds needs no kind") {
  const auto finished = plugins({"describe", "quiet", "--format", "json", "--plugin-path", several()});
  CHECK(finished.code == 0);
  const auto json = base::Json::parse(finished.out);
  CHECK(json.at("kind") == "noise");
  CHECK(json.at("parameters").at(0).at("name") == "after");
  CHECK(json.at("parameters").at(1).at("default") == 0.5);
  CHECK(json.at("parameters").at(1).at("max") == 1.0);
}

TEST_CASE("plugins describe: tables of experiment files and their alternatives are described like plugins") {
  const auto train = plugins({"describe", "train"});
  CHECK(train.code == 0);
  CHECK(train.out.starts_with("train: How the network is trained.\n\nparameters:\n"));
  CHECK(train.out.find("  epochs              integer, default 20; allowed: 1 to 1000000\n") != std::string::npos);
  CHECK(train.out.find("\n[train]\nepochs = 20\n") != std::string::npos);

  const auto adam = plugins({"describe", "train.optimizer/adam"});
  CHECK(adam.code == 0);
  CHECK(adam.out.starts_with("train.optimizer/adam: Adam "));
  CHECK(adam.out.find("\n[train.optimizer]\nname = \"adam\"\nlearning_rate = 0.001\n") != std::string::npos);
  CHECK(plugins({"describe", "adam"}).out == adam.out);

  const auto schedule = plugins({"describe", "train.schedule"});
  CHECK(schedule.code == 0);
  CHECK(schedule.out.find("\nname is one of:\n  constant  ") != std::string::npos);
  CHECK(schedule.out.find("\nparameters of all alternatives:\n  warmup_epochs  number, default 0.0") !=
        std::string::npos);

  const auto json = base::Json::parse(plugins({"describe", "train.schedule", "--format", "json"}).out);
  CHECK(json.at("alternatives").at(0).at("name") == "constant");
  CHECK(json.at("parameters").at(0).at("name") == "warmup_epochs");
}

TEST_CASE("plugins describe: an unknown name is an error with the nearest one and exit code 2") {
  const auto finished = plugins({"describe", "noise/quite", "--plugin-path", several()});
  CHECK(finished.code == 2);
  CHECK(finished.out == "");
  CHECK(finished.err == "unknown plugin 'noise/quite'; did you mean 'noise/quiet'?\n");
}

TEST_CASE("plugins describe: the error for a refused plugin states the reason") {
  const std::string folder = std::string(HOURGLASS_BINARY_DIR) + "/test_plugins/bad_descriptions";
  const auto finished = plugins({"describe", "noise/undocumented", "--plugin-path", folder});
  CHECK(finished.code == 2);
  CHECK(finished.err ==
        "plugin 'noise/undocumented' did not load: " + folder +
            "/noise_bad_descriptions.so: plugin noise/undocumented has a parameter 'amount' without a doc: "
            "describe it in one sentence\n");
}

TEST_CASE("options: --help is printed to standard output even if other arguments are wrong") {
  const auto finished = plugins({"list", "--nonsense", "--help"});
  CHECK(finished.code == 0);
  CHECK(finished.err == "");
  CHECK(finished.out.starts_with("usage: hourglass plugins list "));
}

TEST_CASE("options: an error in an option is one line on standard error") {
  CHECK(plugins({"list", "--fromat", "json"}).err == "unknown option '--fromat'; did you mean '--format'?\n");
  CHECK(plugins({"list", "--format"}).err ==
        "option '--format' needs a value; `hourglass plugins list --help` lists the options\n");
  CHECK(plugins({"list", "--verbose=3"}).err ==
        "option '--verbose' takes no value; `hourglass plugins list --help` lists the options\n");
  CHECK(plugins({"lst"}).err ==
        "unknown command 'plugins lst': expected one of list, describe; did you mean 'list'?\n");
  CHECK(plugins({"lst"}).code == 2);
}
