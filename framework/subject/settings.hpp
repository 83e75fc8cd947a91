// The keys of experiment files that do not belong to plugins: the top-level keys, [train], and those of all datasets
// and noise models.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compute/graph/plan_spec.hpp"
#include "hourglass/params.hpp"

namespace hourglass::subject {

/// The non-linearity of the reconstruction; `automatic` follows the loss.
enum class Output { automatic, linear, sigmoid };
/// How the loss of an image combines the losses of its pixels.
enum class Reduction { mean, sum };
/// Which parameters tasks use.
enum class Keep { best, last };

const Names<Output>& output_names();

/// The task that is run, without being listed, on every sparse code.
inline constexpr const char* kSparseCodeTask = "sparse_code";

/// The top-level keys.
struct ExperimentSettings {
  struct Params {
    std::string name;
    std::int64_t seeds = 1;
    std::int64_t seed = 1;
    bool sparse_code = true;
  };
  static void declare(ParamTable<Params>& table);
};

/// How the values of a dataset are mapped before anything else sees them.
enum class Normalise { none, range, standard, features, rms };

/// The keys of [dataset] that all datasets share.
struct DatasetSettings {
  struct Params {
    std::vector<std::string> classes;
    std::int64_t per_class = 0;
    std::int64_t limit = 0;
    double test_share = 0.2;
    std::int64_t split_seed = 0;
    Normalise normalise = Normalise::none;
    double scale = 1;
  };
  static void declare(ParamTable<Params>& table);
};

/// The keys of [noise] that all noise models share.
struct NoiseSettings {
  struct Params {
    std::int64_t after = 0;
  };
  static void declare(ParamTable<Params>& table);
};

/// [train].
struct TrainSettings {
  struct Params {
    std::int64_t epochs = 20;
    std::int64_t batch_size = 128;
    std::int64_t accumulate = 1;
    compute::Precision precision = compute::Precision::f32;
    compute::Loss loss = compute::Loss::mse;
    Output output = Output::automatic;
    Reduction reduction = Reduction::mean;
    double validation = 0.1;
    std::int64_t patience = 0;
    double min_delta = 0;
    std::string monitor = "objective";
    Keep keep = Keep::best;
    double gradient_clip = 0;
    double ema = 0;
    std::int64_t pretrain = 0;
    double pretrain_mask = 0;
    std::int64_t threads = 0;
    double checkpoint_seconds = 10;
  };
  static void declare(ParamTable<Params>& table);
};

}  // namespace hourglass::subject
