// Datasets that are published as four IDX files with the names of MNIST's files.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "idx_samples.hpp"

namespace hourglass::idx {

/// The number of images to use of each split; 0: all.
struct Sizes {
  std::int64_t train_size = 0, test_size = 0;
};

/// Finds the two files of a split in `folders`, searched in order, under any of their usual names: with a hyphen or a
/// dot before `idx`, plain or gzipped. Throws std::runtime_error if there are none; the message ends with `missing`,
/// which says how to get them.
SplitFiles find_split(Split split, const std::vector<std::filesystem::path>& folders, const std::string& missing);

/// Lists the downloads of the four files, which are stored in `folder` of the data directory. `hashes` are those of the
/// training images, training labels, test images and test labels. A source is the text before and after the file's
/// name.
std::vector<Download> four_files(const std::string& folder, const std::vector<std::string>& hashes,
                                 const std::vector<std::pair<std::string, std::string>>& sources);

}  // namespace hourglass::idx
