// Unpacks the members of NumPy's .npz archives, which are ZIP files.
#pragma once

#include <filesystem>
#include <string>

#include "hourglass/dataset.hpp"

namespace hourglass::npz {

/// Returns a member, stored or deflated, from the cache of decoded files. `name` is that of the array, without ".npy".
/// Throws std::runtime_error with the file; if there is no such member, with the names of all.
MappedBytes unpack(DataAccess& data, const std::filesystem::path& file, const std::string& name);

}  // namespace hourglass::npz
