// A schema with its own plugins, so that tests of configurations do not depend on real plugins.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "experiment/config.hpp"

namespace hourglass::test {

/// Settings of [train] in the example.
struct ExampleTrain {
  enum class Loss { mse, bce };
  struct Params {
    std::int64_t epochs = 20;
    std::int64_t batch_size = 128;
    Loss loss = Loss::mse;
    double validation = 0.1;
    std::string label = "";
    bool shuffle = true;
    std::vector<double> weights = {};
    bool keep_best = true;
  };
  static void declare(ParamTable<Params>& table);
};

/// Returns the example: dataset few, many; noise none, gaussian, masking; architecture mlp (with sparse as its
/// bottleneck), linear; bottleneck dense, sparse; train; train.optimizer adam, sgd; tasks denoising, linear_probe.
const experiment::Schema& example_schema();

/// A registry without plugins, but with the problems of the test library noise_wrong_version.so.
const host::Registry& example_registry();

experiment::Config load(const std::filesystem::path& file, const std::vector<std::string>& overrides = {});

/// Returns the error messages of loading a file, without `folder/`; empty if it loads.
std::vector<std::string> messages_of(const std::filesystem::path& folder, const std::string& file,
                                     const std::vector<std::string>& overrides = {});

/// Writes `text` to experiment.toml in a new folder and loads it.
experiment::Config load_text(const std::string& text, const std::vector<std::string>& overrides = {});

/// Returns the only error message of loading `text`.
std::string message_of_text(const std::string& text, const std::vector<std::string>& overrides = {});

}  // namespace hourglass::test
