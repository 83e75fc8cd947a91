#include "base/download.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <span>
#include <thread>

#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "base/partial_file.hpp"
#include "base/version.hpp"

namespace hourglass::base {
namespace {

using Clock = std::chrono::steady_clock;

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// How an attempt ended.
struct Outcome {
  enum class Kind { complete, temporary, permanent } kind;
  std::string reason;
};

/// One request, whose response is appended to the partial file.
class Request {
 public:
  Request(const std::string& url, const DownloadOptions& options, PartialFile& partial)
      : url_(url), options_(options), partial_(partial), curl_(curl_easy_init(), curl_easy_cleanup) {
    if (!curl_) throw UserError(url + ": libcurl cannot be started");
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https,file");
    set(CURLOPT_REDIR_PROTOCOLS_STR, lower_case(url).starts_with("http:") ? "http,https" : "https");
    set(CURLOPT_FOLLOWLOCATION, 1L);
    set(CURLOPT_MAXREDIRS, 10L);
    set(CURLOPT_FAILONERROR, 1L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(options.silence.count()));
    set(CURLOPT_USERAGENT, (std::string("hourglass/") + kVersion).c_str());
    set(CURLOPT_ERRORBUFFER, error_);
    set_certificates();
    set(CURLOPT_WRITEFUNCTION, &Request::on_bytes);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_HEADERFUNCTION, &Request::on_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_XFERINFOFUNCTION, &Request::on_progress);
    set(CURLOPT_XFERINFODATA, this);
    set(CURLOPT_NOPROGRESS, 0L);
  }

  Outcome run() {
    resumed_at_ = partial_.version().empty() ? 0 : partial_.size();
    std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(nullptr, curl_slist_free_all);
    if (resumed_at_ > 0) {
      set(CURLOPT_RANGE, fmt::format("{}-", resumed_at_).c_str());
      headers.reset(curl_slist_append(nullptr, ("If-Range: " + partial_.version()).c_str()));
      set(CURLOPT_HTTPHEADER, headers.get());
    }
    last_bytes_ = Clock::now();
    const CURLcode code = curl_easy_perform(curl_.get());
    if (failure_) std::rethrow_exception(failure_);
    return outcome_of(code);
  }

 private:
  template <class T>
  void set(CURLoption option, T value) {
    curl_easy_setopt(curl_.get(), option, value);
  }

  /// Applies environment variables that the curl program reads but libcurl does not.
  void set_certificates() {
    for (const auto* name : {"CURL_CA_BUNDLE", "SSL_CERT_FILE"}) {
      if (const char* file = std::getenv(name); file && *file) {
        set(CURLOPT_CAINFO, file);
        break;
      }
    }
    if (const char* folder = std::getenv("SSL_CERT_DIR"); folder && *folder) set(CURLOPT_CAPATH, folder);
  }

  /// Returns the status of the response; 0 for local files.
  long status() const {
    long status = 0;
    curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
    return status;
  }

  Outcome outcome_of(CURLcode code) {
    using Kind = Outcome::Kind;
    if (silent_) return {Kind::temporary, fmt::format("no data received for {} s", options_.silence.count())};
    std::string reason = error_[0] != '\0' ? error_ : curl_easy_strerror(code);
    switch (code) {
      case CURLE_OK:
        if (!responded_) begin();  // an empty file
        return {Kind::complete, ""};
      case CURLE_HTTP_RETURNED_ERROR: return refused(status());
      case CURLE_COULDNT_RESOLVE_HOST:
      case CURLE_COULDNT_CONNECT:
        // A server that has already sent data exists; otherwise the name or the port is probably wrong.
        return {partial_.size() > 0 ? Kind::temporary : Kind::permanent, std::move(reason)};
      case CURLE_OPERATION_TIMEDOUT:
      case CURLE_PARTIAL_FILE:
      case CURLE_GOT_NOTHING:
      case CURLE_SEND_ERROR:
      case CURLE_RECV_ERROR:
      case CURLE_HTTP2:
      case CURLE_HTTP2_STREAM: return {Kind::temporary, std::move(reason)};
      default: return {Kind::permanent, std::move(reason)};
    }
  }

  Outcome refused(long status) {
    constexpr long kRangeNotSatisfiable = 416;  // the file has become shorter
    if (status == kRangeNotSatisfiable && resumed_at_ > 0) {
      partial_.clear();
      return {Outcome::Kind::temporary, "the file has changed"};
    }
    const bool temporary = status == 408 || status == 429 || (status >= 500 && status != 501);
    return {temporary ? Outcome::Kind::temporary : Outcome::Kind::permanent,
            fmt::format("the server answered with status {}", status)};
  }

  /// Determines, before the first byte, whether the response continues the partial file or starts the file again.
  void begin() {
    responded_ = true;
    constexpr long kPartialContent = 206;
    if (resumed_at_ > 0 && status() == kPartialContent) {
      if (headers_["content-range"].starts_with(fmt::format("bytes {}-", resumed_at_))) return;
      partial_.clear();
      throw UserError(url_ + ": the server sent a different part of the file than requested");
    }
    resumed_at_ = 0;
    // Versions that differ in bytes may share a weak tag.
    const std::string tag = headers_["etag"];
    partial_.begin(!tag.empty() && !tag.starts_with("W/") ? tag : headers_["last-modified"]);
  }

  // No exception may pass through libcurl: callbacks store it and end the transfer.

  static std::size_t on_bytes(char* bytes, std::size_t, std::size_t count, void* self) {
    auto& request = *static_cast<Request*>(self);
    try {
      request.last_bytes_ = Clock::now();
      if (!request.responded_) request.begin();
      request.partial_.append({reinterpret_cast<const std::uint8_t*>(bytes), count});
      return count;
    } catch (...) {
      request.failure_ = std::current_exception();
      return CURL_WRITEFUNC_ERROR;
    }
  }

  static std::size_t on_header(char* bytes, std::size_t, std::size_t count, void* self) {
    auto& headers = static_cast<Request*>(self)->headers_;
    const std::string_view line(bytes, count);
    if (line.starts_with("HTTP/")) headers.clear();  // of a redirection
    if (const auto colon = line.find(':'); colon != std::string_view::npos) {
      headers[lower_case(line.substr(0, colon))] = trimmed(line.substr(colon + 1));
    }
    return count;
  }

  /// Called at least once a second. libcurl's own low-speed limit is a mean over several seconds.
  static int on_progress(void* self, curl_off_t total, curl_off_t, curl_off_t, curl_off_t) {
    auto& request = *static_cast<Request*>(self);
    try {
      if (stop_requested()) throw Interrupted();
      if (request.responded_ && request.options_.progress) {
        request.options_.progress(request.partial_.size(), total > 0 ? total + request.resumed_at_ : 0);
      }
      request.silent_ = Clock::now() - request.last_bytes_ > request.options_.silence;
      return request.silent_ ? 1 : 0;
    } catch (...) {
      request.failure_ = std::current_exception();
      return 1;
    }
  }

  const std::string& url_;
  const DownloadOptions& options_;
  PartialFile& partial_;
  std::unique_ptr<CURL, void (*)(CURL*)> curl_;
  char error_[CURL_ERROR_SIZE] = "";
  std::map<std::string, std::string> headers_;  ///< of the response, by lower-case name
  Clock::time_point last_bytes_;                ///< when the last bytes arrived, or the request began
  bool silent_ = false;                         ///< whether it was cancelled for lack of data
  bool responded_ = false;
  std::int64_t resumed_at_ = 0;  ///< byte of the file at which the response begins
  std::exception_ptr failure_;   ///< thrown in a callback
};

void sleep_until_retry(std::chrono::milliseconds time) {
  const auto until = Clock::now() + time;
  while (Clock::now() < until) {
    if (stop_requested()) throw Interrupted();
    std::this_thread::sleep_for(std::min(time, std::chrono::milliseconds(50)));
  }
}

/// Makes requests until the file is complete.
void receive(const std::string& url, const DownloadOptions& options, PartialFile& partial) {
  auto pause = options.pause;
  for (int failed = 0;;) {
    const auto before = partial.size();
    const auto [kind, reason] = Request(url, options, partial).run();
    if (kind == Outcome::Kind::complete) return;
    if (partial.size() > before) {
      failed = 0;
      pause = options.pause;
    }
    if (kind == Outcome::Kind::permanent || ++failed >= options.attempts) throw UserError(url + ": " + reason);
    if (options.note) {
      options.note(fmt::format("{}: {}; retrying in {:g} s", url, reason, static_cast<double>(pause.count()) / 1000));
    }
    sleep_until_retry(pause);
    pause *= 2;
  }
}

}  // namespace

bool is_url(std::string_view text) {
  const auto start = lower_case(text.substr(0, 8));
  return start.starts_with("https://") || start.starts_with("http://") || start.starts_with("file://");
}

void download(const std::string& url, const std::filesystem::path& file, const DownloadOptions& options) {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) throw UserError(url + ": libcurl cannot be started");
  if (!is_url(url)) throw UserError(url + ": expected a URL that starts with https://, http:// or file://");
  PartialFile partial(file, url);
  receive(url, options, partial);
  if (!options.sha256.empty()) {
    if (const auto sha256 = partial.sha256(); sha256 != options.sha256) {
      partial.clear();
      throw UserError(fmt::format("{}: expected SHA-256 {}, but got {}", url, options.sha256, sha256));
    }
  }
  partial.finish();
}

}  // namespace hourglass::base
