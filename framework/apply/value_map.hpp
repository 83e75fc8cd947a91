// How the values of a user's files become those that a model sees, and back.
#pragma once

#include <span>

#include "hourglass/value_range.hpp"
#include "subject/data_splits.hpp"

namespace hourglass::apply {

/// Maps values of files linearly to the range of the dataset that the model was trained on, and normalises them as that
/// was. Several threads may use it.
class ValueMap {
 public:
  /// `file` is the range of the values of files, not used if that of the dataset is not bounded. `inverts` exchanges
  /// its two ends. `data` must outlive it. Throws UserError if values without a bounded range are to be inverted.
  ValueMap(const subject::Data& data, const ValueRange& file, bool inverts);

  /// Maps an image, or several, in place; each value must be in the range of files.
  void to_model(std::span<float> images) const;
  /// Maps them back; values outside the range of the dataset are limited to it.
  void to_file(std::span<float> images) const;
  const ValueRange& file() const { return file_; }  ///< not bounded: any finite value

 private:
  const subject::Normalisation& normalisation_;
  ValueRange dataset_, file_;
  bool inverts_;
};

}  // namespace hourglass::apply
