// `hourglass check` as a user calls it.
#include <doctest/doctest.h>

#include "support/process.hpp"

using namespace hourglass::test;

namespace {

constexpr const char* kValid = R"(# Is this file sound?
[dataset]
plugin = "shapes"
[architecture]
plugin = "mlp"
hidden = [64]
[bottleneck]
size = 16
[[task]]
plugin = "reconstruction"
)";

Finished check(const std::string& text, std::vector<std::string> arguments = {}) {
  const TemporaryFolder folder;
  write(folder / "sound.toml", text);
  arguments.insert(arguments.begin(), {"check", "sound.toml"});
  return hourglass::test::hourglass(folder.path(), std::move(arguments));
}

}  // namespace

TEST_CASE("check: prints the network, its parameters, its memory and the cells") {
  const auto finished = check(kValid, {"seeds=2"});
  CHECK_MESSAGE(finished.code == 0, finished.err);
  // 784 x 64 + 64, 64 x 16 + 16, 16 x 64 + 64, 64 x 784 + 784
  CHECK(finished.out.find("parameters 103328") != std::string::npos);
  CHECK(finished.out.find("[N, 784]") != std::string::npos);
  CHECK(finished.out.find("memory ") != std::string::npos);
  CHECK(finished.out.find("cells      2") != std::string::npos);
  CHECK(finished.out.find("seed=2") != std::string::npos);
}

TEST_CASE("check: a key of the experiment that is given as an option is shown as an override") {
  const auto finished = check(kValid, {"--seeds", "3"});
  CHECK(finished.code == 2);
  CHECK(finished.err ==
        "unknown option '--seeds'; a key of the experiment is written without dashes, as seeds=3; `hourglass check "
        "--help` lists the options\n");
}

TEST_CASE("check: a plugin that hides another of the same name is noted") {
  const auto folder = std::string(HOURGLASS_BINARY_DIR) + "/test_plugins/same_name";
  const auto finished = check(kValid, {"noise=same_name", "--plugin-path", folder});
  CHECK_MESSAGE(finished.code == 0, finished.err);
  CHECK(finished.err == "note: plugin noise/same_name is loaded from " + folder +
                            "/noise_first.so, which hides the one of the same name in " + folder +
                            "/noise_second.so; rename or remove one of them to avoid this\n");
}

TEST_CASE("check: the note about a hidden plugin precedes the errors that may follow from it") {
  const auto folder = std::string(HOURGLASS_BINARY_DIR) + "/test_plugins/same_name";
  const auto finished = check(kValid, {"noise=same_name", "noise.sigma=1", "--plugin-path", folder});
  CHECK(finished.code == 2);
  CHECK(finished.err.starts_with("note: plugin noise/same_name is loaded from " + folder + "/noise_first.so, "));
  CHECK(finished.err.find("\ncommand line: noise.sigma=1: [noise] unknown key 'sigma'") != std::string::npos);
}

TEST_CASE("check: an error of a plugin has the location of the key that it names") {
  const auto kernel = check("[dataset]\nplugin = \"shapes\"\n[architecture]\nplugin = \"conv\"\nkernel = 4\n");
  CHECK(kernel.code == 2);
  CHECK(kernel.err == "sound.toml:5:10: [architecture] conv: kernel must be odd, but is 4; use 3 or 5\n");
  const auto file = check(
      "[dataset]\nplugin = \"idx\"\ntrain_images = \"/nothere\"\ntest_images = \"/nor_here\"\n"
      "[architecture]\nplugin = \"mlp\"\n");
  CHECK(file.code == 2);
  CHECK(file.err.starts_with("sound.toml:3:16: [dataset] idx: "));
}

TEST_CASE("check: a network that memory cannot hold is an error with the largest width") {
  const auto finished = check(std::string(kValid) + "[train]\nepochs = 1\n",
                              {"architecture.hidden=[60000, 65536, 65536, 65536, 65536, 65536, 65536, 65536, 65536, "
                               "65536, 65536, 65536, 65536, 65536, 65536, 65536, 65536, 65536, 65536, 65536, 65536]"});
  CHECK(finished.code == 2);
  CHECK(finished.out == "");
  CHECK(finished.err.find("65536]: [architecture] with hidden = [60000, ") != std::string::npos);
  CHECK(finished.err.find("the network needs 6") != std::string::npos);
  CHECK(finished.err.find(" GiB for its parameters alone, but this machine has ") != std::string::npos);
}

TEST_CASE("check: keys that an override drops are noted") {
  const auto finished = check(std::string(kValid) + "[noise]\nplugin = \"gaussian\"\nsigma = 0.5\n", {"noise=none"});
  CHECK(finished.code == 0);
  CHECK(finished.err ==
        "note: command line: noise=none: this drops noise.sigma = 0.5 (sound.toml:13:1), written for another choice; "
        "the new one starts from its own defaults\n");
}

TEST_CASE("check: denoising without noise is refused") {
  const auto finished = check(kValid, {"task.0.plugin=denoising"});
  CHECK(finished.code == 2);
  CHECK(
      finished.err ==
      "command line: task.0.plugin=denoising: [[task]] denoising needs noise, but the experiment has none; remove the "
      "task or choose a noise model, as in [noise] plugin = \"gaussian\"\n");
}

TEST_CASE("check: control characters are escaped in messages") {
  const auto finished = check(std::string(kValid) + "[\"\\u001b[31m\"]\n", {"a\x1b[2Jb=1"});
  CHECK(finished.code == 2);
  CHECK(finished.err.find('\x1b') == std::string::npos);
  CHECK(finished.err.find("unknown table [\\x1b[31m]") != std::string::npos);
  CHECK(finished.err.find("command line: a\\x1b[2Jb=1: unknown key") != std::string::npos);
}

TEST_CASE("check: the name of a task is not that of the task of sparse codes") {
  const auto finished = check(kValid, {"task.0.name=sparse_code"});
  CHECK(finished.code == 2);
  CHECK(finished.err.ends_with("write name = \"reconstruction_2\"\n"));
}

TEST_CASE("check: a name that cannot be a folder has the location of the name") {
  for (const std::string name : {" q", "q ", "-x", "a\u009b", "a\tb"}) {
    CHECK_MESSAGE(
        check(kValid, {"name=" + name}).err.find("'name' must be usable as a folder name") != std::string::npos, name);
  }
  const auto finished = check(kValid, {"name=../x"});
  CHECK(finished.code == 2);
  CHECK(finished.err.starts_with("command line: name=../x: 'name' must be usable as a folder name, but got '../x'"));
}

TEST_CASE("check: of a sweep, all cells are checked and the first is shown") {
  const std::vector<std::string> sweep = {"sweep.grid.bottleneck.size=[8, 16]"};
  const auto finished = check(kValid, sweep);
  CHECK_MESSAGE(finished.code == 0, finished.err);
  CHECK(finished.out.find("\nAll 2 cells are valid. This is the first of 2 cells, bottleneck.size=8 seed=1:\n") !=
        std::string::npos);
  CHECK(check(kValid).out.find("cells are valid") == std::string::npos);
  const auto later = check(kValid, {"train.loss=bce", "sweep.grid.train.output=[\"sigmoid\", \"linear\"]"});
  CHECK(later.code == 2);
  CHECK(later.err.find("this occurs with train.output=linear") != std::string::npos);
}

TEST_CASE("check: running statistics are not parameters, and nodes of a penalty are not layers") {
  const auto finished = check(
      "[dataset]\nplugin = \"shapes\"\n[architecture]\nplugin = \"conv\"\nchannels = [8]\nnorm = \"batch\"\n"
      "[bottleneck]\nplugin = \"sparse\"\nsize = 4\nkl_weight = 0.5\n");
  CHECK_MESSAGE(finished.code == 0, finished.err);
  const auto line = finished.out.substr(finished.out.find("encoder.batch_norm_0"));
  CHECK(line.substr(0, line.find('\n')).ends_with(" 16"));
  CHECK(finished.out.find(", and 16 numbers of state, such as running statistics, that are not trained\n") !=
        std::string::npos);
  CHECK(finished.out.find("\nbottleneck.sigmoid_0 ") != std::string::npos);
  CHECK(finished.out.find("\nbottleneck.log_0 ") == std::string::npos);
  CHECK(finished.out.find("\npenalty    kl: 0.5 * the sum of bottleneck.affine_") != std::string::npos);
}

TEST_CASE("check: an output whose range does not fit the images is an error") {
  const auto finished = check(kValid, {"train.loss=bce", "train.output=linear"});
  CHECK(finished.code == 2);
  CHECK(finished.err.find("output = \"linear\"") != std::string::npos);
  CHECK(finished.out.empty());
}

TEST_CASE("check: a loss that does not fit the output is an error") {
  const auto finished = check(kValid, {"train.loss=bce", "train.output=linear"});
  CHECK(finished.code == 2);
  CHECK(finished.err.find("bce") != std::string::npos);
}

TEST_CASE("check: settings that an optimiser cannot work with are errors") {
  const auto finished = check(kValid, {"train.optimizer.name=lbfgs", "train.accumulate=2"});
  CHECK(finished.code == 2);
  CHECK(finished.err.find("[train] accumulate = 2 is not supported by optimizer lbfgs") != std::string::npos);
}

TEST_CASE("hourglass: for an unknown command, the nearest one is suggested") {
  const auto finished = hourglass::test::hourglass(".", {"chek"});
  CHECK(finished.code == 2);
  CHECK(finished.err.find("did you mean 'check'?") != std::string::npos);
}

TEST_CASE("hourglass: --version prints one line") {
  const auto finished = hourglass::test::hourglass(".", {"--version"});
  CHECK(finished.code == 0);
  CHECK(finished.out.starts_with("hourglass "));
}

TEST_CASE("check: --cells lists all cells") {
  const auto some = check(kValid, {"seeds=25"}), all = check(kValid, {"seeds=25", "--cells"});
  CHECK(some.out.find("seed=25") == std::string::npos);
  CHECK(some.out.ends_with("... and 5 more; --cells lists all\n"));
  CHECK(all.out.find("seed=25") != std::string::npos);
  CHECK(all.out.find("more") == std::string::npos);
}

TEST_CASE("check: a cell has the state that `runs list` shows, added tasks included; a repeated task says why") {
  const TemporaryFolder folder;
  write(folder / "sound.toml", kValid);
  const std::vector<std::string> small = {"dataset.train_size=100", "dataset.test_size=20", "train.epochs=1"};
  const auto call = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), small.begin(), small.end());
    return hourglass::test::hourglass(folder.path(), std::move(arguments));
  };
  REQUIRE(call({"run", "sound.toml"}).code == 0);
  REQUIRE(hourglass::test::hourglass(folder.path(), {"evaluate", "sound", "--task", "plugin=linear_probe"}).code == 0);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "results/runs")) {
    const auto path = entry.path();
    if (path.filename() != "result.json" || path.string().find("linear_probe") == std::string::npos) continue;
    write(path,
          R"({"task": "linear_probe", "checkpoint": "best", "state": "failed", "reason": "the moon", "plugins": {},)"
          R"( "metrics": []})");
  }
  const std::string state = "finished (1 of 2 tasks not done)";
  CHECK(hourglass::test::hourglass(folder.path(), {"runs", "list"}).out.find(state) != std::string::npos);
  const auto checked = call({"check", "sound.toml"});
  CHECK_MESSAGE(checked.out.find(state) != std::string::npos, checked.out);
  const auto repeated = call({"run", "sound.toml"});
  CHECK_MESSAGE(repeated.err.find("task linear_probe, again: it failed before\n") != std::string::npos, repeated.err);
}
