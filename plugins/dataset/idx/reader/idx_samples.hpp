// Images and labels of one split, straight from mapped IDX files.
#pragma once

#include <limits>
#include <string>

#include "idx_file.hpp"

namespace hourglass::idx {

/// Where one split lies. `labels` may be empty: a set without labels.
struct SplitFiles {
  std::filesystem::path images, labels;
};

/// How many images of a split to take, from its first on.
struct Limit {
  std::int64_t count;  ///< 0: all
  std::string name;    ///< of the parameter, for messages
};

/// Opens a split: images of rank 2 [n, d] (read as [1, 1, d]), 3 [n, h, w] or 4 [n, c, h, w], and as many labels.
/// Labels must be below the number of `class_names`.
std::unique_ptr<Samples> open_split(DataAccess& data, const SplitFiles& files, const Limit& limit,
                                    std::vector<std::string> class_names);

/// Returns the largest label of a file of labels.
int largest_label(DataAccess& data, const std::filesystem::path& labels);

/// Returns the names "0", "1", ... of classes without better ones.
std::vector<std::string> numbered(int count);

/// Declares the members `train_size` and `test_size` of `Params`.
template <class Params>
void declare_sizes(ParamTable<Params>& table) {
  constexpr Range kSize{0, std::numeric_limits<std::int32_t>::max()};
  table.add("train_size", &Params::train_size, kSize, "take the first so many training images, 0: all")
      .add("test_size", &Params::test_size, kSize, "take the first so many test images, 0: all", Concerns::evaluation);
}

/// Returns the limit of a split that was declared so.
template <class Params>
Limit limit_of(Split split, const Params& params) {
  return split == Split::train ? Limit{params.train_size, "train_size"} : Limit{params.test_size, "test_size"};
}

}  // namespace hourglass::idx
