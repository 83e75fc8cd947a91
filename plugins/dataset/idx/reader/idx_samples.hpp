// Reads the images and labels of one split directly from mapped IDX files.
#pragma once

#include <limits>
#include <string>

#include "idx_file.hpp"

namespace hourglass::idx {

/// The files of one split. `labels` is empty if the dataset has no labels.
struct SplitFiles {
  IdxPath images, labels;
};

/// The number of images to use of a split, from the first on.
struct Limit {
  std::int64_t count;  ///< 0: all
  std::string name;    ///< name of the parameter, for messages
};

/// Opens a split: images of rank 2 [n, d] (read as [1, 1, d]), 3 [n, h, w] or 4 [n, c, h, w], and n labels, which must
/// be less than the number of `class_names`. Throws std::runtime_error with the file if they are not.
std::unique_ptr<Samples> open_split(DataAccess& data, const SplitFiles& files, const Limit& limit,
                                    std::vector<std::string> class_names);

/// Returns the largest label in a file.
int largest_label(DataAccess& data, const IdxPath& labels);

/// Returns "0", "1", ... as names of `count` classes.
std::vector<std::string> numbered(int count);

/// Declares the members `train_size` and `test_size` of `Params`.
template <class Params>
void declare_sizes(ParamTable<Params>& table) {
  constexpr Range kSize{0, std::numeric_limits<std::int32_t>::max()};
  table.add("train_size", &Params::train_size, kSize, "number of training images to use, from the first on; 0: all")
      .add("test_size", &Params::test_size, kSize, "number of test images to use, from the first on; 0: all",
           Concerns::evaluation);
}

/// Returns the limit that these parameters set for a split.
template <class Params>
Limit limit_of(Split split, const Params& params) {
  return split == Split::train ? Limit{params.train_size, "train_size"} : Limit{params.test_size, "test_size"};
}

}  // namespace hourglass::idx
