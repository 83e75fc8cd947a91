// The classes of a dataset: 0, 1, ..., whatever integers its labels are.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "hourglass/dataset.hpp"

namespace hourglass::subject {

/// The classes of a dataset. If the dataset names them, class i has label i. Otherwise each label that occurs is a
/// class: first those of train, then those that only validation has, then those that only test has, each in ascending
/// order, so that a class of train does not depend on the other splits.
class Classes {
 public:
  /// Collects the classes of these splits, in the order train, validation, test; null: the dataset has no such split.
  explicit Classes(std::span<const Samples* const> splits);
  Classes() = default;

  const std::vector<std::string>& names() const { return names_; }     ///< one per class
  const std::vector<std::int32_t>& labels() const { return labels_; }  ///< the label of each class
  std::int64_t size() const { return static_cast<std::int64_t>(names_.size()); }
  bool counted() const { return counted_; }  ///< true if the classes were found in the labels
  /// Keeps only the classes with these names or labels, in their former order. Throws UserError, without a location, if
  /// there is no such class.
  void keep(std::span<const std::string> wanted);
  /// Returns the class of each label; -1 if keep() dropped its class. If the dataset names its classes and all are
  /// kept, labels are not checked.
  std::vector<std::int32_t> of(std::span<const std::int32_t> labels) const;

 private:
  std::vector<std::string> names_;
  std::vector<std::int32_t> labels_;
  bool counted_ = false, narrowed_ = false;
};

}  // namespace hourglass::subject
