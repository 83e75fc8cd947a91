// Names, ranges and descriptions of the keys.
#include "subject/settings.hpp"

namespace hourglass::subject {

using Is = Condition::Is;

const Names<Output>& output_names() {
  static const Names<Output> names = {
      {"auto", Output::automatic}, {"linear", Output::linear}, {"sigmoid", Output::sigmoid}};
  return names;
}

void ExperimentSettings::declare(ParamTable<Params>& table) {
  table.add("name", &Params::name, Choices{},
            "name of the experiment and of its folder in results/experiments/; empty: the file's name",
            Concerns::nothing);
  table.add("seeds", &Params::seeds, {1, 10000},
            "number of seeds with which each configuration is run: seed, seed + 1, ...", Concerns::nothing);
  table.add("seed", &Params::seed, {0, 4294967295.0}, "first seed of initialisation, data order and noise");
  table.add("sparse_code", &Params::sparse_code,
            "if the code is sparse, also run the task sparse_code on the test split: l0 (mean number of active units), "
            "dead_units (share of units that are never active) and explained_variance",
            Concerns::nothing);
}

void DatasetSettings::declare(ParamTable<Params>& table) {
  constexpr double kMost = 4294967295.0;
  table.add("classes", &Params::classes, Choices{},
            "the classes to use, by name or label, such as [\"3\", \"8\"]; images of all others are left out of all "
            "splits; empty: all");
  table.add("per_class", &Params::per_class, {0, kMost},
            "number of images of each class that are drawn for training and validation; 0: all");
  table
      .add("limit", &Params::limit, {0, kMost},
           "number of images that are drawn for training and validation, of each class its share; 0: all")
      .acts_if({{"per_class", Is::equal, std::int64_t{0}}});
  table
      .add(
          "test_share", &Params::test_share, {0.001, 0.9},
          "share of the images, drawn at random, that is the test split of a dataset without one; each class gives the "
          "same share")
      .acts_if({{"dataset_tests", Is::equal, false}});
  table
      .add("split_seed", &Params::split_seed, {0, kMost},
           "seed with which test, limit, per_class and validation images are drawn, whatever the run's seed")
      .acts_if({{"dataset_tests", Is::equal, false}})
      .acts_if({{"per_class", Is::above, std::int64_t{0}}})
      .acts_if({{"limit", Is::above, std::int64_t{0}}})
      .acts_if({{"dataset_validates", Is::equal, false}, {"validation_images", Is::above, std::int64_t{0}}});
  table.add("normalise", &Params::normalise,
            {{"none", Normalise::none},
             {"range", Normalise::range},
             {"standard", Normalise::standard},
             {"features", Normalise::features},
             {"rms", Normalise::rms}},
            "how values are mapped; what it depends on is measured on the training images, without validation. range: "
            "the range that the dataset states or, without one, the least and the greatest value become 0 and 1, and "
            "values beyond are limited to them; standard: the mean becomes 0 and the deviation 1; features: the same "
            "for each value of an image or vector, and a constant one becomes 0; rms: the root mean square becomes 1");
  table.add("scale", &Params::scale, {1e-9, 1e9}, "factor of all values, applied after `normalise`");
}

void NoiseSettings::declare(ParamTable<Params>& table) {
  table
      .add("after", &Params::after, {0, 1e6},
           "epochs of training on clean images before noise is added; validation and tasks always use noise")
      .acts_if({{"plugin", Is::not_equal, "none"}});
}

void TrainSettings::declare(ParamTable<Params>& table) {
  table.add("epochs", &Params::epochs, {1, 1e6}, "passes over the training images");
  table.add("batch_size", &Params::batch_size, {1, 65536}, "images in one batch; the last of an epoch may be smaller");
  table.add("accumulate", &Params::accumulate, {1, 1e6},
            "batches whose gradients are averaged into one update; the last update of an epoch may have fewer");
  table.add("precision", &Params::precision, compute::precision_names(),
            "number format of matrix products and convolutions in training: f32, or bf16 (up to twice as fast on "
            "processors "
            "that support it); parameters, losses and statistics stay f32, and tasks compute in f32");
  table.add("loss", &Params::loss,
            {{"mse", compute::Loss::mse}, {"bce", compute::Loss::bce}, {"l1", compute::Loss::l1}},
            "loss between reconstruction and clean image: squared error, binary cross-entropy (of values in [0, 1]) or "
            "absolute error");
  table.add(
      "output", &Params::output, output_names(),
      "non-linearity of the output; auto: sigmoid for bce, linear otherwise; sigmoid needs a dataset with values in "
      "[0, 1]");
  table.add("reduction", &Params::reduction, {{"mean", Reduction::mean}, {"sum", Reduction::sum}},
            "loss of an image: mean or sum over its pixels; the loss of a batch is the mean over its images");
  const Condition validates{"validation_images", Is::above, 0};
  table
      .add("validation", &Params::validation, {0, 0.9},
           "share of the training images, drawn at random, that is held out for validation; 0: none; each class gives "
           "the same share, and the images are the same for every seed of the run")
      .acts_if({{"dataset_validates", Is::equal, false}, validates})
      .acts_if({{"dataset_validates", Is::equal, false}, {"validation", Is::equal, 0}});
  table
      .add("patience", &Params::patience, {0, 1e6},
           "stop after this many epochs without improvement of `monitor` on validation; 0: never")
      .acts_if({validates});
  table
      .add("min_delta", &Params::min_delta, {0, 1e6},
           "an epoch is an improvement if it lowers `monitor` by more than this")
      .acts_if({validates, {"patience", Is::above, 0}})
      .acts_if({validates, {"keep", Is::equal, "best"}});
  table
      .add("monitor", &Params::monitor, Choices{},
           "part of the loss that patience, keep = \"best\" and the plateau schedule follow, on validation if there "
           "is one: \"objective\" (the whole loss, each penalty with its final weight, so that epochs are comparable "
           "while a weight rises), \"reconstruction\", or the name of a penalty (unweighted)")
      .acts_if({validates, {"patience", Is::above, 0}})
      .acts_if({validates, {"keep", Is::equal, "best"}})
      .acts_if({{"train.schedule.name", Is::equal, "plateau"}});
  table.add("keep", &Params::keep, {{"best", Keep::best}, {"last", Keep::last}},
            "which parameters tasks use: those with the best `monitor` on validation, or the last; without validation "
            "always the last",
            Concerns::evaluation);
  table.add("gradient_clip", &Params::gradient_clip, {0, 1e9},
            "largest Euclidean norm of the gradient of all parameters; 0: no limit");
  table.add(
      "ema", &Params::ema, {0, 0.99999},
      "decay of a moving average of the parameters, which validation and tasks use instead; after t updates it is the "
      "smaller of `ema` and (1 + t) / (10 + t), so that the average forgets the initial values; 0: none");
  table.add(
      "pretrain", &Params::pretrain, {0, 1e6},
      "epochs of greedy layer-wise pretraining: from the image on, each layer is trained alone to reconstruct its "
      "own input, before all are trained together; 0: none; needs an architecture that lists its layers");
  table
      .add("pretrain_mask", &Params::pretrain_mask, {0, 0.99},
           "share of a layer's inputs that is set to zero during pretraining (stacked denoising)")
      .acts_if({{"pretrain", Is::above, 0}});
  table.add(
      "threads", &Params::threads, {0, 1024},
      "number of threads; 0: all cores; exception: with convolutions, it affects the last digits of results and is "
      "part of a run's identity",
      Concerns::nothing);
  table.add("checkpoint_seconds", &Params::checkpoint_seconds, {0, 86400},
            "seconds between checkpoints within an epoch; a checkpoint is also written after each epoch",
            Concerns::nothing);
}

}  // namespace hourglass::subject
