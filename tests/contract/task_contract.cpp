// The contract of every task, on a small untrained model that meets its needs, with default parameters.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>
#include <memory>
#include <optional>

#include "base/error.hpp"
#include "evaluate/evaluation.hpp"
#include "evaluate/needs.hpp"
#include "hourglass/task.hpp"
#include "support/experiment.hpp"

using namespace hourglass;

namespace {

/// Returns an untrained subject whose network meets the needs of a task: mlp with a dense code or, if that does not,
/// the first architecture and bottleneck that do; null if this build has none.
std::unique_ptr<subject::Subject> subject_for(const std::string& task) {
  const auto& plugins = test::registry();
  std::vector<std::pair<std::string, std::string>> pairs = {{"mlp", "dense"}};
  for (const auto& architecture : plugins.names(Architecture::kKind))
    for (const auto& bottleneck : plugins.names(Bottleneck::kKind)) pairs.emplace_back(architecture, bottleneck);
  for (const auto& [architecture, bottleneck] : pairs) {
    const auto config = test::resolve_experiment(
        "[dataset]\nplugin = \"shapes\"\ntrain_size = 60\ntest_size = 40\nside = 8\n[noise]\nplugin = \"gaussian\"\n"
        "[architecture]\nplugin = \"" +
        architecture + "\"\n" + (architecture == "mlp" ? "hidden = [12]\n" : "") + "[bottleneck]\nplugin = \"" +
        bottleneck + "\"\nsize = 3\n[[task]]\nplugin = \"" + task + "\"\n");
    try {
      auto made = std::make_unique<subject::Subject>(config, 7);
      const auto* section = made->config.all(Task::kKind).front();
      if (evaluate::unmet_needs(*host::create<Task>(*section->alternative->plugin, section->values()), *made).empty())
        return made;
    } catch (const base::UserError&) {  // the two do not fit together, or not with these images
    }
  }
  return nullptr;
}

/// Returns the metrics of the task on an untrained model; none if no network of this build meets its needs.
std::optional<std::vector<Metric>> metrics_of(const std::string& task, const std::filesystem::path& folder) {
  const auto subject = subject_for(task);
  if (!subject) return std::nullopt;
  compute::Model model(*subject->autoencoder.network, false);
  model.initialise(*subject->autoencoder.network, 7);
  const std::atomic<bool> stop = false;
  evaluate::Evaluation evaluation({*subject, model}, stop);
  auto result = evaluation.run(evaluate::tasks_of(*subject).at(0), folder);
  REQUIRE_MESSAGE(result.error.empty(), result.error);
  return result.metrics;
}

template <class Check>
void for_every_task(Check check) {
  const auto names = test::registry().names(Task::kKind);
  REQUIRE(!names.empty());
  for (const auto& name : names) {
    CAPTURE(name);
    const test::TemporaryFolder folder;
    const auto metrics = metrics_of(name, folder.path());
    if (!metrics) {
      MESSAGE("no architecture and bottleneck of this build meet the needs of task ", name);
      continue;
    }
    check(*metrics, name);
  }
}

}  // namespace

TEST_CASE("every task: reports at least one metric of the test split; all are finite, or the psnr of equal images") {
  for_every_task([](const std::vector<Metric>& metrics, const std::string&) {
    CHECK(std::ranges::any_of(metrics,
                              [](const auto& each) { return each.split == Split::test && each.baseline.empty(); }));
    for (const auto& metric : metrics) {
      CAPTURE(metric.name);
      CHECK((std::isfinite(metric.value) || (metric.name == "psnr" && metric.value > 0)));
    }
  });
}

TEST_CASE("every task: every metric has a protocol, and the same unit and direction in all tasks") {
  const std::map<std::string, std::pair<std::string, Direction>> known = {
      {"mse", {"1/px", Direction::lower}},       {"sse", {"1/img", Direction::lower}},
      {"bce", {"nats/px", Direction::lower}},    {"bce_sum", {"nats/img", Direction::lower}},
      {"psnr", {"dB", Direction::higher}},       {"ssim", {"1", Direction::higher}},
      {"input_psnr", {"dB", Direction::higher}}, {"accuracy", {"1", Direction::higher}},
      {"nll", {"nats/img", Direction::lower}},
  };
  for_every_task([&](const std::vector<Metric>& metrics, const std::string&) {
    for (const auto& metric : metrics) {
      CAPTURE(metric.name);
      CHECK(!metric.protocol.empty());
      CHECK(!metric.unit.empty());
      if (const auto found = known.find(metric.name); found != known.end()) {
        CHECK(metric.unit == found->second.first);
        CHECK(metric.direction == found->second.second);
      }
    }
  });
}

TEST_CASE("every task: no two metrics are the same quantity") {
  for_every_task([](const std::vector<Metric>& metrics, const std::string&) {
    std::map<std::tuple<std::string, Split, std::string, std::string>, int> seen;
    for (const auto& metric : metrics) {
      CHECK(++seen[{metric.name, metric.split, metric.baseline, metric.condition}] == 1);
    }
  });
}

TEST_CASE("every task: gives the same results twice") {
  for_every_task([](const std::vector<Metric>& first, const std::string& name) {
    const test::TemporaryFolder folder;
    const auto second = metrics_of(name, folder.path());
    REQUIRE(second);
    REQUIRE(second->size() == first.size());
    for (std::size_t i = 0; i < first.size(); ++i) CHECK((*second)[i].value == first[i].value);
  });
}
