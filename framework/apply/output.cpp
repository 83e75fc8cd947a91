#include "apply/output.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>

#include "base/error.hpp"
#include "base/files.hpp"
#include "results/canvas.hpp"
#include "results/csv.hpp"

namespace hourglass::apply {
namespace {

namespace fs = std::filesystem;

/// Returns an array in NumPy's format, version 1.0: the values are little-endian floats that start at a multiple of 64.
std::string npy_text(const std::vector<std::int64_t>& dims, std::span<const float> values) {
  static_assert(std::endian::native == std::endian::little);
  constexpr std::size_t kStart = 10, kAlignment = 64;
  auto header = fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({},), }}", fmt::join(dims, ", "));
  if (dims.size() > 1) header.replace(header.find(",),"), 3, "),");
  header.append(kAlignment - 1 - (kStart + header.size()) % kAlignment, ' ');
  header += '\n';
  std::string text("\x93NUMPY\x01\x00", 8);
  text += static_cast<char>(header.size() & 0xff);
  text += static_cast<char>(header.size() >> 8);
  text += header;
  text.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  return text;
}

/// Returns a ZIP archive with one member, not compressed and without times, so that equal arrays give equal bytes.
std::string zip_text(const std::string& member, const std::string& contents) {
  constexpr std::size_t kOverhead = 1 << 16;
  std::string text(contents.size() + kOverhead, '\0');
  std::size_t used = 0;
  const std::unique_ptr<archive, int (*)(archive*)> zip(archive_write_new(), archive_write_free);
  const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(), archive_entry_free);
  archive_entry_set_pathname(entry.get(), member.c_str());
  archive_entry_set_size(entry.get(), static_cast<std::int64_t>(contents.size()));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  archive_entry_set_mtime(entry.get(), 0, 0);
  const bool good =
      archive_write_set_format_zip(zip.get()) == ARCHIVE_OK &&
      archive_write_set_options(zip.get(), "zip:compression=store") == ARCHIVE_OK &&
      archive_write_open_memory(zip.get(), text.data(), text.size(), &used) == ARCHIVE_OK &&
      archive_write_header(zip.get(), entry.get()) == ARCHIVE_OK &&
      archive_write_data(zip.get(), contents.data(), contents.size()) == static_cast<la_ssize_t>(contents.size()) &&
      archive_write_close(zip.get()) == ARCHIVE_OK;
  if (!good) throw base::UserError(fmt::format("cannot make an .npz file: {}", archive_error_string(zip.get())));
  text.resize(used);
  return text;
}

[[noreturn]] void fail(const fs::path& path, const std::error_code& error) {
  throw base::UserError(fmt::format("{}: cannot be written: {}", path.string(), error.message()));
}

void move_to(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) fail(to, error);
}

}  // namespace

OutputFolder::OutputFolder(const fs::path& folder, bool replaces)
    : folder_(fs::absolute(folder).lexically_normal()), temporary_() {
  if (!folder_.has_filename()) folder_ = folder_.parent_path();
  std::error_code error;
  if (fs::exists(folder_, error) && (!replaces || !fs::is_directory(folder_, error))) {
    throw base::UserError(
        fs::is_directory(folder_, error)
            ? fmt::format("--output {}: the folder exists; give another one, or add --force to replace "
                          "files of the same names in it",
                          folder.string())
            : fmt::format("--output {}: this is a file; give a folder", folder.string()));
  }
  base::create_folders(folder_.parent_path());
  temporary_ = fmt::format("{}.{}-0.tmp", folder_.string(), ::getpid());
  base::create_folders(temporary_);
}

OutputFolder::~OutputFolder() {
  std::error_code error;
  fs::remove_all(temporary_, error);
}

fs::path OutputFolder::place(const std::string& name) {
  if (!names_.insert(name).second) {
    throw base::UserError(
        fmt::format("two images of the input would be written to {}; rename one of them", (folder_ / name).string()));
  }
  const auto path = temporary_ / name;
  base::create_folders(path.parent_path());
  return path;
}

void OutputFolder::write_picture(const std::string& name, std::span<const float> image, const ImageShape& shape) {
  results::Canvas canvas(shape.width, shape.height, shape.channels);
  const auto pixels = static_cast<std::size_t>(shape.width * shape.height);
  for (std::size_t i = 0; i < image.size(); ++i) {
    canvas.pixels[i % pixels * static_cast<std::size_t>(shape.channels) + i / pixels] =
        static_cast<std::uint8_t>(std::lround(255 * std::clamp(image[i], 0.0F, 1.0F)));
  }
  results::write_canvas(place(name), canvas);
}

void OutputFolder::write_array(const std::string& name, const std::vector<std::int64_t>& dims,
                               std::span<const float> values) {
  base::write_file(place(name), npy_text(dims, values));
}

void OutputFolder::finish() {
  if (!fs::exists(folder_)) return move_to(temporary_, folder_);
  for (const auto& name : names_) {
    base::create_folders((folder_ / name).parent_path());
    move_to(temporary_ / name, folder_ / name);
  }
}

void check_codes_file(const fs::path& file, bool replaces) {
  const auto suffix = file.extension();
  if (suffix != ".npy" && suffix != ".npz" && suffix != ".csv") {
    throw base::UserError(fmt::format(
        "--output {}: codes are written to a .npy, .npz or .csv file; give a name with one of these suffixes",
        file.string()));
  }
  std::error_code error;
  if (fs::exists(file, error) && (!replaces || fs::is_directory(file, error))) {
    throw base::UserError(
        fmt::format("--output {}: the file exists; give another name, or add --force to replace it", file.string()));
  }
}

void write_codes(const fs::path& file, const std::vector<std::string>& names, std::int64_t width,
                 std::span<const float> codes) {
  base::create_folders(fs::absolute(file).parent_path());
  if (file.extension() == ".csv") {
    std::vector<std::string> columns = {"image"};
    for (std::int64_t k = 0; k < width; ++k) columns.push_back(fmt::format("code_{}", k));
    std::vector<std::vector<std::string>> rows;
    for (const auto& name : names) {
      rows.push_back({name});
      for (std::int64_t k = 0; k < width; ++k)
        rows.back().push_back(fmt::format(
            "{}", codes[(rows.size() - 1) * static_cast<std::size_t>(width) + static_cast<std::size_t>(k)]));
    }
    return results::write_csv(file, columns, rows);
  }
  const auto text = npy_text({std::ssize(names), width}, codes);
  base::write_file(file, file.extension() == ".npy" ? text : zip_text("codes.npy", text));
}

}  // namespace hourglass::apply
