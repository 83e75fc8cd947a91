// The names that other programs have for the tables and keys of an experiment file.
#pragma once

#include <optional>
#include <string>
#include <utility>

namespace hourglass::experiment {

/// Returns the path of the table that has another usual name: `architecture` for `model`; "" if there is none.
std::string usual_table(const std::string& name);

/// Returns the table and the name of the key that has another usual name: `train.optimizer` and `learning_rate` for
/// `lr`. Nothing if there is none.
std::optional<std::pair<std::string, std::string>> usual_key(const std::string& name);

}  // namespace hourglass::experiment
