// Severities that vary, chains, and plugins that are the value of a key: what files may say and what it means.
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "host/create_plugin.hpp"
#include "host/value_text.hpp"
#include "subject/subject.hpp"
#include "support/experiment.hpp"

using namespace hourglass;
using base::Stream;

namespace {

const std::string kHead = R"([dataset]
plugin = "shapes"
train_size = 40
test_size = 20
side = 8
[architecture]
plugin = "mlp"
hidden = [4]
[train]
epochs = 10
)";

experiment::Config config_of(const std::string& noise, const std::vector<std::string>& overrides = {}) {
  return test::resolve_experiment(kHead + noise, overrides);
}

/// Returns the message about a file, from its line and column on; "" if there is none.
std::string message(const std::string& noise, const std::vector<std::string>& overrides = {}) {
  try {
    const auto config = config_of(noise, overrides);
    check(subject::Subject(config, 1));
  } catch (const base::UserError& error) {
    const std::string text = error.what();
    const auto place = text.find("experiment.toml");
    return place == std::string::npos ? text : text.substr(place);
  }
  return "";
}

/// Corrupts a black image of 2000 pixels, for each of `count` samples.
std::vector<std::vector<float>> corrupted(const Noise& noise, int count) {
  const std::vector<float> clean(2000, 0.0f);
  std::vector<std::vector<float>> all(static_cast<std::size_t>(count), clean);
  for (std::size_t i = 0; i < all.size(); ++i) {
    base::PhiloxRng rng(1, Stream::noise, 0, i);
    noise.corrupt(clean, all[i], {1, 40, 50}, rng);
  }
  return all;
}

double deviation(const std::vector<float>& image) {
  double square = 0;
  for (const float pixel : image) square += static_cast<double>(pixel) * static_cast<double>(pixel);
  return std::sqrt(square / static_cast<double>(image.size()));
}

const std::string kGaussian = "[noise]\nplugin = \"gaussian\"\nclip = false\nsigma = ";

}  // namespace

TEST_CASE("severity: a range is drawn for each image, uniform between its ends") {
  const auto config = config_of(kGaussian + "{ min = 0.2, max = 0.6 }\n");
  const auto images = corrupted(*config.create<Noise>("noise"), 400);
  double least = 1, most = 0, mean = 0;
  for (const auto& image : images) {
    const double sigma = deviation(image);
    least = std::min(least, sigma);
    most = std::max(most, sigma);
    mean += sigma / 400;
  }
  CHECK(least > 0.19);
  CHECK(least < 0.22);
  CHECK(most < 0.63);
  CHECK(most > 0.57);
  CHECK(std::abs(mean - 0.4) < 4 * 0.4 / std::sqrt(12 * 400.0));
}

TEST_CASE("severity: a schedule rises linearly from begin to end; validation and tasks get its last value") {
  const auto config = config_of(kGaussian + "{ from = 0.1, to = 0.5, begin = 2, end = 6 }\n");
  const std::vector<std::pair<double, double>> expected = {
      {0, 0.1}, {2, 0.1}, {3, 0.2}, {4, 0.3}, {6, 0.5}, {9, 0.5}, {host::kAfterTraining, 0.5}};
  for (const auto& [epoch, sigma] : expected) {
    const auto constant = config_of(kGaussian + std::to_string(sigma) + "\n").create<Noise>("noise");
    const auto image = corrupted(*config.create<Noise>("noise", epoch), 1), same = corrupted(*constant, 1);
    CAPTURE(epoch);
    CHECK(deviation(image[0]) == doctest::Approx(deviation(same[0])).epsilon(1e-6));  // the same random numbers
  }
}

TEST_CASE("severity: equal ends are a constant, and a range has an identity of its own") {
  const auto identity = [](const std::string& sigma) {
    return config_of(kGaussian + sigma + "\n").identity(Concerns::training);
  };
  CHECK(identity("{ min = 0.3, max = 0.3 }") == identity("0.3"));
  CHECK(identity("{ min = 0.1, max = 0.3 }") != identity("0.3"));
  CHECK(identity("{ min = 0.1, max = 0.3 }") == identity("{ max = 0.3, min = 0.1 }"));
  CHECK(identity("{ from = 0.1, to = 0.3, end = 5 }") != identity("{ from = 0.1, to = 0.3, end = 6 }"));
}

TEST_CASE("severity: a resolved file reads back to the same configuration") {
  const std::vector<std::string> files = {
      kGaussian + "{ min = 0.1, max = 0.3 }\n", kGaussian + "{ from = 0, to = 1, end = 5 }\n",
      "[noise]\nplugin = \"chain\"\nstages = [\"blur\", { plugin = \"masking\", fraction = { min = 0, max = 0.5 } }]\n",
      "[[task]]\nplugin = \"denoising\"\nnoise = \"blur\"\n"};
  for (const auto& noise : files) {
    const auto config = config_of(noise);
    const auto again = test::resolve_experiment(config.to_toml());
    CHECK(again.to_toml() == config.to_toml());
    CHECK(again.identity(Concerns::training) == config.identity(Concerns::training));
  }
}

TEST_CASE("severity: can be swept, and set on the command line") {
  const auto config = config_of(kGaussian + "0.3\n[sweep.grid]\n\"noise.sigma\" = [0.1, { min = 0, max = 0.5 }]\n");
  REQUIRE(config.axes.size() == 1);
  CHECK(config.axes[0].values == std::vector<Value>{0.1, Varying{Varying::By::image, 0, 0.5, 0, 0}});
  const auto cell = experiment::with_assignments(config, {{"noise.sigma", config.axes[0].values[1]}});
  CHECK(cell.identity(Concerns::training) ==
        config_of(kGaussian + "{ min = 0, max = 0.5 }\n").identity(Concerns::training));
  const auto typed = config_of(kGaussian + "{ min = 0.1, max = 0.5 }\n", {"noise.sigma.max=0.4"});
  CHECK(typed.table("noise").settings[0].value == Value(Varying{Varying::By::image, 0.1, 0.4, 0, 0}));
}

TEST_CASE("chosen plugins: their keys can be swept, and set on the command line") {
  const std::string task = "[[task]]\nplugin = \"denoising\"\nnoise = { plugin = \"gaussian\", clip = false }\n";
  const auto config = config_of(task + "[sweep.grid]\n\"task.0.noise.sigma\" = [0.1, 0.2]\n");
  REQUIRE(config.axes.size() == 1);
  CHECK(config.axes[0].path == "task.0.noise.sigma");
  const auto cell = experiment::with_assignments(config, {{"task.0.noise.sigma", config.axes[0].values[1]}});
  const auto typed = config_of(task, {"task.0.noise.sigma=0.2"});
  const auto& values = cell.all("task")[0]->settings;
  CHECK(values[1].value == typed.all("task")[0]->settings[1].value);
  CHECK(host::to_toml(values[1].value) == "[{ plugin = \"gaussian\", clip = false, sigma = 0.2 }]");
  CHECK(message(task + "[sweep.grid]\n\"task.0.noise.sigm\" = [0.1]\n").find("unknown path 'task.0.noise.sigm'") !=
        std::string::npos);
  CHECK(message(task + "[sweep.grid]\n\"task.0.noise.sigma\" = [-1]\n").find("is out of range") != std::string::npos);
}

TEST_CASE("severity: mistakes have their place and the nearest fix") {
  const std::string lead = "experiment.toml:14:9: [noise] ", within = "experiment.toml:14:";
  const auto sigma = [](const std::string& value) { return message(kGaussian + value + "\n"); };
  CHECK(sigma("{ min = 0.5, max = 0.1 }") == lead + "'sigma' expects min below max, but got min = 0.5 and max = 0.1");
  CHECK(sigma("{ min = 0.5 }") == lead + "'sigma' has no 'max'; add max = VALUE");
  CHECK(sigma("{ from = 0, to = 1 }") == lead + "'sigma' has no 'end'; add end = VALUE");
  CHECK(sigma("{}") == lead +
                           "'sigma' expects a number, { min, max } to draw it for each image, or { from, to, begin, "
                           "end } to change it over epochs");
  CHECK(sigma("{ min = 0, max = 11 }") ==
        within + "26: [noise] 'sigma.max' is out of range: expected 0 to 10, but got 11");
  CHECK(sigma("{ min = 0, max = 1, maxx = 2 }") ==
        within + "29: [noise] unknown key 'sigma.maxx': expected min, max; did you mean 'max'?");
  CHECK(sigma("{ from = 0, to = 1, begin = 5, end = 5 }") ==
        lead + "'sigma' expects begin before end, but got begin = 5 and end = 5");
  CHECK(sigma("{ from = 0, to = 1, end = 11 }")
            .find("the severity of gaussian changes until epoch 11, but training has 10 epochs") != std::string::npos);
  CHECK(message("[noise]\nplugin = \"gaussian\"\nclip = { min = 0, max = 1 }\n") ==
        "experiment.toml:13:8: [noise] 'clip' expects true or false, but got a table");
}

TEST_CASE("chain: its stages corrupt the image in turn, each with its own numbers") {
  const auto config = config_of(
      "[noise]\nplugin = \"chain\"\n[[noise.stages]]\nplugin = \"background\"\nlevel = 0.5\n"
      "[[noise.stages]]\nplugin = \"masking\"\nfraction = 0.4\n");
  const auto image = corrupted(*config.create<Noise>("noise"), 1)[0];
  const auto black = static_cast<double>(std::ranges::count(image, 0.0f)) / 2000;
  CHECK(std::abs(black - 0.4) < 4 * std::sqrt(0.4 * 0.6 / 2000));
  CHECK(std::ranges::max(image) < 0.5f);
  const auto& noise = config.table("noise");
  CHECK(host::plugin_text(*noise.alternative->plugin, noise.values()) == "chain (background 0.5; masking 0.4)");
}

TEST_CASE("chain: one stage gives the bytes of its noise model alone, and the order of stages matters") {
  const auto of = [](const std::string& stages) {
    return corrupted(*config_of("[noise]\nplugin = \"chain\"\nstages = " + stages + "\n").create<Noise>("noise"), 2);
  };
  CHECK(of("[{ plugin = \"gaussian\", sigma = 0.2 }]") ==
        corrupted(*config_of("[noise]\nplugin = \"gaussian\"\nsigma = 0.2\n").create<Noise>("noise"), 2));
  CHECK(of("[\"background\", \"masking\"]") != of("[\"masking\", \"background\"]"));
  CHECK(of("[]") == std::vector<std::vector<float>>(2, std::vector<float>(2000, 0.0f)));
}

TEST_CASE("chosen plugins: mistakes have their place and the nearest fix") {
  const auto stages = [](const std::string& value) {
    return message("[noise]\nplugin = \"chain\"\nstages = " + value + "\n");
  };
  const std::string lead = "experiment.toml:13:";
  CHECK(stages("\"gaussian\"") == lead +
                                      "10: [noise] 'stages' expects a list of noise plugins, but got the string "
                                      "\"gaussian\"; write [{ plugin = \"NAME\", ... }]");
  CHECK(stages("[\"gausian\"]").starts_with(lead + "11: [noise] unknown stages.0 'gausian': expected one of "));
  CHECK(stages("[\"gausian\"]").ends_with("did you mean 'gaussian'?"));
  CHECK(stages("[{ sigma = 0.3 }]").starts_with(lead + "11: [noise] 'stages.0' has no 'plugin'; write plugin = "));
  CHECK(stages("[{ plugin = \"gaussian\", sigm = 0.3 }]") ==
        lead + "34: [noise] unknown key 'stages.0.sigm': gaussian has sigma, clip; did you mean 'sigma'?");
  CHECK(stages("[\"blur\", { plugin = \"gaussian\", sigma = -1 }]") ==
        lead + "50: [noise] 'stages.1.sigma' is out of range: expected 0 to 10, but got -1");
  CHECK(stages("[{ plugin = \"salt_pepper\", fraction = 0, salt = 0.1 }]") ==
        lead + "58: [noise] 'stages.0.salt' has no effect: it acts only if fraction > 0; remove it");
  CHECK(stages("[{ plugin = \"gaussian\", sigma = [0.1, 0.2] }]").find("'stages.0.sigma' expects a number") !=
        std::string::npos);
}
