// Draws the curves of a task.
#pragma once

#include <filesystem>

#include "hourglass/task.hpp"

namespace hourglass::results {

/// Writes a plot as PNG: each series as a line of its own colour, with the names of the axes, their ranges and a
/// legend. Points that are not finite interrupt their line. Throws UserError if the file cannot be written.
void write_curve(const std::filesystem::path& path, const Curve& curve);

}  // namespace hourglass::results
