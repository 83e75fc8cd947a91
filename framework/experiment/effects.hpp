// Finds keys that a user wrote where they have no effect, by the conditions that their declarations state.
#pragma once

#include <string>
#include <vector>

#include "experiment/config.hpp"
#include "experiment/origin.hpp"

namespace hourglass::experiment {

/// A key with a condition and a value other than its default.
struct ConditionalKey {
  std::string path;      ///< "train.patience", "task.0.l2"
  bool acts;             ///< true also if it is not known yet
  Origin origin;         ///< of its value
  std::string section;   ///< as in the file: `[train]`
  std::string sentence;  ///< unless it acts: why it has no effect, and the nearest fix
};

/// Returns the keys with a condition and a value other than their default, which is always accepted because resolved
/// files contain it. Conditions on swept keys and on facts that are missing may hold.
std::vector<ConditionalKey> conditional_keys(const Config& config, const Facts& facts = {});

/// Returns a table of `config` in which each key that has no effect has its default.
Section effective(const Config& config, const Section& section, const Facts& facts);

}  // namespace hourglass::experiment
