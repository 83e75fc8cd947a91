// Pictures of images in rows, as PNG files.
#pragma once

#include <filesystem>

#include "hourglass/task.hpp"

namespace hourglass::results {

/// Writes a grid as an 8-bit PNG (grey for one channel, RGB for three; other counts side by side), small images
/// enlarged by a whole factor, rows labelled on the left. Written whole or not at all; the same grid gives the same
/// bytes. UserError when a row is not a whole number of images, when there is none, or when there are labels but not
/// one for each row.
void write_png(const std::filesystem::path& path, const Grid& grid);

}  // namespace hourglass::results
