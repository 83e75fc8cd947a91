// PNG and JPEG files that a model is applied to.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "apply/reading.hpp"
#include "hourglass/shape.hpp"
#include "subject/data_splits.hpp"

namespace hourglass::apply {

/// A picture, or all pictures in a folder, decoded when they are read.
class PictureInput {
 public:
  /// Throws UserError if there is no picture, or the run's images cannot be pictures.
  PictureInput(const std::filesystem::path& path, const Reading& reading, const subject::Data& data);

  /// The names of the pictures, as in Input::names().
  const std::vector<std::string>& names() const { return names_; }
  /// Writes a picture's values, [C, H, W] in [0, 1]. Throws UserError, with the option that helps, if it is damaged or
  /// has another size or colours.
  void read(std::int64_t index, std::span<float> image) const;

 private:
  std::vector<std::string> names_;
  std::vector<std::filesystem::path> files_;
  ImageShape shape_;
  bool crops_, resizes_, grey_;
  double background_;
};

}  // namespace hourglass::apply
