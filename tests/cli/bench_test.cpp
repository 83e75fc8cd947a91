// `hourglass bench` as a user calls it, with as few steps as possible; the times are meaningless here.
#include <doctest/doctest.h>

#include <algorithm>
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
