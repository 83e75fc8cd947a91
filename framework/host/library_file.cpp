#include "host/library_file.hpp"

#include <elf.h>
#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <vector>

extern "C" [[gnu::visibility("hidden")]] const ElfW(Ehdr) __ehdr_start;  // this program's own, by the linker

namespace hourglass::host {
namespace {

namespace fs = std::filesystem;

/// Opening a named pipe would wait forever.
std::string kind_fault(const fs::path& path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (fs::is_regular_file(status))
    return ::access(path.c_str(), R_OK) == 0 ? "" : "cannot be read: make the plugin library readable";
  if (fs::is_directory(status)) return "is a folder, not a plugin library: rename it";
  if (fs::is_symlink(fs::symlink_status(path, error)))
    return "is a symbolic link that leads to no file: remove it or correct it";
  return "is not a file: remove it from the plugin folder";
}

/// The headers of a library, read as far as the file goes.
class Library {
 public:
  explicit Library(const fs::path& path) : stream_(path, std::ios::binary), size_(fs::file_size(path)) {
    if (!read(0, header_)) return;
    segments_.resize(header_.e_phnum);
    for (std::size_t i = 0; i < segments_.size(); ++i) {
      if (!read(header_.e_phoff + i * sizeof(ElfW(Phdr)), segments_[i])) return;
    }
    complete_ = std::ranges::all_of(segments_, [&](const ElfW(Phdr) & segment) {
      return segment.p_type != PT_LOAD || (segment.p_filesz <= size_ && segment.p_offset <= size_ - segment.p_filesz);
    });
  }

  /// Returns whether the file holds all its segments; touching a mapping of a shorter one kills the process.
  bool is_complete() const { return complete_; }
  /// Returns whether the file is for the kind of machine that runs this program.
  bool is_native() const {
    const auto& own = __ehdr_start;
    return header_.e_machine == own.e_machine && std::equal(header_.e_ident, header_.e_ident + EI_VERSION, own.e_ident);
  }

  /// Returns whether the table that the loader follows ends and points into the library; the loader does not check it.
  bool has_sound_table() {
    const auto table =
        std::ranges::find_if(segments_, [](const ElfW(Phdr) & segment) { return segment.p_type == PT_DYNAMIC; });
    if (table == segments_.end()) return true;  // the loader says so
    bool names = false, symbols = false;
    for (std::size_t at = 0; at + sizeof(ElfW(Dyn)) <= table->p_filesz; at += sizeof(ElfW(Dyn))) {
      ElfW(Dyn) entry{};
      if (!read(table->p_offset + at, entry)) return false;
      if (entry.d_tag == DT_NULL) return names && symbols;
      if (entry.d_tag == DT_STRTAB) names = is_loaded(entry.d_un.d_ptr);
      if (entry.d_tag == DT_SYMTAB) symbols = is_loaded(entry.d_un.d_ptr);
    }
    return false;
  }

 private:
  template <class Header>
  bool read(std::size_t at, Header& header) {
    if (at > size_) return false;
    stream_.seekg(static_cast<std::streamoff>(at));
    return static_cast<bool>(stream_.read(reinterpret_cast<char*>(&header), sizeof header));
  }
  bool is_loaded(ElfW(Addr) address) const {
    return std::ranges::any_of(segments_, [&](const ElfW(Phdr) & segment) {
      return segment.p_type == PT_LOAD && address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_memsz;
    });
  }

  std::ifstream stream_;
  std::size_t size_;
  ElfW(Ehdr) header_{};
  std::vector<ElfW(Phdr)> segments_;
  bool complete_ = false;
};

}  // namespace

bool is_elf(const fs::path& file) {
  std::array<char, 4> start{};
  std::ifstream(file, std::ios::binary).read(start.data(), start.size());
  return start == std::array<char, 4>{'\x7f', 'E', 'L', 'F'};
}

std::string library_fault(const fs::path& path) {
  if (auto fault = kind_fault(path); !fault.empty()) return fault;
  if (!is_elf(path)) return "";
  Library library(path);
  if (!library.is_native())
    return "the plugin library was built for another kind of machine: build it again on this one";
  if (!library.is_complete())
    return "the plugin library is truncated: the file ends before its contents do; build it again";
  if (!library.has_sound_table())
    return "the plugin library is damaged: its table of contents leads nowhere; build it again";
  return "";
}

}  // namespace hourglass::host
