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

/// How values of files become pixels and classes.
struct Reading {
  /// The names of the labels 0, 1, ...; if empty, labels are any integers of 32 bits.
  std::vector<std::string> class_names = {};
  /// The lowest and the highest value, which become 0 and 1; if empty, 0 and 255 of unsigned bytes, and 0 and 1 of
  /// floating-point numbers.
  std::vector<double> range = {};
  std::int64_t label_column = 0;  ///< the column of labels [n, k] that holds the class
};

/// Opens a split: images of rank 2 [n, d] (read as [1, 1, d]), 3 [n, h, w] or 4 [n, c, h, w], and labels [n] or [n, k].
/// Values that are not unsigned bytes of the whole range are all checked. Throws std::runtime_error with the file and
/// the byte if a value is out of range, a label is not one of the names, not an integer or not of 32 bits, or if the
/// numbers of images and labels differ.
std::unique_ptr<Samples> open_split(DataAccess& data, const SplitFiles& files, const Limit& limit,
                                    const Reading& reading);

/// Opens a file of images. Throws as open_idx.
IdxFile open_images(DataAccess& data, const IdxPath& images);

/// Returns the shape of the images in a file.
ImageShape shape_of(const IdxFile& images);

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
