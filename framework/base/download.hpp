// Downloads by URL, from the web or from a file of this machine.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace hourglass::base {

/// Thrown when base::stop_requested() has ended a piece of work.
class Interrupted : public std::runtime_error {
 public:
  Interrupted() : std::runtime_error("interrupted") {}
};

struct DownloadOptions {
  std::string sha256 = {};  ///< of the file, 64 lower-case hexadecimal digits; empty: any file is accepted
  /// Called several times a second with the bytes that are there, those of earlier calls included, and the size of the
  /// file, 0 while it is not known.
  std::function<void(std::int64_t done, std::int64_t total)> progress = {};
  std::function<void(const std::string& line)> note = {};     ///< called before each retry with the reason
  int attempts = 4;                                           ///< in a row that bring no byte
  std::chrono::milliseconds pause = std::chrono::seconds(1);  ///< before the first retry; doubles with each in a row
  std::chrono::seconds silence = std::chrono::seconds(30);    ///< without a byte, after which a connection is dropped
};

/// Tells whether a text begins as a URL that download() takes: with https://, http:// or file://.
bool is_url(std::string_view text);

/// Downloads `url` to `file`, whose folder must exist. The file appears by one rename when it is complete and has the
/// right hash. Redirections are followed, from https to https only. Lost connections, time-outs and errors that the
/// server calls temporary are retried. The bytes are kept in `file`.part (see PartialFile): when a download fails or is
/// interrupted, the next one of the same URL asks only for the rest, or for the whole file if that has changed or the
/// server cannot send parts. Bytes with a wrong hash are removed; an older `file` stays.
///
/// Throws Interrupted, or UserError, which starts with the URL, or with a path if a file cannot be written or another
/// process downloads to it. Any thread; the first call takes over signals as stop_requested() does.
///
/// Proxies and certificates are those of the curl program: http_proxy, https_proxy, no_proxy, CURL_CA_BUNDLE,
/// SSL_CERT_FILE, SSL_CERT_DIR.
void download(const std::string& url, const std::filesystem::path& file, const DownloadOptions& options = {});

}  // namespace hourglass::base
