#include "apply/input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "apply/picture_input.hpp"
#include "array.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "base/guest_code.hpp"
#include "gunzip.hpp"
#include "idx_file.hpp"

namespace hourglass::apply {
namespace {

namespace fs = std::filesystem;

enum class Kind { picture, npy, idx, other };

/// Recognises a file by its first bytes.
Kind kind_of(const MappedBytes& file) {
  const std::string_view start(reinterpret_cast<const char*>(file.bytes.data()),
                               std::min<std::size_t>(file.bytes.size(), 8));
  if (start.starts_with("\x89PNG\r\n\x1a\n") || start.starts_with("\xff\xd8\xff")) return Kind::picture;
  if (start.starts_with("\x93NUMPY")) return Kind::npy;
  const bool zeros = start.size() >= 4 && start[0] == 0 && start[1] == 0;
  return zeros || idx::is_gzip(file.bytes) ? Kind::idx : Kind::other;
}

/// Returns the number of images in an array of these dimensions; 0 if they are not images of `shape`.
std::int64_t images_in(const std::vector<std::int64_t>& dims, const ImageShape& shape) {
  const auto& [channels, height, width] = shape;
  using Dims = std::vector<std::int64_t>;
  if (dims == Dims{channels, height, width} || (channels == 1 && dims == Dims{height, width})) return 1;
  const Dims rest(dims.begin() + 1, dims.end());
  const bool fits = rest == Dims{shape.size()} || rest == Dims{channels, height, width} ||
                    (channels == 1 && rest == Dims{height, width});
  return fits ? dims.front() : 0;
}

/// The range of values in a file of bytes or of other numbers, unless the user states it.
ValueRange range_of(const Reading& reading, bool bytes, const ValueRange& dataset) {
  return reading.range ? *reading.range : bytes ? ValueRange{0, 255} : dataset;
}

}  // namespace

Input::Input(const fs::path& path, const Reading& reading, const subject::Data& data, evaluate::StopFlag stop)
    : shape_(data.shape()), stop_(stop) {
  std::error_code error;
  const bool is_folder = fs::is_directory(path, error);
  if (!is_folder && !base::is_file(path))
    throw base::UserError(fmt::format("--input {}: there is no such file or folder", path.string()));
  const bool known = is_folder || kind_of(access_.map(path)) == Kind::picture;
  if (!known) {
    open_array(path, reading, data);
    return;
  }
  if (reading.range) throw base::UserError("--range: pictures state their own range; leave it out");
  pictures_ = true;
  values_ = std::make_shared<const ValueMap>(data, ValueRange{}, reading.invert);
  PictureInput pictures(path, reading, data);
  names_ = pictures.names();
  read_ = [pictures = std::move(pictures)](std::int64_t index, std::span<float> image) { pictures.read(index, image); };
}

void Input::open_array(const fs::path& file, const Reading& reading, const subject::Data& data) {
  for (const auto& [given, option] : {std::pair{reading.resize != Reading::Resize::none, "--resize"},
                                      std::pair{reading.grey, "--grey"}, std::pair{reading.white, "--background"}}) {
    if (given) throw base::UserError(fmt::format("{}: it is for pictures, but {} is not one", option, file.string()));
  }
  const auto dataset = data.part(Split::train).samples->range();
  const auto use = [&]<class Array>(Array array, bool bytes) {
    const auto count = images_in(array.dims, shape_);
    if (count == 0) {
      throw base::UserError(
          fmt::format("{}: the array is [{}], but the model's images are {}; expected [n, {}] or [n, {}, {}, {}], or "
                      "pictures with --resize",
                      file.string(), fmt::join(array.dims, ", "), to_string(shape_), shape_.size(), shape_.channels,
                      shape_.height, shape_.width));
    }
    for (std::int64_t i = 0; i < count; ++i) names_.push_back(fmt::format("{}[{}]", file.filename().string(), i));
    values_ = std::make_shared<const ValueMap>(data, range_of(reading, bytes, dataset), reading.invert);
    read_ = [array = std::move(array), range = values_->file(), file](std::int64_t index, std::span<float> image) {
      auto out = image.begin();
      const auto size = std::ssize(image);
      array.read(index * size, size, [&](double value) { *out++ = static_cast<float>(value); });
      const auto outside = std::ranges::find_if(
          image, [&](float value) { return !std::isfinite(value) || !range.contains(static_cast<double>(value)); });
      if (outside == image.end()) return;
      throw base::UserError(
          range.bounded() && std::isfinite(*outside)
              ? fmt::format("{}[{}]: has a value of {:g}, outside [{:g}, {:g}]; state the range of the "
                            "file's values, as in --range 0,255",
                            file.string(), index, *outside, range.min, range.max)
              : fmt::format("{}[{}]: has a value of {}, which is not finite", file.string(), index, *outside));
    };
  };
  try {
    const auto mapped = access_.map(file);
    switch (kind_of(mapped)) {
      case Kind::npy: {
        auto array = npy::open_array(file.string(), mapped, false, 2, 4);
        const bool bytes = array.type == npy::Type::u8;
        return use(std::move(array), bytes);
      }
      case Kind::idx: {
        auto array = idx::open_idx(access_, {file}, 2, 4);
        const bool bytes = array.type == idx::Type::u8;
        return use(std::move(array), bytes);
      }
      default:
        throw base::UserError(fmt::format(
            "{}: this is neither a PNG or JPEG picture nor an array in a .npy or IDX file; convert it to one of these",
            file.string()));
    }
  } catch (...) {
    throw base::UserError(base::current_exception_text());
  }
}

void Input::read(std::int64_t first, std::span<float> out) const {
  const auto size = static_cast<std::size_t>(columns());
  for (std::size_t begin = 0; begin < out.size(); begin += size) {
    stop_.check();
    const auto image = out.subspan(begin, size);
    read_(first++, image);
    values_->to_model(image);
  }
}

}  // namespace hourglass::apply
