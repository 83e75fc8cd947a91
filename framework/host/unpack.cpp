#include "host/unpack.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <vector>

#include "base/error.hpp"

namespace hourglass::host {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 16;

/// Reads an archive once, from beginning to end.
class Reader {
 public:
  explicit Reader(std::filesystem::path file)
      : file_(std::move(file)), archive_(archive_read_new(), archive_read_free) {}

  archive* get() const { return archive_.get(); }
  void open() const { check(archive_read_open_filename(get(), file_.c_str(), kBlock)); }
  /// Returns the next entry, or null after the last.
  archive_entry* next() const {
    archive_entry* entry = nullptr;
    const int code = archive_read_next_header(get(), &entry);
    if (code == ARCHIVE_EOF) return nullptr;
    check(code);
    return entry;
  }
  void read(const TakeBytes& take) const {
    std::vector<std::uint8_t> piece(kBlock);
    while (true) {
      const auto count = archive_read_data(get(), piece.data(), piece.size());
      if (count < 0) fail_as_reported();
      if (count == 0) return;
      take(std::span(piece).first(static_cast<std::size_t>(count)));
    }
  }
  [[noreturn]] void fail(const std::string& reason) const { throw base::UserError(file_.string() + ": " + reason); }

 private:
  void check(int code) const {
    if (code < ARCHIVE_WARN) fail_as_reported();
  }
  [[noreturn]] void fail_as_reported() const {
    const char* reason = archive_error_string(get());
    fail(std::string("cannot be unpacked: ") + (reason ? reason : "no reason given"));
  }

  std::filesystem::path file_;
  std::unique_ptr<archive, int (*)(archive*)> archive_;
};

}  // namespace

void unpack_gzip(const std::filesystem::path& file, const TakeBytes& take) {
  const Reader reader(file);
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_format_raw(reader.get());
  archive_read_support_format_empty(reader.get());
  reader.open();
  const auto* entry = reader.next();
  if (archive_filter_code(reader.get(), 0) != ARCHIVE_FILTER_GZIP) reader.fail("is not a gzip file");
  if (entry) reader.read(take);
}

void unpack_member(const std::filesystem::path& archive, const std::string& member, const TakeBytes& take) {
  const Reader reader(archive);
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_format_tar(reader.get());
  reader.open();
  while (auto* entry = reader.next()) {
    const char* name = archive_entry_pathname(entry);
    if (!name || name != member) continue;
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry)) {
      reader.fail("'" + member + "' in the archive is not a regular file");
    }
    return reader.read(take);
  }
  reader.fail("the archive has no '" + member + "'");
}

}  // namespace hourglass::host
