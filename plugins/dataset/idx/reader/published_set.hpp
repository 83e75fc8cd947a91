// Sets that are published as four IDX files, called as MNIST's are.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "idx_samples.hpp"

namespace hourglass::idx {

/// How much of a set to take.
struct Sizes {
  std::int64_t train_size = 0, test_size = 0;
};

/// Finds the two files of a split in the first of `folders` that has them, under any of their usual names: as they are,
/// with a dot for the last hyphen before `idx`, and gzipped. Throws std::runtime_error when there is none; `missing`
/// ends its message: what to do about it.
SplitFiles find_split(Split split, const std::vector<std::filesystem::path>& folders, const std::string& missing);

/// Lists the four files, to be kept in `folder` below the data directory: `hashes` are those of the training images,
/// the training labels, the test images and the test labels. A source is what precedes a file's name and what follows.
std::vector<Download> four_files(const std::string& folder, const std::vector<std::string>& hashes,
                                 const std::vector<std::pair<std::string, std::string>>& sources);

}  // namespace hourglass::idx
