// result.json of a task: written bytes, reading back, errors of damaged files.
#include "results/task_result.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "results/csv.hpp"
#include "runs.hpp"
#include "support/unsealed.hpp"

using namespace hourglass;
using namespace hourglass::results;
using test::error_of;
using test::TemporaryFolder;

namespace {

constexpr const char* kTaskFix =
    "; the file was changed after it was written; run its experiment again, which makes it again";
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The fields in front of the metrics.
constexpr const char* kHead = R"({"task": "t", "checkpoint": "best", "state": "done", "reason": "", "plugins": {})";

}  // namespace

TEST_CASE("result.json: has these bytes, infinity as text") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "tasks");
  write_task_result(
      folder / "tasks/denoising-1f",
      {"denoising",
       "best",
       "",
       {{"task/denoising", "ab12"}},
       {test::mse(0.1).metric, {"psnr", Split::train, kInfinity, "dB", Direction::higher, "clean", "pca"}}});
  CHECK(test::unsealed(test::read(folder / "tasks/denoising-1f/result.json")) == R"({
  "task": "denoising",
  "checkpoint": "best",
  "state": "done",
  "reason": "",
  "plugins": {
    "task/denoising": "ab12"
  },
  "metrics": [
    {
      "name": "mse",
      "split": "test",
      "value": 0.1,
      "unit": "1/px",
      "direction": "lower",
      "protocol": "clean against output"
    },
    {
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
  TaskResult result{"denoising", "best", "", {}, {}};
  for (const auto value : values) result.metrics.push_back(test::mse(value).metric);
  write_task_result(folder.path(), result);
  const auto back = read_task_result(folder.path());
  REQUIRE(back.has_value());
  REQUIRE(back->metrics.size() == values.size());
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    wrong += std::memcmp(&values[i], &back->metrics[i].value, sizeof(double)) != 0;
  }
  CHECK(wrong == 0);
}

TEST_CASE("result.json: all fields read back") {
  const TemporaryFolder folder;
  CHECK_FALSE(read_task_result(folder.path()).has_value());
  write_task_result(folder.path(),
                    {"t",
                     "last",
                     "",
                     {{"task/t", "ab"}, {"task/u", "cd"}},
                     {{"ssim", Split::validation, std::nan(""), "u", Direction::higher, "p, \"q\"", "b"}}});
  const auto result = read_task_result(folder.path());
  REQUIRE(result.has_value());
  CHECK(result->name == "t");
  CHECK(result->checkpoint == "last");
  CHECK_FALSE(result->failed());
  CHECK(result->plugins == std::map<std::string, std::string>{{"task/t", "ab"}, {"task/u", "cd"}});
  REQUIRE(result->metrics.size() == 1);
  const auto& metric = result->metrics[0];
  CHECK(metric.name == "ssim");
  CHECK(metric.split == Split::validation);
  CHECK(std::isnan(metric.value));
  CHECK(metric.unit == "u");
  CHECK(metric.direction == Direction::higher);
  CHECK(metric.protocol == "p, \"q\"");
  CHECK(metric.baseline == "b");
}

TEST_CASE("result.json: a task that failed keeps its reason") {
  const TemporaryFolder folder;
  write_task_result(folder.path(), {"t", "best", "the labels are missing", {}, {}});
  const auto result = read_task_result(folder.path());
  REQUIRE(result.has_value());
  CHECK(result->failed());
  CHECK(result->reason == "the labels are missing");
  CHECK(test::read(folder / "result.json").find("\"state\": \"failed\"") != std::string::npos);
}

TEST_CASE("result.json: a damaged field is reported with its location") {
  const TemporaryFolder folder;
  const auto path = (folder / "result.json").string();
  const auto problem = [&](const std::string& text) {
    test::write(path, text);
    return error_of([&] { (void)read_task_result(folder.path()); });
  };
  const std::string head = kHead;
  CHECK(problem("{}") == path + ": expected a string for task, but it is missing" + kTaskFix);
  CHECK(problem(head + "}") == path + ": expected an array of objects for metrics, but it is missing" + kTaskFix);
  CHECK(problem(head + R"(, "metrics": [{"name": "mse", "split": "dev"}]})") ==
        path + ": expected train, validation or test for metrics[0].split, but got \"dev\"" + kTaskFix);
  CHECK(problem(head + R"(, "metrics": [{"name": "mse", "split": "test", "value": "many"}]})") ==
        path + ": expected a number, \"inf\", \"-inf\" or \"nan\" for metrics[0].value, but got \"many\"" + kTaskFix);
  CHECK(problem(head +
                R"(, "metrics": [{"name": "mse", "split": "test", "value": 1, "unit": "1", "direction": "up"}]})") ==
        path + ": expected lower or higher for metrics[0].direction, but got \"up\"" + kTaskFix);
}

TEST_CASE("result.json: a state that contradicts the reason is damage") {
  const TemporaryFolder folder;
  const auto path = (folder / "result.json").string();
  const auto problem = [&](const std::string& state, const std::string& reason) {
    test::write(path, R"({"task": "t", "checkpoint": "best", "state": ")" + state + R"(", "reason": ")" + reason +
                          R"(", "plugins": {}, "metrics": []})");
    return error_of([&] { (void)read_task_result(folder.path()); });
  };
  CHECK(problem("done", "") == "no error");
  CHECK(problem("failed", "why") == "no error");
  CHECK(problem("done", "why") == path + ": expected failed for state, but got \"done\"" + kTaskFix);
  CHECK(problem("failed", "") == path + ": expected done for state, but got \"failed\"" + kTaskFix);
}

TEST_CASE("result.json: a file truncated at any byte is an error, never a crash") {
  const TemporaryFolder folder;
  write_task_result(folder.path(), {"denoising", "best", "", {{"task/denoising", "ab"}}, {test::mse(0.25).metric}});
  const auto whole = test::read(folder / "result.json");
  std::size_t errors = 0;
  const auto last = whole.size() - 1;  // without the last newline it is still whole
  for (std::size_t size = 0; size < last; ++size) {
    test::write(folder / "result.json", whole.substr(0, size));
    errors += error_of([&] { (void)read_task_result(folder.path()); }).find("result.json:") != std::string::npos;
  }
  CHECK(errors == last);
}

TEST_CASE("result.json: no changed byte yields another value") {
  const TemporaryFolder folder;
  write_task_result(folder.path(), {"denoising", "best", "", {{"task/denoising", "ab"}}, {test::mse(0.25).metric}});
  const auto whole = test::read(folder / "result.json");
  for (std::size_t at = 0; at < whole.size(); ++at) {
    auto changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    test::write(folder / "result.json", changed);
    try {
      CHECK_MESSAGE(read_task_result(folder.path())->metrics.at(0).value == 0.25, changed);
    } catch (const base::UserError&) {
      continue;
    }
  }
}

TEST_CASE("result.json: the task's tables are quoted as in RFC 4180") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "tasks");
  write_csv(folder / "tasks/t-1f/confusion.csv", {"class", "a \"b\""}, {{"1,2", "two\nlines"}, {"", "x"}});
  CHECK(test::read(folder / "tasks/t-1f/confusion.csv") == "class,\"a \"\"b\"\"\"\n\"1,2\",\"two\nlines\"\n,x\n");
}
