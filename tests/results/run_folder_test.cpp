// The files of a run folder: what is written, what is read back, what a damaged file says.
#include "results/run_folder.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "runs.hpp"

using namespace hourglass;
using namespace hourglass::results;
using test::error_of;
using test::TemporaryFolder;

namespace {

constexpr const char* kFix =
    "; the file was changed after it was written: delete the run folder and run its cell again";
constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::string read(const RunFolder& run, const std::string& file) { return test::read(run.path() / file); }

}  // namespace

TEST_CASE("status.json: has no times and these bytes") {
  const TemporaryFolder folder;
  const RunFolder run(folder / "e/c");
  run.write_status({State::diverged, 3, 20, "the loss is \"nan\"", "hourglass run e.toml"});
  CHECK(
      read(run, "status.json") ==
      "{\n  \"state\": \"diverged\",\n  \"epoch\": 3,\n  \"epochs\": 20,\n  \"reason\": \"the loss is \\\"nan\\\"\",\n"
      "  \"replay\": \"hourglass run e.toml\"\n}\n");
}

TEST_CASE("status.json: every state reads back as it was written") {
  const TemporaryFolder folder;
  const RunFolder run(folder / "e/c");
  CHECK_FALSE(run.read_status().has_value());
  for (const auto state : {State::running, State::finished, State::interrupted, State::diverged, State::failed}) {
    run.write_status({state, 1, 2, "a\nreason", "replay"});
    const auto status = run.read_status();
    REQUIRE(status.has_value());
    CHECK(status->state == state);
    CHECK(status->epoch == 1);
    CHECK(status->epochs == 2);
    CHECK(status->reason == "a\nreason");
    CHECK(status->replay == "replay");
  }
}

TEST_CASE("status.json: bytes that are not UTF-8 do not stop a run from telling its reason") {
  const TemporaryFolder folder;
  const RunFolder run(folder / "e/c");
  run.write_status({State::failed, 0, 1, "file \xff.idx", ""});
  CHECK(run.read_status()->reason == "file \xEF\xBF\xBD.idx");
}

TEST_CASE("status.json: a damaged file is told with its place and what is allowed") {
  const TemporaryFolder folder;
  const RunFolder run(folder / "e/c");
  const auto path = run.path() / "status.json";
  const auto problem = [&](const std::string& text) {
    test::write(path, text);
    return error_of([&] { (void)run.read_status(); });
  };
  CHECK(problem("{\n  \"state\": \"fini") == path.string() + ":2:17: ends too early" + kFix);
  CHECK(problem("") == path.string() + ":1:1: ends too early" + kFix);
  CHECK(problem("{\n  \"state\": x}") == path.string() + ":2:12: is not JSON from here on" + kFix);
  CHECK(problem("[1]") == path.string() + ": holds a JSON array, expected an object" + kFix);
  CHECK(problem("{\"epoch\": 1e999}") == path.string() + ": holds a number that no double can hold" + kFix);
  CHECK(problem(R"({"state": "done"})") ==
        path.string() + ": state is \"done\", expected running, finished, interrupted, diverged or failed" + kFix);
  CHECK(problem(R"({"state": "failed", "epoch": -1})") ==
        path.string() + ": epoch is -1, expected a whole number" + kFix);
  CHECK(problem(R"({"state": "failed", "epoch": 1, "epochs": 2, "reason": null})") ==
        path.string() + ": reason is null, expected a text" + kFix);
  CHECK(problem(R"({"state": "failed", "epoch": 1, "epochs": 2, "reason": ""})") ==
        path.string() + ": replay is missing, expected a text" + kFix);
}

TEST_CASE("result.json: has these bytes, infinity as text") {
  const TemporaryFolder folder;
  const RunFolder run(folder / "e/c");
  run.write_result(
      {State::finished,
       {test::mse(0.1), {"denoising", {"psnr", Split::train, kInfinity, "dB", Direction::higher, "clean", "pca"}}}});
  CHECK(read(run, "result.json") == R"({
  "status": "finished",
  "metrics": [
    {
      "task": "denoising",
      "name": "mse",
      "split": "test",
      "value": 0.1,
      "unit": "1/px",
      "direction": "lower",
      "protocol": "clean against output"
    },
    {
      "task": "denoising",
      "name": "psnr",
      "split": "train",
      "value": "inf",
      "unit": "dB",
      "direction": "higher",
      "protocol": "clean",
      "baseline": "pca"
    }
  ]
}
)");
}

TEST_CASE("result.json: every double reads back to the bit") {
  const TemporaryFolder folder;
  const RunFolder run(folder / "e/c");
  std::vector<double> values = {0.0,
                                -0.0,
                                1.0,
                                0.1,
                                1e22,
                                5e-324,
                                kInfinity,
                                -kInfinity,
                                std::numeric_limits<double>::max(),
                                std::numeric_limits<double>::min()};
  std::mt19937_64 bits(7);
  while (values.size() < 2000) {
    const auto word = bits();
    double value;
    static_assert(sizeof(value) == sizeof(word));
    std::memcpy(&value, &word, sizeof(value));
    if (std::isfinite(value)) values.push_back(value);
  }
  Result result;
  for (const auto value : values) result.metrics.push_back(test::mse(value));
  run.write_result(result);
  const auto back = run.read_result();
  REQUIRE(back.has_value());
  REQUIRE(back->metrics.size() == values.size());
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    wrong += std::memcmp(&values[i], &back->metrics[i].metric.value, sizeof(double)) != 0;
  }
  CHECK(wrong == 0);
}

TEST_CASE("result.json: all fields of a metric read back") {
  const TemporaryFolder folder;
  const RunFolder run(folder / "e/c");
  CHECK_FALSE(run.read_result().has_value());
  run.write_result(
      {State::diverged, {{"t", {"ssim", Split::validation, std::nan(""), "u", Direction::higher, "p, \"q\"", "b"}}}});
  const auto result = run.read_result();
  REQUIRE(result.has_value());
  CHECK(result->state == State::diverged);
  REQUIRE(result->metrics.size() == 1);
  const auto& [task, metric] = result->metrics[0];
  CHECK(task == "t");
  CHECK(metric.name == "ssim");
  CHECK(metric.split == Split::validation);
  CHECK(std::isnan(metric.value));
  CHECK(metric.unit == "u");
  CHECK(metric.direction == Direction::higher);
  CHECK(metric.protocol == "p, \"q\"");
  CHECK(metric.baseline == "b");
}

TEST_CASE("result.json: a damaged metric is told with its place") {
  const TemporaryFolder folder;
  const RunFolder run(folder / "e/c");
  const auto path = run.path() / "result.json";
  const auto problem = [&](const std::string& text) {
    test::write(path, text);
    return error_of([&] { (void)run.read_result(); });
  };
  CHECK(problem(R"({"status": "finished"})") ==
        path.string() + ": metrics is missing, expected an array of objects" + kFix);
  CHECK(problem(R"({"status": "finished", "metrics": [{"task": "t", "name": "mse", "split": "dev"}]})") ==
        path.string() + ": metrics[0].split is \"dev\", expected train, validation or test" + kFix);
  CHECK(problem(
            R"({"status": "finished", "metrics": [{"task": "t", "name": "mse", "split": "test", "value": "many"}]})") ==
        path.string() + ": metrics[0].value is \"many\", expected a number, \"inf\", \"-inf\" or \"nan\"" + kFix);
}

TEST_CASE("result.json: cut off at any byte, it is an error and never a crash") {
  const TemporaryFolder folder;
  const RunFolder run(folder / "e/c");
  run.write_result({State::finished, {test::mse(0.25)}});
  const auto whole = read(run, "result.json");
  std::size_t errors = 0;
  const auto last = whole.size() - 1;  // without the last newline it is still whole
  for (std::size_t size = 0; size < last; ++size) {
    test::write(run.path() / "result.json", whole.substr(0, size));
    errors += error_of([&] { (void)run.read_result(); }).find("result.json:") != std::string::npos;
  }
  CHECK(errors == last);
}

TEST_CASE("tables: are quoted after RFC 4180") {
  const TemporaryFolder folder;
  const RunFolder run(folder / "e/c");
  run.write_table("confusion", {"class", "a \"b\""}, {{"1,2", "two\nlines"}, {"", "x"}});
  CHECK(read(run, "tables/confusion.csv") == "class,\"a \"\"b\"\"\"\n\"1,2\",\"two\nlines\"\n,x\n");
}

TEST_CASE("log.txt: grows by whole lines with date and time in front") {
  const TemporaryFolder folder;
  const RunFolder run(folder / "e/c");
  run.log("first");
  run.log("second");
  const auto text = read(run, "log.txt");
  const auto newline = text.find('\n');
  REQUIRE(newline != std::string::npos);
  const std::string line = text.substr(0, newline), shape = "dddd-dd-dd dd:dd:dd";
  REQUIRE(line.size() > shape.size());
  for (std::size_t i = 0; i < shape.size(); ++i)
    CHECK((shape[i] == 'd' ? line[i] >= '0' && line[i] <= '9' : line[i] == shape[i]));
  CHECK(line.ends_with("  first"));
  CHECK(text.ends_with("  second\n"));
}

TEST_CASE("run folder: knows its cell and experiment, however the path is written") {
  for (const auto* path :
       {"results/mnist/ab12", "results/mnist/ab12/", "results/mnist/other/../ab12", "results/mnist/./ab12/."}) {
    CHECK(RunFolder(path).cell() == "ab12");
    CHECK(RunFolder(path).experiment() == "mnist");
  }
}

TEST_CASE("find_runs: gives folders with a status.json two levels down, sorted, and skips the rest") {
  const TemporaryFolder folder;
  CHECK(find_runs(folder / "missing").empty());
  for (const auto* name : {"b/1", "a/2", "a/1"}) RunFolder(folder / name).write_status({});
  test::write(folder / "README.md", "tables");
  test::write(folder / "a/tables.csv", "x\n");
  test::write(folder / "a/half/experiment.toml", "");
  test::write(folder / "a/1/deeper/status.json", "{}");
  test::write(folder / "status.json", "{}");
  std::filesystem::create_directories(folder / "a/odd/status.json");
  std::filesystem::create_directory_symlink(folder / "nowhere", folder / "a/dangling");
  std::vector<std::string> found;
  for (const auto& run : find_runs(folder.path()))
    found.push_back(run.path().lexically_relative(folder.path()).string());
  CHECK(found == std::vector<std::string>{"a/1", "a/2", "b/1"});
}
