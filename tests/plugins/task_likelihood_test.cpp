// The task likelihood: exact where every code gives the same density.
#include <doctest/doctest.h>

#include <atomic>
#include <cmath>

#include "evaluate/evaluation.hpp"
#include "evaluate/needs.hpp"
#include "support/experiment.hpp"

using namespace hourglass;

namespace {

subject::Subject subject_of(const std::string& bottleneck, const std::string& task) {
  return {test::resolve_experiment("[dataset]\nplugin = \"shapes\"\ntrain_size = 60\ntest_size = 40\nside = 8\n"
                                   "[architecture]\nplugin = \"mlp\"\nhidden = [6]\n[bottleneck]\nplugin = \"" +
                                   bottleneck + "\"\nsize = 3\n[train]\nloss = \"bce\"\n[[task]]\n" + task),
          1};
}

Metric measure(const subject::Subject& subject, compute::Model& model) {
  const test::TemporaryFolder folder;
  const std::atomic<bool> stop = false;
  evaluate::Evaluation evaluation({subject, model}, stop);
  auto outcome = evaluation.run(evaluate::tasks_of(subject).at(0), folder.path());
  REQUIRE_MESSAGE(outcome.error.empty(), outcome.error);
  REQUIRE(outcome.metrics.size() == 1);
  return outcome.metrics[0];
}

}  // namespace

TEST_CASE("likelihood: a model of zeros gives each of 64 pixels log 2 nats, with any number of samples") {
  for (const std::string samples : {"1", "2", "7"}) {
    const auto subject = subject_of("variational", "plugin = \"likelihood\"\nimages = 30\nsamples = " + samples + "\n");
    compute::Model model(*subject.autoencoder.network, false);  // posterior and prior are N(0, 1), all pixels 1/2
    const auto metric = measure(subject, model);
    CHECK(metric.name == "nll");
    CHECK(metric.unit == "nats/img");
    CHECK(metric.value == doctest::Approx(64 * std::log(2)).epsilon(1e-6));
    CHECK(metric.protocol.starts_with(samples + " importance samples per image, 30 test images"));
  }
}

TEST_CASE("likelihood: more samples give a tighter bound") {
  const auto nll = [](const std::string& samples) {
    const auto subject = subject_of("conditional", "plugin = \"likelihood\"\nsamples = " + samples + "\n");
    compute::Model model(*subject.autoencoder.network, false);
    model.initialise(*subject.autoencoder.network, 1);
    return measure(subject, model).value;
  };
  CHECK(nll("100") < nll("1"));
}

TEST_CASE("likelihood: a model without densities is refused before training") {
  const auto subject = subject_of("dense", "plugin = \"likelihood\"\n");
  const auto* section = subject.config.all(Task::kKind).front();
  const auto task = host::create<Task>(*section->alternative->plugin, section->values());
  CHECK(evaluate::unmet_needs(*task, subject).size() == 1);
}
