// Finds and unpacks a member of a ZIP file with libarchive.
#include "member.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <stdexcept>
#include <string_view>

namespace hourglass::npz {
namespace {

constexpr std::string_view kExtension = ".npy";

struct Free {
  void operator()(archive* reader) const { archive_read_free(reader); }
};

void unpack_to(const MappedBytes& source, const std::string& name, const DataAccess::Write& write) {
  const std::unique_ptr<archive, Free> reader(archive_read_new());
  const auto fail = [&](const std::string& problem) {
    const auto offset = std::to_string(archive_filter_bytes(reader.get(), -1));
    throw std::runtime_error(source.path.string() + ": byte " + offset + ": " + problem);
  };
  const auto reason = [&] {
    const auto* text = archive_error_string(reader.get());
    return std::string(text == nullptr ? "the archive is damaged" : text);
  };
  archive_read_support_format_zip_seekable(reader.get());
  if (archive_read_open_memory(reader.get(), source.bytes.data(), source.bytes.size()) != ARCHIVE_OK)
    fail("this is not an archive of arrays (.npz): " + reason());
  std::string names;
  archive_entry* entry = nullptr;
  int state = ARCHIVE_OK;
  while ((state = archive_read_next_header(reader.get(), &entry)) == ARCHIVE_OK) {
    const auto* path = archive_entry_pathname(entry);
    std::string_view member(path == nullptr ? "" : path);
    if (member.ends_with(kExtension)) member.remove_suffix(kExtension.size());
    names += (names.empty() ? "" : ", ") + std::string(member);
    if (member != name) continue;
    const void* block = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    while ((state = archive_read_data_block(reader.get(), &block, &size, &offset)) == ARCHIVE_OK)
      write({static_cast<const std::uint8_t*>(block), size});
    if (state != ARCHIVE_EOF) fail(name + ": " + reason());
    return;
  }
  if (state != ARCHIVE_EOF) fail("this is not an archive of arrays (.npz): " + reason());
  throw std::runtime_error(source.path.string() + ": has no array '" + name + "'; its arrays are " + names);
}

}  // namespace

MappedBytes unpack(DataAccess& data, const std::filesystem::path& file, const std::string& name) {
  return data.decoded(file, "npz-1 " + name, [&](const MappedBytes& source, const DataAccess::Write& write) {
    unpack_to(source, name, write);
  });
}

}  // namespace hourglass::npz
