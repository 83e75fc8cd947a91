#include "experiment/usual_names.hpp"

#include <map>

namespace hourglass::experiment {

std::string usual_table(const std::string& name) {
  static const std::map<std::string, std::string> kTables = {{"model", "architecture"},
                                                             {"network", "architecture"},
                                                             {"autoencoder", "architecture"},
                                                             {"encoder", "architecture"},
                                                             {"decoder", "architecture"},
                                                             {"code", "bottleneck"},
                                                             {"latent", "bottleneck"},
                                                             {"data", "dataset"},
                                                             {"training", "train"},
                                                             {"corruption", "noise"},
                                                             {"evaluation", "task"},
                                                             {"metrics", "task"},
                                                             {"optimizer", "train.optimizer"},
                                                             {"optimiser", "train.optimizer"},
                                                             {"optim", "train.optimizer"},
                                                             {"opt", "train.optimizer"},
                                                             {"schedule", "train.schedule"},
                                                             {"scheduler", "train.schedule"},
                                                             {"lr_scheduler", "train.schedule"},
                                                             {"lr_schedule", "train.schedule"}};
  const auto found = kTables.find(name);
  return found == kTables.end() ? "" : found->second;
}

std::optional<std::pair<std::string, std::string>> usual_key(const std::string& name) {
  struct Key {
    const char *table, *name;
  };
  static constexpr Key kRate{"train.optimizer", "learning_rate"}, kDecay{"train.optimizer", "weight_decay"},
      kEpsilon{"train.optimizer", "epsilon"}, kEpochs{"train", "epochs"}, kBatch{"train", "batch_size"},
      kThreads{"train", "threads"}, kValidation{"train", "validation"}, kClip{"train", "gradient_clip"},
      kWarmup{"train.schedule", "warmup_epochs"}, kPatience{"train", "patience"}, kLoss{"train", "loss"},
      kPrecision{"train", "precision"}, kEma{"train", "ema"}, kSize{"bottleneck", "size"},
      kHidden{"architecture", "hidden"}, kActivation{"architecture", "activation"}, kSigma{"noise", "sigma"},
      kFraction{"noise", "fraction"}, kSeed{"", "seed"}, kSeeds{"", "seeds"};
  static const std::map<std::string, Key> kKeys = {{"lr", kRate},
                                                   {"eta", kRate},
                                                   {"step_size", kRate},
                                                   {"learningrate", kRate},
                                                   {"wd", kDecay},
                                                   {"decay_weight", kDecay},
                                                   {"eps", kEpsilon},
                                                   {"epoch", kEpochs},
                                                   {"n_epochs", kEpochs},
                                                   {"num_epochs", kEpochs},
                                                   {"max_epochs", kEpochs},
                                                   {"batch", kBatch},
                                                   {"bs", kBatch},
                                                   {"batchsize", kBatch},
                                                   {"minibatch", kBatch},
                                                   {"minibatch_size", kBatch},
                                                   {"num_threads", kThreads},
                                                   {"n_threads", kThreads},
                                                   {"num_workers", kThreads},
                                                   {"n_jobs", kThreads},
                                                   {"val_split", kValidation},
                                                   {"validation_split", kValidation},
                                                   {"val_fraction", kValidation},
                                                   {"val_size", kValidation},
                                                   {"validation_size", kValidation},
                                                   {"grad_clip", kClip},
                                                   {"clip_grad", kClip},
                                                   {"clip_norm", kClip},
                                                   {"max_grad_norm", kClip},
                                                   {"warmup", kWarmup},
                                                   {"early_stopping", kPatience},
                                                   {"early_stopping_patience", kPatience},
                                                   {"criterion", kLoss},
                                                   {"loss_fn", kLoss},
                                                   {"dtype", kPrecision},
                                                   {"ema_decay", kEma},
                                                   {"latent_dim", kSize},
                                                   {"latent_size", kSize},
                                                   {"code_dim", kSize},
                                                   {"code_size", kSize},
                                                   {"z_dim", kSize},
                                                   {"embedding_dim", kSize},
                                                   {"bottleneck_size", kSize},
                                                   {"bottleneck_dim", kSize},
                                                   {"hidden_dims", kHidden},
                                                   {"hidden_sizes", kHidden},
                                                   {"hidden_layers", kHidden},
                                                   {"hidden_units", kHidden},
                                                   {"layers", kHidden},
                                                   {"layer_sizes", kHidden},
                                                   {"widths", kHidden},
                                                   {"act", kActivation},
                                                   {"activation_fn", kActivation},
                                                   {"nonlinearity", kActivation},
                                                   {"std", kSigma},
                                                   {"stddev", kSigma},
                                                   {"noise_std", kSigma},
                                                   {"noise_level", kSigma},
                                                   {"noise_factor", kSigma},
                                                   {"noise_sigma", kSigma},
                                                   {"prob", kFraction},
                                                   {"probability", kFraction},
                                                   {"noise_fraction", kFraction},
                                                   {"random_seed", kSeed},
                                                   {"random_state", kSeed},
                                                   {"rng_seed", kSeed},
                                                   {"n_seeds", kSeeds},
                                                   {"num_seeds", kSeeds},
                                                   {"repeats", kSeeds},
                                                   {"n_runs", kSeeds}};
  const auto found = kKeys.find(name);
  if (found == kKeys.end()) return std::nullopt;
  return std::pair<std::string, std::string>(found->second.table, found->second.name);
}

}  // namespace hourglass::experiment
