// A server on 127.0.0.1 with configurable responses, including faulty ones.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace hourglass::test {

/// The response for a path.
struct WebPage {
  std::string body = "";
  std::string tag = "\"v1\"";                 ///< entity tag, with its quotes; empty: none
  int status = 200;                           ///< of the answer; other than 200 comes without the body
  std::size_t cut_after = std::string::npos;  ///< bytes of an answer's body after which the connection is closed
  bool stalls = false;                        ///< instead of closing it there, waits until the client does
  int cuts = 1;                               ///< how many answers are cut so
  bool knows_ranges = true;
  std::string moved_to = "";  ///< URL that the client is sent to
};

struct WebRequest {
  std::string path;
  std::map<std::string, std::string> headers;  ///< by their names in small letters
};

/// Answers requests one by one, on its own thread.
class WebServer {
 public:
  WebServer();
  ~WebServer();
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;

  std::string url(const std::string& path) const;
  void set(const std::string& path, WebPage page);
  std::vector<WebRequest> requests() const;

 private:
  void serve();
  void answer(int connection);

  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::map<std::string, WebPage> pages_;
  std::vector<WebRequest> requests_;
  std::thread thread_;
};

}  // namespace hourglass::test
