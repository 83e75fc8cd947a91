// Writes grids of images as PNG files.
#pragma once

#include <filesystem>

#include "hourglass/task.hpp"

namespace hourglass::results {

/// Writes a grid as an 8-bit PNG: grey for one channel, RGB for three; other numbers of channels are drawn side by
/// side. Small images are enlarged by an integer factor; labels are on the left of the rows. Rows that are too long for
/// a picture of 1920 pixels continue below the last row. The file is written atomically; the same grid gives the same
/// bytes. Throws UserError if a row does not contain whole images, if there is no image, or if the number of labels is
/// neither 0 nor the number of rows.
void write_png(const std::filesystem::path& path, const Grid& grid);

}  // namespace hourglass::results
