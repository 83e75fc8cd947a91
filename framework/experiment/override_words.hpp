// Overrides as the shell passes them: split at spaces.
#pragma once

#include <string>
#include <vector>

namespace hourglass::experiment {

/// Returns how many words from `first` on are one override that the shell split at spaces, as in `train.epochs = 3`; 1
/// if that word is a whole override.
std::size_t words_of_override(const std::vector<std::string>& overrides, std::size_t first);

/// Removes the spaces around the = of an override that is one word, as in `'train.epochs = 3'`. Without one before the
/// =, one after it belongs to the value.
std::string without_spaces(const std::string& override);

}  // namespace hourglass::experiment
