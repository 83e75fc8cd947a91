// metrics.csv: written bytes, reading back, errors of damaged files.
#include "results/epoch_metrics.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "runs.hpp"

using namespace hourglass;
using namespace hourglass::results;
using test::error_of;
using test::TemporaryFolder;

namespace {

constexpr const char* kMetricsFix =
    "; the file was changed after it was written; run its experiment again, which makes it again";
constexpr double kInfiniteLoss = std::numeric_limits<double>::infinity();

EpochRow row_of(std::int64_t epoch, LossParts train, std::optional<LossParts> validation) {
  EpochRow row;
  row.epoch = epoch;
  row.step = 469 * epoch;
  row.learning_rate = 0.001;
  row.train = std::move(train);
  row.weights = {0.1, 2};
  row.validation = std::move(validation);
  row.seconds = 1.5;
  row.images_per_second = 40000;
  return row;
}

LossParts parts_of(double objective, double reconstruction, double kl, double l1) {
  LossParts parts;
  parts.objective = objective;
  parts.reconstruction = reconstruction;
  parts.penalties = {kl, l1};
  return parts;
}

EpochMetrics two_epochs() {
  EpochMetrics metrics;
  metrics.penalties = {"kl", "l1"};
  metrics.rows.push_back(row_of(1, parts_of(1.0 / 3, 0.25, 0.5, 1e-30), parts_of(0.375, 0.125, 0.75, 0)));
  metrics.rows.push_back(row_of(2, parts_of(0.2, 0.1, 0, kInfiniteLoss), std::nullopt));
  return metrics;
}

/// Returns lines without their last field, which goes to `checksums`.
std::string without_checksums(const std::string& text, std::vector<std::string>& checksums) {
  std::string rest;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = text.find('\n', begin);
    const auto comma = text.rfind(',', end);
    checksums.push_back(text.substr(comma + 1, end - comma - 1));
    rest += text.substr(begin, comma - begin) + '\n';
    begin = end + 1;
  }
  return rest;
}

}  // namespace

TEST_CASE("metrics.csv: has these bytes: the parts of the loss for train and validation, time last") {
  const TemporaryFolder folder;
  write_epoch_metrics(folder / "metrics.csv", two_epochs());
  std::vector<std::string> checksums;
  CHECK(without_checksums(test::read(folder / "metrics.csv"), checksums) ==
        "epoch,step,learning_rate,train_objective,train_reconstruction,train_kl,train_l1,weight_kl,weight_l1,"
        "validation_objective,validation_reconstruction,validation_kl,validation_l1,seconds,images_per_second\n"
        "1,469,0.001,0.3333333333333333,0.25,0.5,1e-30,0.1,2,0.375,0.125,0.75,0,1.5,40000\n"
        "2,938,0.001,0.2,0.1,0,inf,0.1,2,,,,,1.5,40000\n");
  REQUIRE(checksums.size() == 3);
  CHECK(checksums[0] == "checksum");
  CHECK(checksums[1].size() == 16);
  CHECK(checksums[1] != checksums[2]);
}

TEST_CASE("metrics.csv: a changed digit or a missing line in between does not match the checksums") {
  const TemporaryFolder folder;
  const auto path = folder / "metrics.csv";
  write_epoch_metrics(path, two_epochs());
  const auto whole = test::read(path);
  const auto fault = [&](const std::string& text) {
    test::write(path, text);
    return error_of([&] { (void)read_epoch_metrics(path); });
  };
  auto changed = whole;
  CHECK(fault(changed.replace(whole.find("40000"), 5, "40001")) ==
        path.string() + ":2: the line does not match its checksum" + kMetricsFix);
  auto shorter = whole;
  const auto first = whole.find('\n') + 1;
  CHECK(fault(shorter.erase(first, whole.find('\n', first) + 1 - first)) ==
        path.string() + ":2: the line does not match its checksum" + kMetricsFix);
  std::size_t undetected = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    auto flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
    undetected += fault(flipped) == "no error";
  }
  CHECK(undetected == 0);
}

TEST_CASE("metrics.csv: the numbers of a row give the row back, without its times") {
  for (const auto& row : two_epochs().rows) {
    const auto back = results::row_of(numbers_of(row), 2).value();
    CHECK(numbers_of(back) == numbers_of(row));
    CHECK(back.validation.has_value() == row.validation.has_value());
    CHECK(std::isnan(back.seconds));
  }
  CHECK_FALSE(results::row_of(std::vector<double>(9), 1).has_value());
}

TEST_CASE("metrics.csv: rows and penalties' names read back") {
  const TemporaryFolder folder;
  CHECK(read_epoch_metrics(folder / "metrics.csv").rows.empty());
  write_epoch_metrics(folder / "metrics.csv", two_epochs());
  const auto metrics = read_epoch_metrics(folder / "metrics.csv");
  CHECK(metrics.penalties == std::vector<std::string>{"kl", "l1"});
  REQUIRE(metrics.rows.size() == 2);
  const auto& first = metrics.rows[0];
  CHECK(first.epoch == 1);
  CHECK(first.step == 469);
  CHECK(first.learning_rate == 1e-3);
  CHECK(first.train.objective == 1.0 / 3);
  CHECK(first.train.penalties == std::vector<double>{0.5, 1e-30});
  CHECK(first.weights == std::vector<double>{0.1, 2});
  CHECK(first.validation.value().reconstruction == 0.125);
  CHECK(first.validation.value().penalties == std::vector<double>{0.75, 0});
  CHECK(first.seconds == 1.5);
  CHECK(first.images_per_second == 40000);
  CHECK_FALSE(metrics.rows[1].validation.has_value());
  CHECK(metrics.rows[1].train.penalties[1] == kInfiniteLoss);
}

TEST_CASE("metrics.csv: damage is reported with its line") {
  const TemporaryFolder folder;
  const auto path = folder / "metrics.csv";
  const std::string columns =
      "epoch,step,learning_rate,train_objective,train_reconstruction,validation_objective,validation_reconstruction,"
      "seconds,images_per_second";
  const auto problem = [&](const std::string& text) {
    test::write(path, text);
    return error_of([&] { (void)read_epoch_metrics(path); });
  };
  const auto header = columns + "\n";
  CHECK(problem(header + "1,2,0.1,0.2,0.2,0.3,0.3,4,5") == path.string() + ":2: the line is incomplete" + kMetricsFix);
  CHECK(problem(header + "1,2,0.1,0.2\n") == path.string() + ":2: expected 9 fields, but got 4" + kMetricsFix);
  CHECK(problem(header + "1,2,0.1,0.2,0.2,,,4,5\n2,2,0.1,abc,0.2,,,4,5\n") ==
        path.string() + ":3: expected a number for train_objective, but got 'abc'" + kMetricsFix);
  CHECK(problem(header + "1,2,0.1,0.2,0.2,0.3,,4,5\n") ==
        path.string() + ":2: expected a number for validation_reconstruction, but got ''" + kMetricsFix);
  CHECK(problem(header + "1.5,2,0.1,0.2,0.2,,,4,5\n") ==
        path.string() + ":2: expected an integer for epoch, but got '1.5'" + kMetricsFix);
  CHECK(problem("") == path.string() + ":1: expected the columns " + columns + ", but got none" + kMetricsFix);
  CHECK(problem("epoch,loss\n") ==
        path.string() + ":1: expected the columns " + columns + ", but got epoch,loss" + kMetricsFix);
}
