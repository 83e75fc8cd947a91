// The class of the images that a user gives, for models that read labels.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "apply/restored.hpp"

namespace hourglass::apply {

/// The class that a user gives; nothing: none. A model that reads labels gets it for every image.
using Class = std::optional<std::int32_t>;

/// Throws UserError unless the model can do it: `reads_labels` says whether what it does reads labels.
void check_class(const Restored& restored, bool reads_labels, const Class& given);
/// Returns the class of this name; nothing for "". Throws UserError, with the nearest name, if there is none.
Class class_of(const Restored& restored, const std::string& name);

}  // namespace hourglass::apply
