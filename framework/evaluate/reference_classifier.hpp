// The classifier whose features measure generated images.
#pragma once

#include <cstdint>
#include <string>

#include "evaluate/stop.hpp"
#include "subject/data_splits.hpp"
#include "train/classifier.hpp"

namespace hourglass::evaluate {

/// Trains the reference classifier on the clean training images: two convolutions of stride 2, 16 filters of 5 x 5 and
/// 32 of 3 x 3, and a dense layer of 64 units, the features, each with relu; 3 epochs of Adam at a learning rate of
/// 1e-3, batches of 128, seed 0. It depends on the training images and labels alone. Throws std::invalid_argument if
/// there are no labels.
train::Classifier train_reference(const subject::Data& data, StopFlag stop);

/// Returns the recipe in a few words, with a fingerprint of the parameters: results of unequal ones do not compare.
std::string reference_description(const train::Classifier& classifier, std::int64_t images);

}  // namespace hourglass::evaluate
