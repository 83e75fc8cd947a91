// Images and labels of one split, straight from mapped IDX files.
#pragma once

#include "idx_file.hpp"

namespace hourglass::idx {

/// Where one split lies. `labels` may be empty: a set without labels.
struct SplitFiles {
  std::filesystem::path images, labels;
};

/// Opens a split: images of rank 2 [n, d] (read as [1, 1, d]), 3 [n, h, w] or 4 [n, c, h, w], and as many labels. Takes
/// the first `limit` images, 0: all; `limit_name` is the parameter that messages name. Labels must be below the number
/// of `class_names`.
std::unique_ptr<Samples> open_split(DataAccess& data, const SplitFiles& files, std::int64_t limit,
                                    const std::string& limit_name, std::vector<std::string> class_names);

/// Returns the largest label of a file of labels.
int largest_label(DataAccess& data, const std::filesystem::path& labels);

/// Finds a file below `folders` under any of its usual names: as it is, with a dot for the last hyphen before `idx`,
/// and gzipped. `missing` ends the message when there is none: what to do about it.
std::filesystem::path find(const std::vector<std::filesystem::path>& folders, const std::string& name,
                           const std::string& missing);

/// The four files of MNIST and Fashion-MNIST.
SplitFiles find_split(Split split, const std::vector<std::filesystem::path>& folders, const std::string& missing);

}  // namespace hourglass::idx
