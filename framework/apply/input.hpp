// The images that a user gives: pictures in a folder, or an array in a file.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "apply/reading.hpp"
#include "apply/value_map.hpp"
#include "evaluate/stop.hpp"
#include "hourglass/rows.hpp"
#include "subject/data_splits.hpp"

namespace hourglass::apply {

/// Images as the model sees them, [n, C * H * W], read from the files on demand. Reading throws UserError for a file
/// that cannot be read, and Stopped once the user has stopped the program.
class Input final : public Rows {
 public:
  /// Opens a PNG or JPEG file, a folder of them at any depth, a .npy file, or a plain or gzipped IDX file; files are
  /// recognised by their contents. Throws UserError, with the option that helps, if images do not suit the run's
  /// `data`, which must outlive it; of pictures only when they are read.
  Input(const std::filesystem::path& path, const Reading& reading, const subject::Data& data, evaluate::StopFlag stop);

  std::int64_t rows() const override { return static_cast<std::int64_t>(names_.size()); }
  std::int64_t columns() const override { return shape_.size(); }
  void read(std::int64_t first, std::span<float> out) const override;

  /// The images, in the order of the rows: paths relative to the folder, sorted, such as "cats/1.png"; or the array's
  /// file and index, "cats.npy[0]".
  const std::vector<std::string>& names() const { return names_; }
  bool pictures() const { return pictures_; }
  const ValueMap& values() const { return *values_; }
  const ImageShape& shape() const { return shape_; }

 private:
  void open_array(const std::filesystem::path& file, const Reading& reading, const subject::Data& data);

  ImageShape shape_;
  evaluate::StopFlag stop_;
  bool pictures_ = false;
  std::vector<std::string> names_;
  std::shared_ptr<const ValueMap> values_;
  std::function<void(std::int64_t index, std::span<float> image)> read_;  ///< values of the file
  host::HostData access_;
};

}  // namespace hourglass::apply
