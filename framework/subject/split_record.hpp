// The record of which images each split consists of, which every run keeps as splits.json.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/json.hpp"
#include "subject/data_splits.hpp"

namespace hourglass::subject {

/// Writes ascending rows with their runs shortened: `0-4,7,9-10`.
std::string row_text(std::span<const std::int64_t> rows);

/// Returns, for each split, the number of its images, the dataset's split that they come from, and their rows in it,
/// counted from 0 (see row_text; "all"); and the shift and factor of normalised values, if there are any.
base::Json split_record(const Data& data);

}  // namespace hourglass::subject
