// Downloads files by URL, from the web or from the local file system.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace hourglass::base {

/// Thrown when base::stop_requested() has ended an operation.
class Interrupted : public std::runtime_error {
 public:
  Interrupted() : std::runtime_error("interrupted") {}
};

struct DownloadOptions {
  std::string sha256 = {};  ///< of the file, 64 lower-case hexadecimal digits; empty: any file is accepted
  /// Called several times a second with the bytes received so far, including those of earlier calls, and the size of
  /// the file, 0 while it is unknown.
  std::function<void(std::int64_t done, std::int64_t total)> progress = {};
  std::function<void(const std::string& line)> note = {};  ///< called with the reason before each retry
  int attempts = 4;                                        ///< consecutive attempts without any data before giving up
  std::chrono::milliseconds pause = std::chrono::seconds(1);  ///< before the first retry; doubles with each further one
  std::chrono::seconds silence = std::chrono::seconds(30);    ///< time without data after which a connection is dropped
};

/// Returns whether a text starts with https://, http:// or file://.
bool is_url(std::string_view text);

/// Downloads `url` to `file`, whose folder must exist. The file appears by one rename once it is complete and has the
/// expected hash. Redirections are followed, from https only to https. Lost connections, time-outs and temporary server
/// errors are retried. Received bytes are kept in `file`.part (see PartialFile): if a download fails or is interrupted,
/// the next one of the same URL requests only the rest, or the whole file if it has changed or the server cannot send
/// parts. Bytes with a wrong hash are removed; an existing `file` is kept.
///
/// Throws Interrupted, or UserError, which starts with the URL, or with a path if a file cannot be written or another
/// process is downloading to it. Thread-safe; the first call installs signal handlers as stop_requested() does.
///
/// Reads the same environment variables for proxies and certificates as the curl program: http_proxy, https_proxy,
/// no_proxy, CURL_CA_BUNDLE, SSL_CERT_FILE, SSL_CERT_DIR.
void download(const std::string& url, const std::filesystem::path& file, const DownloadOptions& options = {});

}  // namespace hourglass::base
