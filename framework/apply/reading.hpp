// The options with which a user's files are read.
#pragma once

#include <optional>

#include "hourglass/value_range.hpp"

namespace hourglass::apply {

/// How files become images of the model.
struct Reading {
  enum class Resize { none, crop, stretch };
  Resize resize = Resize::none;     ///< of pictures: scaled to cover the size and cut at the centre, or stretched
  bool grey = false;                ///< of pictures: colours to grey
  bool white = false;               ///< of pictures: what is seen through transparent pixels, else black
  bool invert = false;              ///< the lowest value becomes the highest
  std::optional<ValueRange> range;  ///< of the values of an array, if the file does not say it
};

}  // namespace hourglass::apply
