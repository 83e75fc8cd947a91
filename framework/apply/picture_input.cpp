#include "apply/picture_input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/error.hpp"
#include "base/files.hpp"
#include "picture.hpp"

namespace hourglass::apply {
namespace {

namespace fs = std::filesystem;

bool has_picture_suffix(const fs::path& path) {
  auto suffix = path.extension().string();
  std::ranges::transform(suffix, suffix.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return suffix == ".png" || suffix == ".jpg" || suffix == ".jpeg";
}

/// Returns whether a picture has colours; an RGB picture may be grey all the same.
bool is_coloured(const pictures::Picture& picture) {
  if (picture.channels < 3) return false;
  const auto& values = picture.values;
  for (std::size_t at = 0; at < values.size(); at += static_cast<std::size_t>(picture.channels)) {
    if (values[at] != values[at + 1] || values[at] != values[at + 2]) return true;
  }
  return false;
}

}  // namespace

PictureInput::PictureInput(const fs::path& path, const Reading& reading, const subject::Data& data)
    : shape_(data.shape()),
      crops_(reading.resize == Reading::Resize::crop),
      resizes_(reading.resize != Reading::Resize::none),
      grey_(reading.grey),
      background_(reading.white ? 1 : 0) {
  if (!data.part(Split::train).samples->range().bounded()) {
    throw base::UserError(
        fmt::format("--input {}: the model's values have no bounds, so it cannot read pictures; give an array [n, {}] "
                    "in a .npy file",
                    path.string(), shape_.size()));
  }
  if (shape_.channels != 1 && shape_.channels != 3) {
    throw base::UserError(
        fmt::format("--input {}: the model's images have {} channels, which pictures cannot have; give "
                    "an array [n, {}, {}, {}] in a .npy file",
                    path.string(), shape_.channels, shape_.channels, shape_.height, shape_.width));
  }
  if (!fs::is_directory(path)) {
    files_ = {path};
    names_ = {path.filename().string()};
    return;
  }
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    if (has_picture_suffix(entry.path()) && entry.is_regular_file()) files_.push_back(entry.path());
  }
  if (files_.empty()) {
    throw base::UserError(fmt::format(
        "--input {}: the folder has no PNG or JPEG files; give the path of an array itself", path.string()));
  }
  std::ranges::sort(files_);
  for (const auto& file : files_) names_.push_back(file.lexically_relative(path).generic_string());
}

void PictureInput::read(std::int64_t index, std::span<float> image) const {
  const auto& file = files_[static_cast<std::size_t>(index)];
  const auto bytes = base::read_file(file);
  pictures::Picture picture;
  try {
    picture = pictures::decode({{reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, file, nullptr});
  } catch (...) {
    throw base::UserError(base::current_exception_text());
  }
  if (!resizes_ && (picture.width != shape_.width || picture.height != shape_.height)) {
    throw base::UserError(
        fmt::format("{}: the picture has {} x {} pixels, but the model's images have {} x {}; add --resize crop, which "
                    "cuts the longer side, or --resize stretch",
                    file.string(), picture.width, picture.height, shape_.width, shape_.height));
  }
  if (shape_.channels == 1 && !grey_ && is_coloured(picture)) {
    throw base::UserError(
        fmt::format("{}: the picture is in colour, but the model's images are grey; add --grey", file.string()));
  }
  const auto values = pictures::formed(picture, {shape_.channels, shape_.height, shape_.width, crops_, background_});
  std::ranges::transform(values, image.begin(), [](std::uint16_t value) { return static_cast<float>(value) / 65535; });
}

}  // namespace hourglass::apply
