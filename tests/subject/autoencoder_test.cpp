// Assembling a network from an experiment: the objective, and combinations that are refused.
#include "subject/autoencoder.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "support/experiment.hpp"

using namespace hourglass;

namespace {

constexpr const char* kAutoencoderExperiment = R"([dataset]
plugin = "shapes"
[architecture]
plugin = "mlp"
hidden = []
[bottleneck]
size = 32
[train]
)";

subject::Autoencoder assembled(const std::string& train) {
  return subject::assemble(test::resolve_experiment(kAutoencoderExperiment + train), {1, 28, 28}, 2);
}

std::string error_of(const std::string& text) {
  try {
    subject::assemble(test::resolve_experiment(text), {1, 28, 28}, 2);
  } catch (const base::UserError& error) {
    const auto& message = error.messages().at(0);
    return message.substr(message.find("experiment.toml"));
  }
  return "";
}

}  // namespace

TEST_CASE("autoencoder: output auto is sigmoid for bce and linear otherwise") {
  CHECK(assembled("loss = \"bce\"").objective.nonlinearity == Activation::sigmoid);
  CHECK(assembled("loss = \"mse\"").objective.nonlinearity == Activation::identity);
  CHECK(assembled("loss = \"l1\"").objective.nonlinearity == Activation::identity);
  CHECK(assembled("loss = \"mse\"\noutput = \"sigmoid\"").objective.nonlinearity == Activation::sigmoid);
}

TEST_CASE("autoencoder: loss and reduction are those of the file") {
  const auto autoencoder = assembled("loss = \"l1\"\nreduction = \"sum\"");
  CHECK(autoencoder.objective.loss == compute::Loss::l1);
  CHECK(autoencoder.objective.sum);
  CHECK(autoencoder.code_size() == 32);
}

TEST_CASE("autoencoder: parameters are named after their parts") {
  const auto autoencoder = assembled("");
  std::vector<std::string> parts;
  for (const auto& record : autoencoder.network->parameters()) {
    parts.push_back(record.name.substr(0, record.name.find('.')));
  }
  CHECK(parts == std::vector<std::string>{"bottleneck", "bottleneck", "decoder", "decoder"});
}

TEST_CASE("autoencoder: bce with an output that is not a probability is refused with the key's location") {
  CHECK(error_of(std::string(kAutoencoderExperiment) + "loss = \"bce\"\noutput = \"linear\"\n") ==
        "experiment.toml:10:10: [train] loss = \"bce\" needs reconstructions in (0, 1), but got output = \"linear\"; "
        "use output = \"auto\" or \"sigmoid\"");
}

TEST_CASE("autoencoder: an error of a plugin is reported with the location of the key that it names") {
  const auto message =
      error_of("[dataset]\nplugin = \"shapes\"\n[architecture]\nplugin = \"conv\"\ndown = \"stride\"\nkernel = 2\n");
  CAPTURE(message);
  CHECK(message.starts_with("experiment.toml:6:10: [architecture] "));
  CHECK(message.find("kernel must be odd") != std::string::npos);
}
