// The dataset of an experiment as training and evaluation use it: three splits of the wanted classes, read in parallel,
// normalised, with keyed noise.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "experiment/config.hpp"
#include "host/data_access.hpp"
#include "hourglass/dataset.hpp"
#include "hourglass/noise.hpp"
#include "subject/classes.hpp"
#include "subject/normalisation.hpp"
#include "subject/settings.hpp"

namespace hourglass::subject {

/// Some images of an opened split.
struct Part {
  const Samples* samples = nullptr;
  std::int64_t size = 0;
  std::vector<std::int64_t> rows;                ///< the images in `samples`, [size], or empty: all of them
  std::vector<std::int32_t> labels;              ///< the class of each, [size], or empty: no labels
  Split noise = Split::train;                    ///< the split of `samples`, which selects the keys of their noise
  const Normalisation* normalisation = nullptr;  ///< of the values; null: they are as in `samples`
  ValueRange range = {};                         ///< of the values
};

/// Reads a part of the data. Cheap to copy; valid as long as the Data. A sealed view knows its size only: reading its
/// images or labels throws std::logic_error.
class SplitView {
 public:
  SplitView() = default;
  explicit SplitView(const Part& part, bool sealed = false) : part_(&part), sealed_(sealed) {}

  std::int64_t size() const { return part_ == nullptr ? 0 : part_->size; }  ///< 0 if the split does not exist
  std::span<const std::int32_t> labels() const;  ///< the class of each image, in [0, classes), or empty
  /// Writes the images at `indices`, each in [0, size()), to `images`, [indices, C, H, W], in parallel.
  void read(std::span<const std::int64_t> indices, std::span<float> images) const;
  /// Writes the classes of these images, one-hot, to `rows`, [indices, classes].
  void one_hot(std::span<const std::int64_t> indices, std::span<float> rows) const;
  /// Corrupts `clean`, [indices, C, H, W] of `shape`, into `noisy` in parallel. `clean` holds the images at `indices`
  /// or tensors computed from them. Random numbers are keyed by (seed, stream, epoch, split and
  /// row of the dataset's own split), so that an image's noise does not depend on which images are held out.
  void corrupt(std::span<const std::int64_t> indices, std::span<const float> clean, std::span<float> noisy,
               const ImageShape& shape, const Noise& noise, std::uint64_t seed, base::Stream stream,
               std::uint64_t epoch) const;
  /// Reads the images and corrupts them.
  void read_noisy(std::span<const std::int64_t> indices, std::span<float> clean, std::span<float> noisy,
                  const Noise& noise, std::uint64_t seed, base::Stream stream, std::uint64_t epoch) const;

 private:
  std::int64_t row_of(std::int64_t index) const;
  void require_open() const;

  const Part* part_ = nullptr;
  bool sealed_ = false;
};

/// The dataset of an experiment, of the classes that its keys select. If the dataset has no test split, a share of
/// train is drawn for it; then `limit` or `per_class` images are drawn for training; if the dataset has no validation
/// split, the share `train.validation` of them is drawn for it (see validation_draw.hpp).
class Data {
 public:
  /// Opens train and test (and validation, if it exists) and checks their shapes, labels and some pixels. Throws
  /// UserError with the name of the dataset and the location of its table.
  explicit Data(const experiment::Config& config);

  ImageShape shape() const { return shape_; }
  std::int64_t classes() const { return classes_.size(); }
  const std::vector<std::string>& class_names() const { return classes_.names(); }
  /// Returns a split for training: that of test is sealed, so that nothing but evaluation can depend on it.
  SplitView split(Split split) const { return SplitView(part(split), split == Split::test); }
  /// Returns a split for evaluation, test included.
  SplitView for_evaluation(Split split) const { return SplitView(part(split)); }
  /// Returns the images of train or test whose classes the key `classes` leaves out, for evaluation.
  SplitView excluded(Split split) const { return SplitView(excluded_[split == Split::test ? 1 : 0]); }
  const Part& part(Split split) const { return parts_[static_cast<std::size_t>(split)]; }
  ValueRange range() const { return normalisation_.range(); }  ///< of all values that views read
  const Normalisation& normalisation() const { return normalisation_; }
  /// Returns the dataset's true features as directions of what views read, [features, C * H * W], each of norm 1;
  /// empty: not known.
  std::span<const float> true_features() const { return true_features_; }
  /// Returns whether the dataset has a validation split, which otherwise is a part of train.
  bool has_validation() const { return validation_ != nullptr; }
  bool has_test() const { return test_ != nullptr; }  ///< the same for test
  std::string content_hash() const { return access_.content_hash(); }
  /// Returns what identifies the data in a training: the hash of the contents, and what the host decides about them,
  /// which is the way in which validation is drawn and the classes that were found in the labels.
  std::string identity() const;
  /// Returns a sentence, with its location, about classes of test that train lacks, or "".
  const std::string& note() const { return note_; }
  /// Throws UserError if a file has changed since it was hashed (see host::HostData).
  void require_unchanged() const { access_.require_unchanged(); }

 private:
  /// Takes over what the splits say of themselves. Throws UserError, without a location, if it cannot be used.
  void check();
  /// Fills parts_ and excluded_. Throws UserError with the location of a key.
  void divide(const experiment::Config& config, const DatasetSettings::Params& settings);
  /// Returns the images of a split whose classes are used and, in `others`, the rest.
  Part kept(const Samples& samples, Split split, Part& others) const;
  /// Keeps the images for training that `limit` or `per_class` ask for.
  void reduce(const experiment::Section& table, const DatasetSettings::Params& settings);
  void normalise(const DatasetSettings::Params& settings);

  host::HostData access_;
  std::unique_ptr<Dataset> dataset_;
  std::unique_ptr<Samples> train_, validation_, test_;
  ImageShape shape_;
  Classes classes_;
  std::array<Part, 3> parts_;     ///< in the order of Split
  std::array<Part, 2> excluded_;  ///< of train and of test
  Normalisation normalisation_;
  std::vector<float> true_features_;
  bool draws_ = false;  ///< validation is drawn from train_
  std::string note_;
};

}  // namespace hourglass::subject
