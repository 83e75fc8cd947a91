#include "base/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <system_error>

#include "base/descriptor.hpp"
#include "base/error.hpp"

namespace hourglass::base {
namespace {

std::string reason(int error) { return std::generic_category().message(error); }

[[noreturn]] void fail(const std::filesystem::path& path, std::string_view verb, int error) {
  throw UserError(path.string() + ": cannot be " + std::string(verb) + ": " + reason(error));
}

[[noreturn]] void fail_to_create(const std::filesystem::path& folder, const std::error_code& error) {
  throw UserError(folder.string() + ": this folder cannot be created: " + error.message());
}

/// A file that is deleted on destruction unless it is kept.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::filesystem::path& target) : target_(target) {
    if (target.native().find('\0') != std::string::npos) fail(target_, "written", EINVAL);
    static std::atomic<unsigned> count = 0;
    do {  // a process with the same ID may have died here before
      name_ = target.string() + "." + std::to_string(::getpid()) + "-" + std::to_string(count++) + ".tmp";
      descriptor_ = Descriptor(::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    } while (!descriptor_.is_open() && errno == EEXIST);
    if (!descriptor_.is_open()) fail(target_, "written", errno);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (!name_.empty()) ::unlink(name_.c_str());
  }

  void write(std::span<const std::uint8_t> bytes) {
    if (!descriptor_.write(bytes)) fail(target_, "written", errno);
  }

  void keep() {
    if (::fsync(descriptor_.get()) != 0 || !descriptor_.close() || ::rename(name_.c_str(), target_.c_str()) != 0) {
      fail(target_, "written", errno);
    }
    name_.clear();
  }

 private:
  std::filesystem::path target_;
  std::string name_;
  Descriptor descriptor_;
};

}  // namespace

void write_file(const std::filesystem::path& path,
                const std::function<void(const std::function<void(std::span<const std::uint8_t>)>& write)>& produce) {
  const auto folder = path.parent_path();
  if (!folder.empty()) {
    std::error_code error;
    std::filesystem::create_directory(folder, error);
    if (error) fail_to_create(folder, error);
  }
  TemporaryFile file(path);
  produce([&](std::span<const std::uint8_t> bytes) { file.write(bytes); });
  file.keep();
  sync_folder(folder);
}

void write_file(const std::filesystem::path& path, std::span<const std::uint8_t> contents) {
  write_file(path, [&](const auto& write) { write(contents); });
}

void write_file(const std::filesystem::path& path, std::string_view contents) {
  write_file(path, std::span(reinterpret_cast<const std::uint8_t*>(contents.data()), contents.size()));
}

void create_folders(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) fail_to_create(folder, error);
}

std::string read_file(const std::filesystem::path& path) {
  std::string text;
  read_file(path, [&](std::span<const std::uint8_t> piece) {
    text.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  });
  return text;
}

std::optional<std::string> read_existing(const std::filesystem::path& path) {
  std::error_code error;
  const auto type = std::filesystem::status(path, error).type();
  if (error == std::errc::no_such_file_or_directory) return std::nullopt;
  if (error) fail(path, "read", error.value());
  if (type != std::filesystem::file_type::regular) throw UserError(path.string() + ": this is not a regular file");
  return read_file(path);
}

std::string read_text(const std::filesystem::path& path) {
  constexpr std::uintmax_t kMost = std::uintmax_t{16} << 20;
  std::error_code error;
  if (std::filesystem::exists(path, error) && !std::filesystem::is_regular_file(path, error))
    throw UserError(path.string() + ": this is not a regular file");
  if (const auto size = std::filesystem::file_size(path, error); !error && size > kMost)
    throw UserError(path.string() + ": the file has " + std::to_string(size) + " bytes, but at most " +
                    std::to_string(kMost) + " are read");
  return read_file(path);
}

void read_file(const std::filesystem::path& path, const std::function<void(std::span<const std::uint8_t>)>& take) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) fail(path, "read", errno);
  std::array<std::uint8_t, 1 << 16> piece;
  while (true) {
    const auto count = file.read(piece);
    if (count < 0) fail(path, "read", errno);
    if (count == 0) return;
    take(std::span(piece).first(static_cast<std::size_t>(count)));
  }
}

void sync_folder(const std::filesystem::path& folder) {
  const Descriptor opened(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.is_open()) ::fsync(opened.get());
}

std::filesystem::path without_dots(const std::filesystem::path& path) {
  std::filesystem::path plain;
  for (const auto& part : path) {
    if (part == ".") continue;
    if (part != ".." || plain.empty() || plain.filename() == "..") {
      plain /= part;
      continue;
    }
    std::error_code error;
    if (std::filesystem::is_symlink(plain, error)) {
      if (!std::filesystem::exists(plain, error)) {  // the system finds nothing behind it
        plain /= part;
        continue;
      }
      auto target = std::filesystem::weakly_canonical(plain, error);
      if (!error) plain = std::move(target);
    }
    plain = plain.parent_path();
  }
  return plain;
}

bool is_temporary(const std::filesystem::path& path) {
  const auto number = path.stem().extension().string();  // ".PID-COUNT"
  return path.extension() == ".tmp" && number.size() > 1 &&
         number.find_first_not_of("0123456789-", 1) == std::string::npos;
}

bool is_file(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

}  // namespace hourglass::base
