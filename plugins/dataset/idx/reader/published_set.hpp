// Datasets that are published as four IDX files with the names of MNIST's files.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "binarise.hpp"
#include "idx_samples.hpp"

namespace hourglass::idx {

/// The parameters of these datasets: the number of images to use of each split, 0: all; and how they become binary.
struct PublishedParams {
  std::int64_t train_size = 0, test_size = 0;
  Binarise binarise = Binarise::none;
  std::int64_t binarise_seed = 1;
};

inline void declare_published(ParamTable<PublishedParams>& table) {
  declare_sizes(table);
  declare_binarise(table);
}

/// Opens a split with these parameters.
inline std::unique_ptr<Samples> open_published(DataAccess& data, Split split, const SplitFiles& files,
                                               const PublishedParams& params, std::vector<std::string> class_names) {
  auto samples = open_split(data, files, limit_of(split, params), {.class_names = std::move(class_names)});
  return binarised(std::move(samples), params.binarise, params.binarise_seed, split, data);
}

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
