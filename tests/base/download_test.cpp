// Downloads: complete or not at all, resumed, checked.
#include "base/download.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/partial_file.hpp"
#include "support/process.hpp"
#include "support/web_server.hpp"

using namespace hourglass;
using test::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

/// Returns 300,000 bytes without short periods.
std::string content() {
  std::string text;
  for (int i = 0; text.size() < 300'000; ++i) text += std::to_string(i);
  text.resize(300'000);
  return text;
}

std::string sha256_of(const std::string& text) {
  base::Sha256 hash;
  hash.update({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  return hash.finish();
}

/// Returns options without long waits.
base::DownloadOptions quick(int attempts = 4) { return {.attempts = attempts, .pause = std::chrono::milliseconds(1)}; }

/// Returns the error message without the URL at its start, "" on success.
std::string error_of(const std::string& url, const fs::path& file, const base::DownloadOptions& options = quick()) {
  try {
    base::download(url, file, options);
    return "";
  } catch (const base::UserError& error) {
    const std::string text = error.what();
    CHECK(text.starts_with(url + ": "));
    return text.substr(std::min(text.size(), url.size() + 2));
  }
}

std::size_t files_in(const TemporaryFolder& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder.path()), {}));
}

}  // namespace

TEST_CASE("sha256: known values, in pieces and of a file") {
  CHECK(sha256_of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const std::string text = content();
  base::Sha256 hash;
  for (std::size_t i = 0; i < text.size(); i += 1000) {
    hash.update({reinterpret_cast<const std::uint8_t*>(text.data()) + i, std::min<std::size_t>(1000, text.size() - i)});
  }
  CHECK(hash.finish() == sha256_of(text));
  const TemporaryFolder folder;
  test::write(folder / "file", text);
  CHECK(base::sha256_of(folder / "file") == sha256_of(text));
}

TEST_CASE("download: a local file is copied, and a missing one is an error") {
  const TemporaryFolder folder;
  test::write(folder / "source", content());
  CHECK(error_of("file://" + (folder / "source").string(), folder / "file") == "");
  CHECK(test::read(folder / "file") == content());
  CHECK(error_of("file://" + (folder / "missing").string(), folder / "other").find("Couldn't open file") == 0);
  CHECK(files_in(folder) == 2);
}

TEST_CASE("download: a file is downloaded from a server, its hash checked and its progress reported") {
  const TemporaryFolder folder;
  test::WebServer server;
  server.set("/file", {.body = content()});
  auto options = quick();
  std::int64_t last = 0, of = 0;
  options.sha256 = sha256_of(content());
  options.progress = [&](std::int64_t done, std::int64_t total) {
    CHECK(done >= last);
    last = done;
    of = total;
  };
  CHECK(error_of(server.url("/file"), folder / "file", options) == "");
  CHECK(test::read(folder / "file") == content());
  CHECK(last == 300'000);
  CHECK(of == 300'000);
  CHECK(files_in(folder) == 1);
}

TEST_CASE("download: an empty file can be downloaded") {
  const TemporaryFolder folder;
  test::WebServer server;
  server.set("/empty", {.body = ""});
  CHECK(error_of(server.url("/empty"), folder / "file") == "");
  CHECK(test::read(folder / "file") == "");
  CHECK(files_in(folder) == 1);
}

TEST_CASE("download: a wrong hash is an error with both sums; the older file is kept, the new one removed") {
  const TemporaryFolder folder;
  test::WebServer server;
  server.set("/file", {.body = "hello\n"});
  test::write(folder / "file", "older");
  auto options = quick();
  options.sha256 = sha256_of("world\n");
  CHECK(error_of(server.url("/file"), folder / "file", options) ==
        "expected SHA-256 " + sha256_of("world\n") + ", but got " + sha256_of("hello\n"));
  CHECK(test::read(folder / "file") == "older");
  CHECK(files_in(folder) == 1);
}

TEST_CASE("download: after a lost connection, only the rest is requested") {
  const TemporaryFolder folder;
  test::WebServer server;
  server.set("/file", {.body = content(), .cut_after = 100'000, .cuts = 2});
  auto options = quick(2);
  options.sha256 = sha256_of(content());
  std::vector<std::string> notes;
  options.note = [&](const std::string& line) { notes.push_back(line); };
  CHECK(error_of(server.url("/file"), folder / "file", options) == "");
  CHECK(test::read(folder / "file") == content());
  const auto requests = server.requests();
  REQUIRE(requests.size() == 3);
  CHECK(!requests[0].headers.contains("range"));
  CHECK(requests[1].headers.at("range") == "bytes=100000-");
  CHECK(requests[1].headers.at("if-range") == "\"v1\"");
  CHECK(requests[2].headers.at("range") == "bytes=200000-");
  REQUIRE(notes.size() == 2);
  CHECK(notes[0].starts_with(server.url("/file") + ": "));
}

TEST_CASE("download: the bytes of a failed download are kept for the next one") {
  const TemporaryFolder folder;
  test::WebServer server;
  server.set("/file", {.body = content(), .cut_after = 100'000});
  CHECK(error_of(server.url("/file"), folder / "file", quick(1)) != "");
  CHECK(fs::file_size(folder / "file.part") == 100'000);
  CHECK(!fs::exists(folder / "file"));
  CHECK(error_of(server.url("/file"), folder / "file") == "");
  CHECK(test::read(folder / "file") == content());
  CHECK(server.requests().at(1).headers.at("range") == "bytes=100000-");
  CHECK(files_in(folder) == 1);
}

TEST_CASE("download: a file that has changed in the meantime is downloaded from its beginning") {
  const TemporaryFolder folder;
  test::WebServer server;
  server.set("/file", {.body = content(), .cut_after = 100'000});
  CHECK(error_of(server.url("/file"), folder / "file", quick(1)) != "");
  server.set("/file", {.body = "something else", .tag = "\"v2\""});
  CHECK(error_of(server.url("/file"), folder / "file") == "");
  CHECK(test::read(folder / "file") == "something else");
}

TEST_CASE("download: a file that has become shorter is downloaded from its beginning, even under the same tag") {
  const TemporaryFolder folder;
  test::WebServer server;
  server.set("/file", {.body = content(), .cut_after = 100'000});
  CHECK(error_of(server.url("/file"), folder / "file", quick(1)) != "");
  server.set("/file", {.body = "short"});
  CHECK(error_of(server.url("/file"), folder / "file") == "");
  CHECK(test::read(folder / "file") == "short");
}

TEST_CASE("download: starts again if the server sends no ranges or no version") {
  for (const auto& page : {test::WebPage{.body = content(), .cut_after = 100'000, .knows_ranges = false},
                           test::WebPage{.body = content(), .tag = "", .cut_after = 100'000},
                           test::WebPage{.body = content(), .tag = "W/\"weak\"", .cut_after = 100'000}}) {
    const TemporaryFolder folder;
    test::WebServer server;
    server.set("/file", page);
    CHECK(error_of(server.url("/file"), folder / "file") == "");
    CHECK(test::read(folder / "file") == content());
    CHECK(files_in(folder) == 1);
  }
}

TEST_CASE("download: the bytes of another URL are not continued") {
  const TemporaryFolder folder;
  test::WebServer server;
  server.set("/one", {.body = content(), .cut_after = 100'000});
  server.set("/two", {.body = "another file"});
  CHECK(error_of(server.url("/one"), folder / "file", quick(1)) != "");
  CHECK(error_of(server.url("/two"), folder / "file") == "");
  CHECK(test::read(folder / "file") == "another file");
}

TEST_CASE("download: permanent server errors are not retried, temporary ones are") {
  const TemporaryFolder folder;
  test::WebServer server;
  CHECK(error_of(server.url("/missing"), folder / "file") == "the server answered with status 404");
  CHECK(server.requests().size() == 1);
  server.set("/busy", {.body = "", .status = 503});
  CHECK(error_of(server.url("/busy"), folder / "file", quick(3)) == "the server answered with status 503");
  CHECK(server.requests().size() == 4);
  CHECK(files_in(folder) == 0);
}

TEST_CASE("download: redirections are followed, but never to a local file") {
  const TemporaryFolder folder;
  test::WebServer server;
  test::write(folder / "secret", "secret");
  server.set("/file", {.body = "hello"});
  server.set("/moved", {.moved_to = server.url("/file")});
  server.set("/trap", {.moved_to = "file://" + (folder / "secret").string()});
  CHECK(error_of(server.url("/moved"), folder / "file") == "");
  CHECK(test::read(folder / "file") == "hello");
  CHECK(error_of(server.url("/trap"), folder / "trapped") != "");
  CHECK(!fs::exists(folder / "trapped"));
}

TEST_CASE("download: other protocols, no protocol, and missing servers are errors") {
  const TemporaryFolder folder;
  for (const std::string url : {"ftp://127.0.0.1/file", "127.0.0.1/file", ""}) {
    CHECK(error_of(url, folder / "file") == "expected a URL that starts with https://, http:// or file://");
  }
  CHECK(error_of("http://127.0.0.1:1/file", folder / "file").find("onnect") != std::string::npos);
  CHECK(files_in(folder) == 0);
}

TEST_CASE("download: a missing folder is an error with the path") {
  const TemporaryFolder folder;
  test::write(folder / "source", "x");
  CHECK_THROWS_WITH_AS(base::download("file://" + (folder / "source").string(), folder / "no/file"),
                       ((folder / "no/file.part").string() + ": cannot be written: No such file or directory").c_str(),
                       base::UserError);
}

TEST_CASE("download: a stalled connection is dropped and resumed") {
  const TemporaryFolder folder;
  test::WebServer server;
  server.set("/file", {.body = content(), .cut_after = 100'000, .stalls = true});
  auto options = quick();
  options.silence = std::chrono::seconds(1);
  std::string note;
  options.note = [&](const std::string& line) { note = line; };
  CHECK(error_of(server.url("/file"), folder / "file", options) == "");
  CHECK(test::read(folder / "file") == content());
  CHECK(note == server.url("/file") + ": no data received for 1 s; retrying in 0.001 s");
  CHECK(server.requests().at(1).headers.at("range") == "bytes=100000-");
}

TEST_CASE("download: two downloads of one file at a time are refused") {
  const TemporaryFolder folder;
  test::write(folder / "source", "x");
  const base::PartialFile other(folder / "file", "file:///elsewhere");
  CHECK_THROWS_WITH_AS(base::download("file://" + (folder / "source").string(), folder / "file"),
                       ((folder / "file.part").string() + ": another process is downloading this file").c_str(),
                       base::UserError);
}
