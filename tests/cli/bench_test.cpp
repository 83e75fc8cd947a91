// `hourglass bench` as a user calls it, with as few steps as possible; the times are meaningless here.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <thread>

#include "base/json.hpp"
#include "support/process.hpp"

using namespace hourglass::test;
using hourglass::base::Json;

namespace {

Finished bench(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "bench");
  return hourglass::test::hourglass(".", std::move(arguments));
}

Finished quick(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"mlp_784_128", "--quick", "--rounds", "1", "--threads", "1", "--no-pytorch"});
  return bench(std::move(arguments));
}

/// Runs `bench` with a python3 that answers as PyTorch does, and writes its environment to `environment` in `folder`.
Finished with_fake_pytorch(const TemporaryFolder& folder, const std::string& library, const std::string& rate,
                           std::vector<std::string> options = {}) {
  const auto answers = folder.path().string();
  write(folder / "step.json", R"({"ms_per_step": 1e6, "parameters": 201616, "peak_mib": 250})");
  write(folder / "products.json",
        R"({"rate": )" + rate +
            R"(, "python": "fake", "version": "1.13", "config": "BLAS_INFO=generic\n",)"
            R"("threads": 1, "threads_used": 1, "alternatives": {}, "libraries": [{"path": ")" +
            library + R"(", "openblas": null}]})");
  write(folder / "python3", "#!/bin/sh\ncase \"$2\" in\n*find_spec*) echo True ;;\n*'training steps'*) echo >> '" +
                                answers + "/steps'; cat '" + answers + "/step.json' ;;\n*) env > '" + answers +
                                "/environment'; cat '" + answers + "/products.json' ;;\nesac\n");
  std::filesystem::permissions(folder / "python3", std::filesystem::perms::owner_all);
  std::vector<std::string> command = {program().string(), "bench", "mlp_784_128", "--quick",
                                      "--rounds",         "1",     "--threads",   "1"};
  command.insert(command.end(), options.begin(), options.end());
  return launch({.command = command,
                 .environment = {{"PATH", answers + ":/usr/bin:/bin"},
                                 {"OPENBLAS_CORETYPE", "Prescott"},
                                 {"ATEN_CPU_CAPABILITY", "default"},
                                 {"OMP_THREAD_LIMIT", "7"}}});
}

}  // namespace

TEST_CASE("bench: --list prints the names of the networks") {
  const auto finished = bench({"--list"});
  CHECK(finished.code == 0);
  CHECK(finished.out.starts_with("mlp_784_128/b128\n"));
}

TEST_CASE("bench: an unknown network is refused with the nearest one") {
  const auto finished = bench({"mlp_784_129/b128"});
  CHECK(finished.code == 2);
  CHECK(finished.out.empty());
  CHECK(finished.err.find("did you mean 'mlp_784_128/b128'?") != std::string::npos);
}

TEST_CASE("bench: wrong options are refused with the allowed values") {
  CHECK(bench({"--precision", "f16"}).err ==
        "option '--precision' expects one of f32, bf16, both, but got 'f16'; did you mean 'bf16'?\n");
  CHECK(bench({"--format", "csv"}).err == "option '--format' expects one of table, md, json, but got 'csv'\n");
  const auto cores = std::to_string(std::max(2U, std::thread::hardware_concurrency()));
  CHECK(bench({"--threads", "0"}).err == "option '--threads' expects 1 to " + cores + ", but got 0\n");
}

TEST_CASE("bench: json has one object per network, with null if there is no PyTorch") {
  const auto finished = quick({"--format", "json"});
  CHECK_MESSAGE(finished.code == 0, finished.err);
  const auto rows = Json::parse(finished.out);
  REQUIRE(rows.elements().size() == 1);
  const auto& row = rows.at(0);
  CHECK(row.at("network") == "mlp_784_128/b128");
  CHECK(row.at("threads") == 1);
  CHECK(row.at("precision") == "f32");
  CHECK(row.at("parameters") == 201616);
  for (const auto* key : {"ms_per_step", "ceiling_share", "peak_mib"}) {
    REQUIRE_MESSAGE(row.at(key).is_number(), key);
    CHECK_MESSAGE(row.at(key).to_number() > 0, key);
  }
  for (const auto* key : {"pytorch_ms_per_step", "ratio"}) CHECK_MESSAGE(row.at(key).is_null(), key);
}

TEST_CASE("bench: steps are measured whether or not the environment says how long threads spin") {
  for (const auto* variable : {"GOMP_SPINCOUNT", "OMP_NUM_THREADS"}) {
    const auto finished =
        launch({.command = {"/usr/bin/env", "-u", variable, program().string(), "bench", "mlp_784_128", "--quick",
                            "--rounds", "1", "--threads", "1", "--no-pytorch"}});
    CHECK_MESSAGE(finished.code == 0, finished.err);
    CHECK_MESSAGE(finished.out.find("mlp_784_128") != std::string::npos, finished.out);
  }
}

TEST_CASE("bench: --output writes the page and bench.json next to it") {
  const TemporaryFolder folder;
  const auto finished = quick({"--operations", "--output", (folder / "page.md").string()});
  CHECK_MESSAGE(finished.code == 0, finished.err);
  CHECK(read(folder / "page.md").find("| mlp_784_128/b128 |") != std::string::npos);
  CHECK(Json::parse(read(folder / "bench.json")).at(0).at("operations").elements().size() > 2);
}

TEST_CASE("bench: run --profile splits the steps of any experiment into the same parts") {
  const TemporaryFolder folder;
  write(folder / "tiny.toml",
        "[dataset]\nplugin = \"shapes\"\ntrain_size = 64\ntest_size = 8\n\n[architecture]\nplugin = \"mlp\"\nhidden = "
        "[]\n\n"
        "[train]\nepochs = 1\n");
  const auto run = hourglass::test::hourglass(folder.path(), {"run", "tiny.toml", "--profile"});
  CHECK_MESSAGE(run.code == 0, run.err);
  const auto parts = Json::parse(quick({"--format", "json"}).out).at(0).at("split_ms");
  CHECK(parts.members().size() == 6);
  for (const auto& [name, milliseconds] : parts.members()) {
    CHECK_MESSAGE(run.err.find("\n" + name + " ") != std::string::npos, name);
  }
}

TEST_CASE("bench: a missing plugin folder or an unusable page is reported before anything is measured") {
  const TemporaryFolder there;
  const auto path = there.path().string();
  const auto page = bench({"--output", path, "--no-pytorch"});
  CHECK(page.code == 2);
  CHECK(page.err == "--output '" + path + "' is not a file name; use for example " + path + "/README.md\n");
  const auto folder = bench({"--plugin-path", "/nonexistent", "--no-pytorch"});
  CHECK(folder.code == 2);
  CHECK(folder.err.starts_with("/nonexistent: this plugin folder cannot be read"));
}

TEST_CASE("bench: PyTorch runs without variables that pin its kernels or threads, and the report names them") {
  const TemporaryFolder folder;
  const auto finished = with_fake_pytorch(folder, "/usr/lib/libblis.so.4", "1e15");
  CHECK_MESSAGE(finished.code == 0, finished.err);
  const auto environment = read(folder / "environment");
  CHECK(environment.find("\nOMP_NUM_THREADS=1\n") != std::string::npos);
  for (const auto* name : {"OPENBLAS_CORETYPE=", "ATEN_CPU_CAPABILITY=", "OMP_THREAD_LIMIT="}) {
    CHECK_MESSAGE(environment.find(name) == std::string::npos, name);
  }
  const auto line = finished.out.find("\ncleared for PyTorch: ");
  REQUIRE_MESSAGE(line != std::string::npos, finished.out);
  const auto cleared = finished.out.substr(line + 1, finished.out.find('\n', line + 1) - line);
  for (const auto* variable : {" OPENBLAS_CORETYPE=Prescott", " ATEN_CPU_CAPABILITY=default", " OMP_THREAD_LIMIT=7"}) {
    CHECK_MESSAGE(cleared.find(variable) != std::string::npos, variable);
  }
  const auto own = finished.out.find("\nin effect for Hourglass: ");
  REQUIRE_MESSAGE(own != std::string::npos, finished.out);
  const auto in_effect = finished.out.substr(own + 1, finished.out.find('\n', own + 1) - own);
  CHECK_MESSAGE(in_effect.find(" OMP_THREAD_LIMIT=7") != std::string::npos, in_effect);
  CHECK(finished.out.find(" ratio ") != std::string::npos);
}

TEST_CASE("bench: with the reference BLAS, PyTorch's steps are not timed and no ratio is printed") {
  const TemporaryFolder folder;
  const auto finished = with_fake_pytorch(folder, "/usr/lib/blas/libblas.so.3.11.0", "1e15");
  CHECK_MESSAGE(finished.code == 0, finished.err);
  CHECK(!std::filesystem::exists(folder / "steps"));
  CHECK(finished.out.find("\nno ratio for f32: PyTorch runs on the reference BLAS (/usr/lib/blas/libblas.so.3.11.0)") !=
        std::string::npos);
  CHECK(finished.out.substr(0, finished.out.find('\n')).find(" ratio ") == std::string::npos);
}

TEST_CASE("bench: a PyTorch with slow products is named in the row instead of a ratio") {
  const TemporaryFolder folder;
  const auto finished = with_fake_pytorch(folder, "/usr/lib/libblis.so.4", "1e6", {"--format", "json"});
  CHECK_MESSAGE(finished.code == 0, finished.err);
  const auto row = Json::parse(finished.out).at(0);
  CHECK(row.at("pytorch_ms_per_step").is_number());
  CHECK(row.at("ratio").is_null());
  CHECK(row.at("no_ratio").to_text().find("; its BLIS does not use this processor") != std::string::npos);
  CHECK(row.at("pytorch_blas_library") == "/usr/lib/libblis.so.4");
}
