// The files that `hourglass apply` writes: pictures, arrays and tables, all of them or none.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "hourglass/shape.hpp"

namespace hourglass::apply {

/// A folder that appears whole: files are written to a temporary one next to it, which the destructor removes unless
/// finish() was called. All functions throw UserError.
class OutputFolder {
 public:
  /// Refuses a folder that exists, unless `replaces` is true: then files of the same names are replaced, and others
  /// stay.
  OutputFolder(const std::filesystem::path& folder, bool replaces);
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;
  ~OutputFolder();

  /// Writes an image, [C, H, W] in [0, 1], as an 8-bit PNG file, grey for one channel and RGB for three. `name` is a
  /// path relative to the folder, and no other file may have it.
  void write_picture(const std::string& name, std::span<const float> image, const ImageShape& shape);
  /// Writes an array of NumPy's format.
  void write_array(const std::string& name, const std::vector<std::int64_t>& dims, std::span<const float> values);
  /// Puts all files in their place.
  void finish();

 private:
  /// Returns where a file is written, in a folder that exists.
  std::filesystem::path place(const std::string& name);

  std::filesystem::path folder_, temporary_;
  std::set<std::string> names_;
};

/// Writes rows [n, K] to a file whose suffix says how: .npy, .npz with the array `codes`, or .csv with a column for the
/// names of the images and one for each number. Throws UserError for another suffix.
void write_codes(const std::filesystem::path& file, const std::vector<std::string>& names, std::int64_t width,
                 std::span<const float> codes);

/// Throws UserError unless write_codes() can write such a file; one that exists is refused unless `replaces` is true.
void check_codes_file(const std::filesystem::path& file, bool replaces);

}  // namespace hourglass::apply
