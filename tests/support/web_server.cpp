#include "support/web_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace hourglass::test {
namespace {

WebRequest parsed(const std::string& text) {
  std::istringstream lines(text);
  WebRequest request;
  std::string line, method;
  std::getline(lines, line);
  std::istringstream(line) >> method >> request.path;
  while (std::getline(lines, line) && line != "\r") {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    std::string name = line.substr(0, colon);
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    request.headers[name] = line.substr(colon + 2, line.size() - colon - 3);
  }
  return request;
}

void send_all(int connection, const std::string& text) {
  for (std::size_t sent = 0; sent < text.size();) {
    const auto count = ::send(connection, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return;
    sent += static_cast<std::size_t>(count);
  }
}

}  // namespace

WebServer::WebServer() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (listener_ < 0 || ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener_, 8) != 0 || ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no server can be started on 127.0.0.1");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

WebServer::~WebServer() {
  ::shutdown(listener_, SHUT_RDWR);  // ends accept()
  thread_.join();
  ::close(listener_);
}

std::string WebServer::url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port_) + path; }

void WebServer::set(const std::string& path, WebPage page) {
  const std::scoped_lock lock(mutex_);
  pages_[path] = std::move(page);
}

std::vector<WebRequest> WebServer::requests() const {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

void WebServer::serve() {
  while (true) {
    const int connection = ::accept(listener_, nullptr, nullptr);
    if (connection < 0) return;
    answer(connection);
    ::close(connection);
  }
}

void WebServer::answer(int connection) {
  std::string text;
  char piece[4096];
  while (text.find("\r\n\r\n") == std::string::npos) {
    const auto count = ::recv(connection, piece, sizeof piece, 0);
    if (count <= 0) return;
    text.append(piece, static_cast<std::size_t>(count));
  }
  const std::scoped_lock lock(mutex_);
  requests_.push_back(parsed(text));
  auto& headers = requests_.back().headers;
  const auto found = pages_.find(requests_.back().path);
  const std::string end = "Connection: close\r\n";
  if (found == pages_.end() || found->second.status != 200) {
    const int status = found == pages_.end() ? 404 : found->second.status;
    return send_all(connection, "HTTP/1.1 " + std::to_string(status) + " No\r\nContent-Length: 0\r\n" + end + "\r\n");
  }
  WebPage& page = found->second;
  if (!page.moved_to.empty()) {
    return send_all(connection,
                    "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + page.moved_to + "\r\n" + end + "\r\n");
  }
  std::size_t first = 0;
  const bool same = !headers.contains("if-range") || headers["if-range"] == page.tag;
  if (headers.contains("range") && page.knows_ranges && same) {
    first = std::stoul(headers["range"].substr(std::string("bytes=").size()));
  }
  const auto size = page.body.size();
  if (first >= size && first > 0) {
    return send_all(connection, "HTTP/1.1 416 No\r\nContent-Length: 0\r\n" + end + "\r\n");
  }
  std::string head = first > 0 ? "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes " + std::to_string(first) + "-" +
                                     std::to_string(size - 1) + "/" + std::to_string(size) + "\r\n"
                               : "HTTP/1.1 200 OK\r\n";
  if (!page.tag.empty()) head += "ETag: " + page.tag + "\r\n";
  head += "Content-Length: " + std::to_string(size - first) + "\r\n" + end + "\r\n";
  auto body = page.body.substr(first);
  const bool cut = page.cut_after < body.size() && page.cuts > 0;
  if (cut) {
    --page.cuts;
    body.resize(page.cut_after);
  }
  send_all(connection, head + body);
  if (cut && page.stalls) ::recv(connection, piece, sizeof piece, 0);
}

}  // namespace hourglass::test
