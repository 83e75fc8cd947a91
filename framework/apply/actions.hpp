// What a trained model does with the images of a user. The result for an image does not depend on the other images.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apply/classes.hpp"
#include "apply/input.hpp"
#include "apply/output.hpp"
#include "apply/restored.hpp"
#include "results/table.hpp"

namespace hourglass::apply {

/// Reconstructs images and writes them: a picture to a PNG file of the same path, an array to a .npy file of the same
/// name. Returns the names of the files and the mean squared error of each image, in the values that the model sees.
results::Table reconstruct(Restored& restored, const Input& input, const Class& given, OutputFolder& output);

/// Throws UserError unless the model was trained with noise.
void check_denoises(const Restored& restored);

/// Returns the codes, [n, K].
std::vector<float> encode(Restored& restored, const Input& input, const Class& given);

/// Fits a logistic regression on the codes of the run's training images, and returns the most likely class of each
/// image and the next one. `description` becomes a sentence about the classifier. Throws UserError without labels.
results::Table classify(Restored& restored, const Input& input, std::string& description);

/// Samples `count` images from the prior and writes them as PNG files or, if they cannot be pictures, as one array. A
/// model that reads labels gets the given class or, without one, each in turn, with a folder for each. The same seed
/// gives the same images; of a larger count they are the first ones. Throws UserError without a prior.
results::Table sample(Restored& restored, const Class& given, std::int64_t count, std::int64_t seed,
                      OutputFolder& output);

}  // namespace hourglass::apply
