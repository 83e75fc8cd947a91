// A classifier: an encoder with a head on its code.
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
    frozen,  ///< only the head, on codes of the trained encoder
    joint,   ///< the head and the trained encoder together: fine-tuning
    scratch  ///< the head and the encoder, both from new parameters
  };
  Training training = Training::frozen;
  std::vector<std::int64_t> images = {};  ///< indices of the labelled images in the train split; empty: all
  std::int64_t epochs = 20, batch_size = 128;
  double learning_rate = 1e-3;             ///< of Adam
  std::uint64_t seed = 1;                  ///< of new parameters, the order of images and dropout
  std::function<void()> before_step = {};  ///< called before each update; what it throws ends the training
};

/// A trained classifier: encoder -> code -> one dense layer -> logits. To be used by one thread at a time. Keeps no
/// reference to the model that it was trained from.
class Classifier {
 public:
  /// Writes the logits [n, classes] of images [n, C, H, W], without dropout. Throws std::invalid_argument if the sizes
  /// do not match.
  void logits(std::span<const float> images, std::span<float> logits);
  /// Writes the codes [n, K] of images [n, C, H, W], on which the head is fitted, without dropout. Throws
  /// std::invalid_argument if the sizes do not match.
  void codes(std::span<const float> images, std::span<float> codes);
  /// Writes the class [n] with the largest logit for each of the images [n, C, H, W]; the first one of equal logits.
  void predict(std::span<const float> images, std::span<std::int32_t> classes);

  std::int64_t classes() const { return head_.shape().size(); }
  std::int64_t code_size() const { return autoencoder_.code_size(); }
  std::span<const float> parameters() const { return model_->parameters(); }
  double train_loss() const { return train_loss_; }  ///< mean cross-entropy of the last epoch, nats
  std::int64_t steps() const { return steps_; }      ///< updates that were made

 private:
  friend Classifier train_classifier(subject::Autoencoder, const subject::Data&, std::span<const float>,
                                     const ClassifierOptions&);

  /// Writes one of the nodes `head_` and `code` for images.
  void apply(Node output, const char* what, std::span<const float> images, std::span<float> out);

  subject::Autoencoder autoencoder_;  ///< its network includes the head
  Node head_;                         ///< [N, classes]
  std::unique_ptr<compute::Model> model_;
  std::optional<compute::Plan> plan_;
  double train_loss_ = 0;
  std::int64_t steps_ = 0;
};

/// Trains a head (one dense layer on the code) and, depending on the options, the encoder, on clean images and their
/// labels. The loss is cross-entropy without penalties. `model` is not changed. Throws std::invalid_argument if the
/// data has no labels or the encoder reads them, and std::runtime_error, with the reason, if the loss diverges. Call it
/// from one thread.
Classifier train_classifier(const subject::Subject& subject, const compute::Model& model,
                            const ClassifierOptions& options);

/// The same for the encoder of any network, of which `autoencoder` states at least name, network, image and code; the
/// network must not have been compiled. `parameters` are those of the trained network, not read from scratch.
Classifier train_classifier(subject::Autoencoder autoencoder, const subject::Data& data,
                            std::span<const float> parameters, const ClassifierOptions& options);

}  // namespace hourglass::train
