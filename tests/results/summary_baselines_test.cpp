// Baselines in tables: once if cells agree on them, and rows in the order in which people count.
#include <doctest/doctest.h>

#include <limits>

#include "results/natural_order.hpp"
#include "results/summary.hpp"
#include "runs.hpp"

using namespace hourglass;
using namespace hourglass::results;
using test::make_run;
using test::mse;
using test::summary_of;
using test::TemporaryFolder;

namespace {

/// Three noises, of which two have the same pca.
void make_noises(const TemporaryFolder& folder) {
  const auto make = [&](const char* id, double sigma, double value, double pca) {
    make_run(folder.path(), "small", id, sigma, 1, {mse(value), mse(0.07, "mean_image"), mse(pca, "pca")});
  };
  make("c1", 10, 0.03, 0.06);
  make("c2", 0.5, 0.02, 0.05);
  make("c3", 0.1, 0.01, 0.05);
}

}  // namespace

TEST_CASE("summary: a baseline that cells agree on is shown once, below the models, and numbers are in order") {
  const TemporaryFolder folder;
  make_noises(folder);
  CHECK(summary_of(folder) ==
        "small, seed 1\n"
        "\n"
        "denoising\n"
        "noise.sigma  model       mse ↓\n"
        "───────────  ──────────  ─────\n"
        "        0.1  model        0.01\n"
        "        0.5  model        0.02\n"
        "       10.0  model        0.03\n"
        "             mean_image   0.07\n"
        "             pca          0.05\n"
        "       10.0  pca          0.06\n");
}

TEST_CASE("summary: a baseline that differs between all cells stays with each") {
  const TemporaryFolder folder;
  make_run(folder.path(), "small", "c1", 0.1, 1, {mse(0.01), mse(0.06, "pca")});
  make_run(folder.path(), "small", "c2", 0.5, 1, {mse(0.02), mse(0.05, "pca")});
  CHECK(summary_of(folder).ends_with(
      "        0.1  model   0.01\n        0.1  pca     0.06\n        0.5  model   0.02\n        0.5  pca     0.05\n"));
}

TEST_CASE("summary: an infinite psnr agrees with another one, is sorted as the best, and prints as ∞") {
  const TemporaryFolder folder;
  const auto make = [&](const char* id, double sigma, int seed, double value) {
    std::vector<TaskMetric> metrics = {mse(value), mse(std::numeric_limits<double>::infinity(), "identity")};
    for (auto& m : metrics) {
      m.metric.name = "psnr";
      m.metric.direction = Direction::higher;
    }
    make_run(folder.path(), "small", id, sigma, seed, metrics);
  };
  make("c1", 0.1, 1, 20);
  make("c2", 0.1, 2, 22);
  make("c3", 0.5, 1, 15);
  make("c4", 0.5, 2, 16);
  const auto text = summary_of(folder);
  CHECK_MESSAGE(text.find("             identity       ∞\n") != std::string::npos, text);
  CHECK(summary_of(folder, {.sort = "psnr"}).find("────\n             identity") != std::string::npos);
  CHECK(summary_of(folder, {}, Format::json).find("\"denoising.psnr\": \"inf\"") != std::string::npos);
}

TEST_CASE("summary: for programs, every cell has its baselines") {
  const TemporaryFolder folder;
  make_noises(folder);
  CHECK(summarize(test::select_runs(folder.path(), {})).rows.size() == 9);
}

TEST_CASE("natural order: numbers in texts are compared by value") {
  CHECK(natural_less("net_9", "net_10"));
  CHECK(natural_less("noise.sigma=0.25", "noise.sigma=0.5"));
  CHECK(natural_less("[64, 32]", "[512, 16]"));
  CHECK(natural_less("a", "b"));
  CHECK(natural_less("a", "a1"));
  CHECK(natural_compare("a1", "a1") == 0);
  CHECK(natural_compare("1", "1.0") != 0);
  CHECK(natural_less("1", "1.0") != natural_less("1.0", "1"));
}
