// A classifier made of an encoder and a head on its code.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "compute/graph/model.hpp"
#include "compute/graph/plan.hpp"
#include "subject/subject.hpp"

namespace hourglass::train {

struct ClassifierOptions {
  enum class Training {
    frozen,  ///< the head alone, on codes of the trained encoder
    joint,   ///< the trained encoder and the head together: fine-tuning
    scratch  ///< both, from new parameters, drawn from the seed as the experiment's own are
  };
  Training training = Training::frozen;
  std::vector<std::int64_t> images = {};  ///< of the train split, labelled: the label budget; empty: all
  std::int64_t epochs = 20, batch_size = 128;
  double learning_rate = 1e-3;             ///< of Adam
  std::uint64_t seed = 1;                  ///< of new parameters, of the order of images and of dropout
  std::function<void()> before_step = {};  ///< called before each update; what it throws ends the training
};

/// A trained classifier: code -> one dense layer -> logits. For one thread at a time; independent of what it was
/// trained from.
class Classifier {
 public:
  /// Writes the logits [n, classes] of images [n, C, H, W], without dropout. Throws std::invalid_argument for sizes
  /// that do not fit.
  void logits(std::span<const float> images, std::span<float> logits);
  /// Writes the class with the largest logit of each of images [n, C, H, W]; the first of equals.
  void predict(std::span<const float> images, std::span<std::int32_t> classes);

  std::int64_t classes() const { return head_.shape().size(); }
  double train_loss() const { return train_loss_; }  ///< mean cross-entropy in nats over the last epoch's steps
  std::int64_t steps() const { return steps_; }      ///< updates that were made

 private:
  friend Classifier train_classifier(const subject::Subject&, const compute::Model&, const ClassifierOptions&);

  subject::Autoencoder autoencoder_;  ///< with the head's parameters behind its own
  Node head_;                         ///< [N, classes]
  std::unique_ptr<compute::Model> model_;
  std::optional<compute::Plan> plan_;
  double train_loss_ = 0;
  std::int64_t steps_ = 0;
};

/// Trains a head, one dense layer on the code, and as the options say the encoder too, on clean images and their
/// labels: cross-entropy, no penalties. `model` is not changed. Throws std::invalid_argument when the data has no
/// labels or the encoder reads them, and std::runtime_error, with the reason, when the loss diverges. Called from one
/// thread.
Classifier train_classifier(const subject::Subject& subject, const compute::Model& model,
                            const ClassifierOptions& options);

}  // namespace hourglass::train
