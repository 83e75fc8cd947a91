#include "host/data_access.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <system_error>
#include <vector>

#include "base/descriptor.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "base/hash.hpp"
#include "base/printable.hpp"
#include "base/random.hpp"

namespace hourglass::host {
namespace {

namespace fs = std::filesystem;

/// Hashing a smaller file is faster than looking up its hash.
constexpr std::size_t kWorthRemembering = std::size_t{1} << 20;
/// Smaller files are read, not mapped: a process can map about 65,000 files, and a folder of images can have more.
constexpr std::size_t kWorthMapping = std::size_t{1} << 15;
/// The folder of decoded copies. The number rises when their form changes, so that an older program keeps its own.
constexpr const char* kCopies = "decoded-2";
/// Length of a hash as text.
constexpr std::size_t kHashLength = 32;
/// File systems store the modification time at least this precisely.
constexpr std::int64_t kTimeResolution = 2'000'000'000;  // ns

[[noreturn]] void fail(const fs::path& file, int error) {
  throw base::UserError(file.string() + ": cannot be read: " + std::generic_category().message(error));
}

base::Descriptor open_file(const fs::path& file) {
  base::Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!descriptor.is_open()) fail(file, errno);
  return descriptor;
}

struct Mapping {
  void* address;
  std::size_t size;
  Mapping(const fs::path& file, int descriptor, std::size_t length)
      : address(::mmap(nullptr, length, PROT_READ, MAP_PRIVATE, descriptor, 0)), size(length) {
    if (address == MAP_FAILED) fail(file, errno);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() { ::munmap(address, size); }
};

/// Returns the contents of an open file. Its owner keeps them until nobody needs them.
MappedBytes map_descriptor(const fs::path& file, int descriptor, std::size_t size) {
  if (size == 0) return {{}, file, nullptr};
  if (size < kWorthMapping) {
    auto bytes = std::make_shared<std::vector<std::uint8_t>>(size);
    for (std::size_t at = 0; at < size;) {
      const auto count = ::pread(descriptor, bytes->data() + at, size - at, static_cast<off_t>(at));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail(file, errno);
      if (count == 0) throw base::UserError(file.string() + ": became shorter while it was read");
      at += static_cast<std::size_t>(count);
    }
    return {*bytes, file, bytes};
  }
  auto mapping = std::make_shared<const Mapping>(file, descriptor, size);
  return {{static_cast<const std::uint8_t*>(mapping->address), size}, file, std::move(mapping)};
}

struct stat status_of(const fs::path& file, int descriptor) {
  struct stat status = {};
  if (::fstat(descriptor, &status) != 0) fail(file, errno);
  if (S_ISDIR(status.st_mode)) fail(file, EISDIR);
  if (!S_ISREG(status.st_mode)) throw base::UserError(file.string() + ": is not a regular file, as data must be");
  return status;
}

std::int64_t nanoseconds(const timespec& time) { return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

/// Returns what is the same for an unchanged file: path, size, times of modification and change, inode.
std::string identity_of(const fs::path& canonical, const struct stat& status) {
  return canonical.string() + "\n" + std::to_string(status.st_size) + " " +
         std::to_string(nanoseconds(status.st_mtim)) + " " + std::to_string(status.st_ino) + " " +
         std::to_string(nanoseconds(status.st_ctim)) + "\n";
}

fs::path folder_of(const char* own, const char* xdg, const char* below_home) {
  if (const char* value = std::getenv(own); value && *value) return fs::absolute(value);
  // The XDG base directory specification ignores relative paths.
  if (const char* value = std::getenv(xdg); value && fs::path(value).is_absolute())
    return fs::path(value) / "hourglass";
  const char* home = std::getenv("HOME");
  if (!home || !*home) {
    const passwd* user = ::getpwuid(::getuid());
    home = user && user->pw_dir ? user->pw_dir : "/";
  }
  return fs::path(home) / below_home / "hourglass";
}

/// Returns the end of a decoded copy, which is whole and that of this file and decoder only if it matches. The name is
/// the hash of the file's contents with the decoder; `contents` hashes the decoded bytes.
std::string seal_of(const fs::path& copy, const std::string& contents) {
  return base::hash_hex(copy.filename().string() + "\n" + contents);
}

bool is_hash(std::string_view text) {
  return text.size() == kHashLength && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

HostData::HostData(fs::path directory, fs::path cache) : directory_(std::move(directory)), cache_(std::move(cache)) {}

fs::path HostData::data_directory() { return folder_of("HOURGLASS_DATA_DIR", "XDG_DATA_HOME", ".local/share"); }
fs::path HostData::cache_directory() { return folder_of("HOURGLASS_CACHE_DIR", "XDG_CACHE_HOME", ".cache"); }

HostData::Source HostData::source_of(const fs::path& file) {
  const auto descriptor = open_file(file);
  const struct stat status = status_of(file, descriptor.get());
  const std::int64_t changed = nanoseconds(status.st_mtim);
  timespec now = {};
  ::clock_gettime(CLOCK_REALTIME, &now);

  Source source;
  source.mapped = map_descriptor(file, descriptor.get(), static_cast<std::size_t>(status.st_size));
  source.identity = identity_of(fs::weakly_canonical(file), status);
  source.device = status.st_dev;
  source.inode = status.st_ino;
  source.settled = changed < nanoseconds(now) - kTimeResolution;
  return source;
}

MappedBytes HostData::map(const fs::path& file) {
  auto source = source_of(file);
  const auto canonical = fs::weakly_canonical(file);
  const std::lock_guard lock(mutex_);
  if (finished_ && !sources_.contains(canonical)) {
    throw base::UserError(file.string() +
                          ": the dataset reads this file only after it was opened, so that the file's contents would "
                          "not be part of the run's identity; map every file in open()");
  }
  if (!finished_) opened_.push_back(canonical);
  auto& known = sources_[canonical];
  if (known.identity != source.identity) known = source;
  return source.mapped;
}

const std::string& HostData::hash_of(Source& source) const {
  if (!source.hash.empty()) return source.hash;
  if (source.mapped.bytes.size() < kWorthRemembering) return source.hash = base::hash_hex(source.mapped.bytes);

  // One note per file, `identity, hash, hash of both`, so that processes never overwrite each other's notes.
  const auto note = cache_ / "hashes" /
                    base::hash_hex(source.identity.substr(0, source.identity.rfind('\n', source.identity.size() - 2)));
  try {
    const std::string text = base::read_file(note);
    const auto size = source.identity.size();
    if (text.size() == size + 65 && text.starts_with(source.identity) && text[size + 32] == ' ' &&
        text.substr(size + 33) == base::hash_hex(std::string_view(text).substr(0, size + 32))) {
      const auto hash = text.substr(size, 32);
      if (is_hash(hash)) return source.hash = hash;
    }
  } catch (const base::UserError&) {  // no note yet
  }
  source.hash = base::hash_hex(source.mapped.bytes);
  if (source.settled) {
    const auto text = source.identity + source.hash;
    try {
      base::create_folders(note.parent_path());
      base::write_file(note, text + " " + base::hash_hex(text));
    } catch (const base::UserError&) {  // without a note, the file is only hashed again
    }
  }
  return source.hash;
}

std::optional<MappedBytes> HostData::cached(const fs::path& copy, const fs::path& file) const {
  if (!base::is_file(copy)) return std::nullopt;
  try {
    auto source = source_of(copy);
    auto& bytes = source.mapped.bytes;
    if (bytes.size() >= kHashLength) {
      const auto end = bytes.last(kHashLength);
      bytes = bytes.first(bytes.size() - kHashLength);
      const std::lock_guard lock(mutex_);
      if (std::ranges::equal(seal_of(copy, hash_of(source)), end))
        return MappedBytes{bytes, file, std::move(source.mapped.owner)};
    }
  } catch (const base::UserError&) {
    return std::nullopt;  // it has been removed meanwhile, or cannot be read
  }
  const auto note =
      "note: " + copy.string() + ": this cached copy of " + file.string() + " is damaged; it is made again\n";
  std::fputs(base::printable(note).c_str(), stderr);
  return std::nullopt;
}

MappedBytes HostData::decoded(const fs::path& file, std::string_view decoder,
                              const std::function<void(const MappedBytes&, const Write&)>& decode) {
  const MappedBytes source = map(file);
  std::string name;
  {
    const std::lock_guard lock(mutex_);
    name = hash_of(sources_[fs::weakly_canonical(file)]) + "-" + std::string(decoder);
  }
  const auto copy = cache_ / kCopies / name;
  if (auto whole = cached(copy, file)) return std::move(*whole);

  bool failed = false;  // the decoder failed, not the folder
  try {
    base::create_folders(copy.parent_path());
    base::write_file(copy, [&](const Write& write) {
      bool write_failed = false;
      base::Xxh3 hash;
      const auto write_hashed = [&](std::span<const std::uint8_t> bytes) {
        write_failed = true;
        write(bytes);
        write_failed = false;
        hash.update(bytes);
      };
      try {
        decode(source, write_hashed);
      } catch (...) {
        failed = !write_failed;
        throw;
      }
      const auto end = seal_of(copy, hash.finish());
      write({reinterpret_cast<const std::uint8_t*>(end.data()), end.size()});
    });
    if (auto whole = cached(copy, file)) return std::move(*whole);
  } catch (const base::UserError&) {
    if (failed) throw;
  }
  auto memory = std::make_shared<std::vector<std::uint8_t>>();
  decode(source,
         [&](std::span<const std::uint8_t> bytes) { memory->insert(memory->end(), bytes.begin(), bytes.end()); });
  return {*memory, file, memory};
}

std::unique_ptr<Rng> HostData::rng(std::uint64_t seed, Split split, std::int64_t index) {
  return std::make_unique<base::PhiloxRng>(seed, base::Stream::dataset, static_cast<std::uint64_t>(split),
                                           static_cast<std::uint64_t>(index));
}

std::vector<HostData::File> HostData::files() const {
  const std::lock_guard lock(mutex_);
  std::vector<File> files;
  for (const auto& [path, source] : sources_) {
    files.push_back({path, static_cast<std::int64_t>(source.mapped.bytes.size())});
  }
  return files;
}

void HostData::finish_opening() {
  const std::lock_guard lock(mutex_);
  finished_ = true;
}

std::string HostData::content_hash() const {
  const std::lock_guard lock(mutex_);
  // The order of opening distinguishes images from labels and train from test; paths would depend on the machine.
  std::string all;
  for (const auto& path : opened_) all += hash_of(sources_.at(path));
  return base::hash_hex(all);
}

void HostData::require_unchanged() const {
  const std::lock_guard lock(mutex_);
  for (auto& [path, source] : sources_) {
    struct stat now = {};
    const bool mapped_still =
        ::stat(path.c_str(), &now) == 0 && now.st_dev == source.device && now.st_ino == source.inode;
    if (mapped_still && identity_of(path, now) == source.identity) continue;
    // The mapping of a file that was replaced or removed shows its old contents, unless they changed before.
    if (!mapped_still && base::hash_hex(source.mapped.bytes) == hash_of(source)) continue;
    throw base::UserError(path.string() +
                          ": the file was changed while it was read, so that results do not belong to its contents; "
                          "run the experiment again, and change no data meanwhile");
  }
}

}  // namespace hourglass::host
