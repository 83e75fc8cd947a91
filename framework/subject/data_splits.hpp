// The dataset of an experiment as training and evaluation use it: three splits, read in parallel, with keyed noise.
#pragma once

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

namespace hourglass::subject {

/// A range of an opened split. Cheap to copy; valid as long as the Data.
class SplitView {
 public:
  SplitView() = default;
  /// Takes the images [first, first + size) of `samples`. `split` selects the keys of their noise.
  SplitView(const Samples* samples, std::int64_t first, std::int64_t size, Split split)
      : samples_(samples), first_(first), size_(size), key_(static_cast<std::uint64_t>(split) << 30) {}

  std::int64_t size() const { return size_; }  ///< 0 if the split does not exist
  std::span<const std::int32_t> labels() const;
  /// Writes the images at `indices`, each in [0, size()), to `images`, [indices, C, H, W], in parallel.
  void read(std::span<const std::int64_t> indices, std::span<float> images) const;
  /// Writes the classes of these images, one-hot, to `rows`, [indices, classes].
  void one_hot(std::span<const std::int64_t> indices, std::span<float> rows) const;
  /// Corrupts `clean`, [indices, C, H, W] of `shape`, into `noisy` in parallel. `clean` holds the images at `indices`
  /// or tensors computed from them. Random numbers are keyed by (seed, stream, epoch, split and index).
  void corrupt(std::span<const std::int64_t> indices, std::span<const float> clean, std::span<float> noisy,
               const ImageShape& shape, const Noise& noise, std::uint64_t seed, base::Stream stream,
               std::uint64_t epoch) const;
  /// Reads the images and corrupts them.
  void read_noisy(std::span<const std::int64_t> indices, std::span<float> clean, std::span<float> noisy,
                  const Noise& noise, std::uint64_t seed, base::Stream stream, std::uint64_t epoch) const;

 private:
  const Samples* samples_ = nullptr;
  std::int64_t first_ = 0, size_ = 0;
  std::uint64_t key_ = 0;  ///< distinguishes the noise of the splits
};

/// The dataset of an experiment. If the dataset has no validation split, the last `train.validation` share of train
/// becomes the validation split.
class Data {
 public:
  /// Opens train and test (and validation, if it exists) and checks their shapes, labels and some pixels. Throws
  /// UserError with the name of the dataset and the location of its table.
  explicit Data(const experiment::Config& config);

  ImageShape shape() const { return shape_; }
  std::int64_t classes() const { return static_cast<std::int64_t>(class_names_.size()); }
  const std::vector<std::string>& class_names() const { return class_names_; }
  SplitView split(Split split) const;
  /// Returns whether the dataset has a validation split, which otherwise is a part of train.
  bool has_validation() const { return validation_ != nullptr; }
  std::string content_hash() const { return access_.content_hash(); }
  /// Throws UserError if a file has changed since it was hashed (see host::HostData).
  void require_unchanged() const { access_.require_unchanged(); }

 private:
  /// Takes over what the splits say of themselves. Throws UserError, without a location, if it cannot be used.
  void check();

  host::HostData access_;
  std::unique_ptr<Dataset> dataset_;
  std::unique_ptr<Samples> train_, validation_, test_;
  ImageShape shape_;
  std::vector<std::string> class_names_;
  std::int64_t cut_ = 0;  ///< images at the end of train_ that are validation
};

}  // namespace hourglass::subject
