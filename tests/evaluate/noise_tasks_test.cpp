// Tasks with a noise of their own: what they score, and that every model sees the same corruption.
#include <doctest/doctest.h>

#include <string>

#include "base/files.hpp"
#include "evaluate/evaluated.hpp"
#include "host/create_plugin.hpp"

using namespace hourglass;
using test::Evaluated;

namespace {

/// The small run with this [noise], hidden layer and [[task]], whose table it returns the results of.
evaluate::TaskOutcome result_of(const std::string& noise, const std::string& task, const char* file = nullptr,
                                std::string* content = nullptr) {
  std::string text = test::kEvaluated;
  text.resize(text.find("[[task]]"));
  text.replace(text.find("\"gaussian\""), 10, noise);
  Evaluated run(text + "[[task]]\n" + task);
  auto outcome = run.run(run.tasks().at(0));
  REQUIRE_MESSAGE(outcome.error.empty(), outcome.error);
  if (file) *content = base::read_text(run.folder / run.tasks().at(0).name / file);
  return outcome;
}

double value_of(const evaluate::TaskOutcome& outcome, const std::string& name, const std::string& condition = "") {
  for (const auto& metric : outcome.metrics) {
    if (metric.name == name && metric.condition == condition && metric.split == Split::test && metric.baseline.empty())
      return metric.value;
  }
  FAIL("no metric ", name, " under '", condition, "'");
  return 0;
}

const std::string kNoises =
    "plugin = \"robustness\"\nnoises = [{ plugin = \"gaussian\", sigma = [0.1, 0.5] }, "
    "{ plugin = \"masking\", fraction = [0.4] }, \"blur\"]\n";

}  // namespace

TEST_CASE("denoising: a noise of its own gives the scores of a run with that noise, baselines included") {
  const auto own = result_of("\"none\"", "plugin = \"denoising\"\nnoise = { plugin = \"gaussian\", sigma = 0.5 }\n");
  const auto run = result_of("\"gaussian\"\nsigma = 0.5", "plugin = \"denoising\"\n");
  REQUIRE(own.metrics.size() == run.metrics.size());
  for (std::size_t i = 0; i < own.metrics.size(); ++i) {
    CAPTURE(own.metrics[i].name);
    CHECK(own.metrics[i].value == run.metrics[i].value);
    CHECK(own.metrics[i].baseline == run.metrics[i].baseline);
    CHECK(own.metrics[i].protocol == run.metrics[i].protocol);
  }
  CHECK(own.metrics[0].protocol.starts_with("test images with noise gaussian 0.5, scored against the clean ones; "));
}

TEST_CASE("robustness: each noise has the scores of denoising, and clean images those of reconstruction") {
  const auto robust = result_of("\"none\"", kNoises + "metrics = [\"mse\", \"psnr\"]\n");
  CHECK(robust.metrics.size() == 10);
  const auto denoised = result_of("\"gaussian\"\nsigma = 0.5", "plugin = \"denoising\"\n");
  const auto clean = result_of("\"none\"", "plugin = \"reconstruction\"\n");
  for (const std::string name : {"mse", "psnr"}) {
    CHECK(value_of(robust, name, "gaussian 0.5") == value_of(denoised, name));
    CHECK(value_of(robust, name, "clean") == value_of(clean, name));
  }
  CHECK(value_of(robust, "mse", "masking 0.4") != value_of(robust, "mse", "blur 1"));
}

TEST_CASE("robustness: the accuracy on clean images is that of linear_probe, and noise changes it") {
  const auto robust = result_of("\"none\"", kNoises);
  const auto probe = result_of("\"none\"", "plugin = \"linear_probe\"\n");
  CHECK(value_of(robust, "accuracy", "clean") == value_of(probe, "accuracy"));
  CHECK(value_of(robust, "accuracy", "gaussian 0.5") != value_of(robust, "accuracy", "clean"));
}

TEST_CASE("robustness: the table lists each noise with its severity, the curves start at clean images") {
  std::string table, curve;
  result_of("\"none\"", kNoises, "robustness.csv", &table);
  CHECK(table.starts_with("noise,severity,mse,psnr,ssim,accuracy\nclean,,"));
  CHECK(table.find("\ngaussian,0.1,") != std::string::npos);
  CHECK(table.find("\nblur,1,") != std::string::npos);
  const auto outcome = result_of("\"none\"", kNoises, "mse_by_severity.csv", &curve);
  CHECK(curve.find("gaussian,0,") != std::string::npos);
  CHECK(curve.find("gaussian,0.2,") != std::string::npos);
  CHECK(curve.find("gaussian,1,") != std::string::npos);
}

TEST_CASE("robustness: without a list, it takes the run's noise") {
  const auto robust = result_of("\"gaussian\"\nsigma = 0.5", "plugin = \"robustness\"\n");
  const auto denoised = result_of("\"gaussian\"\nsigma = 0.5", "plugin = \"denoising\"\n");
  CHECK(value_of(robust, "mse", "gaussian 0.5") == value_of(denoised, "mse"));
}

TEST_CASE("noise: every model of a seed sees the same corruption, and all severities the same random numbers") {
  const auto noise = [](const std::string& severity) -> std::shared_ptr<const Noise> {
    return test::resolve_experiment(std::string(test::kEvaluated), {"noise.clip=false", "noise.sigma=" + severity})
        .create<Noise>("noise");
  };
  std::string other = test::kEvaluated;
  other.replace(other.find("[12]"), 4, "[5, 7]");
  other.replace(other.find("[noise]\nplugin = \"gaussian\""), 27, "[noise]\nplugin = \"masking\"");
  Evaluated small, large(other);
  test::Faces one(small), two(large);
  const auto clean = test::all(one.data.clean(Split::test));
  for (const std::string severity : {"0.4", "{ min = 0.1, max = 0.9 }"}) {
    CHECK(test::all(*one.data.noisy(Split::test, noise(severity))) ==
          test::all(*two.data.noisy(Split::test, noise(severity))));
  }
  const auto weak = test::all(*one.data.noisy(Split::test, noise("0.1")));
  const auto strong = test::all(*two.data.noisy(Split::test, noise("0.2")));
  for (std::size_t i = 0; i < 1000; ++i) {
    CHECK(2 * (weak[i] - clean[i]) == doctest::Approx(strong[i] - clean[i]).epsilon(1e-5));
  }
}
