// The tables of an experiment file that belong to training itself.
#pragma once

#include <cstdint>
#include <string>

#include "compute/graph/plan.hpp"
#include "hourglass/params.hpp"

namespace hourglass::subject {

/// The non-linearity of the reconstruction; `automatic` follows the loss.
enum class Output { automatic, linear, sigmoid, tanh };
/// How the losses of an image's pixels become the loss of the image.
enum class Reduction { mean, sum };
/// Which parameters tasks see.
enum class Keep { best, last };

inline const Names<Output>& output_names() {
  static const Names<Output> names = {
      {"auto", Output::automatic}, {"linear", Output::linear}, {"sigmoid", Output::sigmoid}, {"tanh", Output::tanh}};
  return names;
}

/// The keys above all tables.
struct ExperimentSettings {
  struct Params {
    std::string name;
    std::int64_t seeds = 1;
    std::int64_t seed = 1;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("name", &Params::name, Choices{},
              "the experiment's name and folder below results/; empty: the file's name", Concerns::nothing);
    table.add("seeds", &Params::seeds, {1, 10000}, "how many cells to run, with seeds seed, seed + 1, ...",
              Concerns::nothing);
    table.add("seed", &Params::seed, {0, 4294967295.0}, "the first seed: of initialisation, data order and noise");
  }
};

/// [noise] keys of every noise model.
struct NoiseSettings {
  struct Params {
    std::int64_t after = 0;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("after", &Params::after, {0, 1e6},
              "epochs of training on clean images before the noise sets in; validation and tasks have it throughout");
  }
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
  static void declare(ParamTable<Params>& table) {
    table.add("epochs", &Params::epochs, {1, 1e6}, "passes over the training images");
    table.add("batch_size", &Params::batch_size, {1, 65536},
              "images in one batch; the last of an epoch may be smaller");
    table.add("accumulate", &Params::accumulate, {1, 1e6},
              "batches whose gradients are averaged into one update; the last of an epoch may have fewer");
    table.add(
        "precision", &Params::precision, compute::precision_names(),
        "numbers that matrix products and convolutions take in training: f32, or bf16 (up to twice as fast where the "
        "processor has it); parameters, losses and statistics stay f32, and tasks compute in f32");
    table.add("loss", &Params::loss,
              {{"mse", compute::Loss::mse}, {"bce", compute::Loss::bce}, {"l1", compute::Loss::l1}},
              "what is minimised: squared error, binary cross-entropy or absolute error against the clean image");
    table.add("output", &Params::output, output_names(),
              "non-linearity of the reconstruction; auto: sigmoid for bce, linear otherwise");
    table.add("reduction", &Params::reduction, {{"mean", Reduction::mean}, {"sum", Reduction::sum}},
              "the loss of an image: mean or sum over its pixels; always the mean over the batch");
    table.add(
        "validation", &Params::validation, {0, 0.9},
        "share of train, from its end, that validates instead; 0: none; a set's own validation split comes first");
    table.add("patience", &Params::patience, {0, 1e6},
              "stop after so many epochs without a better `monitor` on validation; 0: never");
    table.add("min_delta", &Params::min_delta, {0, 1e6}, "what counts as better: lower by more than this");
    table.add("monitor", &Params::monitor, Choices{},
              "the part of the loss that patience, keep = \"best\" and a plateau schedule follow, on validation where "
              "there is one: \"objective\" (all of it, each penalty with its final weight, so that epochs compare "
              "while a weight still rises), \"reconstruction\", or the name of a penalty, which counts unweighted");
    table.add(
        "keep", &Params::keep, {{"best", Keep::best}, {"last", Keep::last}},
        "which parameters the tasks see: of the best `monitor` on validation, or the last; without validation the last",
        Concerns::evaluation);
    table.add("gradient_clip", &Params::gradient_clip, {0, 1e9},
              "largest Euclidean norm of all gradients; 0: no limit");
    table.add("ema", &Params::ema, {0, 0.99999},
              "decay of a moving average of the parameters, which validation and the tasks see instead; 0: none");
    table.add("pretrain", &Params::pretrain, {0, 1e6},
              "epochs that each layer is trained alone for, from the image on, to reconstruct its own input (greedy "
              "layer-wise pretraining), before all are trained together; 0: none; needs an architecture that lists its "
              "layers");
    table.add("pretrain_mask", &Params::pretrain_mask, {0, 0.99},
              "share of a layer's inputs that is set to zero while it is pretrained (stacked denoising)");
    table.add("threads", &Params::threads, {0, 1024}, "threads of a run; 0: all cores", Concerns::nothing);
    table.add("checkpoint_seconds", &Params::checkpoint_seconds, {0, 86400},
              "time between checkpoints within an epoch; one is always written at an epoch's end", Concerns::nothing);
  }
};

}  // namespace hourglass::subject
