// Fetching files: order of sources, checksums, remaining files. The sources are local files, a local server, and a
// script in place of npm.
#include "host/fetch.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/subprocess.hpp"
#include "support/process.hpp"
#include "support/web_server.hpp"

using namespace hourglass;
using test::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

const std::string kHello = "hello\n";
const std::string kHelloSum = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
const std::string kWorld = "world\n";
const std::string kWorldSum = "e258d248fda94c63753607f7c4494ee0fcbe92f1a76bfdac795c9d84101eb317";

std::string url(const fs::path& file) { return "file://" + file.string(); }

class Listener final : public host::FetchObserver {
 public:
  explicit Listener(std::function<void(const std::string&)> hear) : hear_(std::move(hear)) {}
  void line(const std::string& text) override {
    if (hear_) hear_(text);
  }
  void bytes(const std::string&, std::int64_t, std::int64_t) override {}

 private:
  std::function<void(const std::string&)> hear_;
};

std::string error_of(const std::vector<Download>& downloads, const fs::path& directory,
                     std::function<void(const std::string&)> hear = {}) {
  Listener listener(std::move(hear));
  try {
    host::fetch_files(downloads, directory, listener);
  } catch (const base::UserError& error) {
    return error.what();
  }
  return "";
}

/// Puts a replacement of npm first in PATH, which runs `script` and counts its calls.
class FalseNpm {
 public:
  explicit FalseNpm(const std::string& script) : path_(std::getenv("PATH")) {
    test::write(folder_ / "npm", "#!/bin/sh\necho \"$@\" >> " + (folder_ / "calls").string() + "\n" + script);
    fs::permissions(folder_ / "npm", fs::perms::owner_all);
    ::setenv("PATH", (folder_.path().string() + ":" + path_).c_str(), 1);
  }
  FalseNpm(const FalseNpm&) = delete;
  FalseNpm& operator=(const FalseNpm&) = delete;
  ~FalseNpm() { ::setenv("PATH", path_.c_str(), 1); }

  int calls() const {
    std::ifstream lines(folder_ / "calls");
    std::string line;
    int count = 0;
    while (std::getline(lines, line)) ++count;
    return count;
  }
  std::string arguments() const { return test::read(folder_ / "calls"); }

 private:
  std::string path_;
  TemporaryFolder folder_;
};

/// Creates a package with `package/a` and `package/b`, and returns a script that prints its URL.
std::string package_in(const TemporaryFolder& folder) {
  test::write(folder / "package/a", kHello);
  test::write(folder / "package/b", kWorld);
  base::run_subprocess({.command = {"tar", "-czf", "made.tgz", "package"}, .folder = folder.path()});
  return "echo " + url(folder / "made.tgz") + "\n";
}

}  // namespace

TEST_CASE("fetch: a file is installed, and no other file remains") {
  const TemporaryFolder folder;
  test::write(folder / "source", kHello);
  const auto data = folder / "new/data";
  CHECK(error_of({{"set/hello", kHelloSum, {url(folder / "source")}}}, data) == "");
  CHECK(test::read(data / "set/hello") == kHello);
  CHECK(std::distance(fs::directory_iterator(data), {}) == 1);
}

TEST_CASE("fetch: a source whose name ends in .gz is unpacked") {
  const TemporaryFolder folder;
  test::write(folder / "source", kHello);
  base::run_subprocess({.command = {"gzip", (folder / "source").string()}});
  CHECK(error_of({{"hello", kHelloSum, {url(folder / "source.gz")}}}, folder / "data") == "");
  CHECK(test::read(folder / "data/hello") == kHello);
}

TEST_CASE("fetch: a wrong checksum is refused with both sums, and no files or new folders remain") {
  const TemporaryFolder folder;
  test::write(folder / "source", kWorld);
  const auto source = url(folder / "source");
  CHECK(error_of({{"hello", kHelloSum, {source}}}, folder / "new/data") == "hello: no source provides this file\n  " +
                                                                               source + ": expected SHA-256 " +
                                                                               kHelloSum + ", but got " + kWorldSum);
  CHECK(!fs::exists(folder / "new"));
}

TEST_CASE("fetch: if one of several files fails, none is installed; the correct ones are not fetched again") {
  const TemporaryFolder folder;
  test::WebServer server;
  server.set("/hello", {.body = kHello});
  const std::vector<Download> downloads = {{"hello", kHelloSum, {server.url("/hello")}},
                                           {"world", kWorldSum, {server.url("/world")}}};
  test::write(folder / "data/world", "older");
  CHECK(error_of(downloads, folder / "data") != "");
  CHECK(!fs::exists(folder / "data/hello"));
  CHECK(test::read(folder / "data/world") == "older");
  server.set("/world", {.body = kWorld});
  CHECK(error_of(downloads, folder / "data") == "");
  CHECK(test::read(folder / "data/hello") == kHello);
  CHECK(test::read(folder / "data/world") == kWorld);
  CHECK(server.requests().size() == 3);  // hello, world, world
  CHECK(std::distance(fs::directory_iterator(folder / "data"), {}) == 2);
}

TEST_CASE("fetch: one URL may provide two files") {
  const TemporaryFolder folder;
  test::write(folder / "source", kHello);
  const auto source = url(folder / "source");
  CHECK(error_of({{"set/a", kHelloSum, {source}}, {"set/b", kHelloSum, {source}}}, folder / "data") == "");
  CHECK(test::read(folder / "data/set/a") == kHello);
  CHECK(test::read(folder / "data/set/b") == kHello);
}

TEST_CASE("fetch: sources are tried in order until one provides the right file") {
  const TemporaryFolder folder;
  test::write(folder / "wrong", kWorld);
  test::write(folder / "right", kHello);
  CHECK(error_of({{"hello",
                   kHelloSum,
                   {url(folder / "missing"), url(folder / "wrong"), "ftp://elsewhere", url(folder / "right")}}},
                 folder / "data") == "");
  CHECK(test::read(folder / "data/hello") == kHello);
}

TEST_CASE("fetch: the error names the reason for each source") {
  const TemporaryFolder folder;
  const auto error = error_of({{"hello", kHelloSum, {url(folder / "missing"), "ftp://elsewhere"}}}, folder / "data");
  CHECK(error.find("missing: Couldn't open file ") != std::string::npos);
  CHECK(error.find("ftp://elsewhere: expected npm:PACKAGE@VERSION/PATH or https://") != std::string::npos);
}

TEST_CASE("fetch: npm is queried once per package") {
  const TemporaryFolder folder;
  const FalseNpm npm(package_in(folder));
  CHECK(error_of(
            {{"set/a", kHelloSum, {"npm:thing@1.2.3/package/a"}}, {"set/b", kWorldSum, {"npm:thing@1.2.3/package/b"}}},
            folder / "data") == "");
  CHECK(npm.calls() == 1);
  CHECK(npm.arguments().ends_with("-- thing@1.2.3 dist.tarball\n"));
  CHECK(test::read(folder / "data/set/a") == kHello);
  CHECK(test::read(folder / "data/set/b") == kWorld);
  CHECK(std::distance(fs::directory_iterator(folder / "data"), {}) == 1);
}

TEST_CASE("fetch: the name of a scoped package has a slash") {
  const TemporaryFolder folder;
  const FalseNpm npm(package_in(folder));
  CHECK(error_of({{"a", kHelloSum, {"npm:@scope/thing@1.2.3/package/a"}}}, folder / "data") == "");
  CHECK(npm.arguments().ends_with("-- @scope/thing@1.2.3 dist.tarball\n"));
}

TEST_CASE("fetch: a package without the file, and one that npm does not know, are errors") {
  const TemporaryFolder folder;
  const std::string source = "npm:thing@1.2.3/package/c";
  {
    const FalseNpm npm(package_in(folder));
    CHECK(error_of({{"c", kHelloSum, {source}}}, folder / "data") ==
          "c: no source provides this file\n  " + source + ": the archive has no 'package/c'");
  }
  {
    const FalseNpm npm("true\n");
    CHECK(error_of({{"c", kHelloSum, {source}}}, folder / "data") ==
          "c: no source provides this file\n  " + source + ": npm does not know this package");
  }
  const FalseNpm npm("echo thing@1.2.3 several\n");
  CHECK(error_of({{"c", kHelloSum, {source}}}, folder / "data") ==
        "c: no source provides this file\n  " + source +
            ": expected the URL of one archive from npm, but got 'thing@1.2.3 several'");
}

TEST_CASE("fetch: if npm fails, it is queried once, its message is shown, and the next source is tried") {
  const TemporaryFolder folder;
  test::write(folder / "source", kHello);
  const FalseNpm npm("echo 'npm ERR! no such package' >&2\nexit 7\n");
  const std::string source = "npm:thing@1.2.3/package/a";
  CHECK(error_of({{"a", kHelloSum, {source, url(folder / "source")}}, {"b", kWorldSum, {source}}}, folder / "data") ==
        "b: no source provides this file\n  " + source + ": npm exited with code 7: npm ERR! no such package");
  CHECK(npm.calls() == 1);
}

TEST_CASE("fetch: a member that is a link is refused") {
  const TemporaryFolder folder;
  fs::create_directory(folder / "package");
  fs::create_symlink("/etc/hostname", folder / "package/a");
  base::run_subprocess({.command = {"tar", "-czf", "made.tgz", "package"}, .folder = folder.path()});
  const FalseNpm npm("echo " + url(folder / "made.tgz") + "\n");
  const auto error = error_of({{"a", kHelloSum, {"npm:thing@1/package/a"}}}, folder / "data");
  CHECK(error.ends_with("'package/a' in the archive is not a regular file"));
}

TEST_CASE("fetch: an archive cannot write outside of the data directory") {
  const TemporaryFolder folder;
  test::write(folder / "evil", kWorld);
  test::write(folder / "in/package/a", kHello);
  base::run_subprocess({.command = {"tar", "-czPf", "../made.tgz", "../evil", (folder / "evil").string(), "package"},
                        .folder = folder / "in"});
  fs::remove(folder / "evil");
  const FalseNpm npm("echo " + url(folder / "made.tgz") + "\n");
  CHECK(error_of({{"a", kHelloSum, {"npm:thing@1/package/a"}}}, folder / "data/deep") == "");
  CHECK(test::read(folder / "data/deep/a") == kHello);
  CHECK(!fs::exists(folder / "evil"));
  CHECK(!fs::exists(folder / "data/evil"));
}

TEST_CASE("fetch: files that are not gzip or are truncated are refused and not kept") {
  const TemporaryFolder folder;
  test::write(folder / "plain.gz", kHello);
  test::write(folder / "whole", std::string(100'000, 'x') + kHello);
  base::run_subprocess({.command = {"gzip", "-k", (folder / "whole").string()}});
  const auto packed = test::read(folder / "whole.gz");
  test::write(folder / "cut.gz", packed.substr(0, packed.size() / 2));
  const auto error =
      error_of({{"hello", kHelloSum, {url(folder / "plain.gz"), url(folder / "cut.gz")}}}, folder / "data");
  CHECK(error.find("plain.gz: is not a gzip file\n") != std::string::npos);
  CHECK(error.find("cut.gz: cannot be unpacked: ") != std::string::npos);
  CHECK(!fs::exists(folder / "data"));
}

TEST_CASE("fetch: after a failure, the next fetch requests only the rest") {
  const TemporaryFolder folder;
  test::WebServer server;
  const std::vector<Download> downloads = {{"hello", kHelloSum, {server.url("/hello")}}};
  server.set("/hello", {.body = kHello, .cut_after = 3});
  const auto give_up = [&](const std::string& line) {
    if (line.find("retrying") != std::string::npos) server.set("/hello", {.body = "", .status = 404});
  };
  CHECK(error_of(downloads, folder / "data", give_up) != "");
  CHECK(!fs::exists(folder / "data/hello"));
  server.set("/hello", {.body = kHello});
  CHECK(error_of(downloads, folder / "data") == "");
  CHECK(test::read(folder / "data/hello") == kHello);
  CHECK(server.requests().back().headers.at("range") == "bytes=3-");
  CHECK(std::distance(fs::directory_iterator(folder / "data"), {}) == 1);
}

TEST_CASE("fetch: changed and absent files are missing, correct ones are not") {
  const TemporaryFolder folder;
  test::write(folder / "right", kHello);
  test::write(folder / "changed", kWorld);
  const std::vector<Download> all = {{"right", kHelloSum, {}}, {"changed", kHelloSum, {}}, {"absent", kHelloSum, {}}};
  const auto missing = host::missing_files(all, folder.path());
  REQUIRE(missing.size() == 2);
  CHECK(missing[0].file == "changed");
  CHECK(missing[1].file == "absent");
}

TEST_CASE("fetch: a folder that cannot be created is an error with its path") {
  const TemporaryFolder folder;
  test::write(folder / "file", "");
  const auto inside = folder / "file/data";
  CHECK(error_of({{"a", kHelloSum, {}}}, inside) ==
        inside.string() + ": this folder cannot be created: Not a directory");
}

TEST_CASE("fetch: a file outside the data directory is refused, and nothing is written") {
  const TemporaryFolder folder;
  test::write(folder / "hello", kHello);
  for (const std::string file : {"../x", "a/../../x", "/tmp/x", "", ".", "a/"}) {
    CHECK(error_of({{file, kHelloSum, {url(folder / "hello")}}}, folder / "data") ==
          "'" + file +
              "' is not a file below the data directory, where downloads are kept; correct downloads() in the "
              "plugin");
    CHECK_THROWS(host::missing_files({{file, kHelloSum, {}}}, folder / "data"));
  }
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("fetch: a link to a folder that does not exist is kept") {
  const TemporaryFolder folder;
  fs::create_symlink("nowhere", folder / "link");
  CHECK(error_of({{"a", kHelloSum, {}}}, folder / "link").find("cannot be created") != std::string::npos);
  CHECK(fs::is_symlink(folder / "link"));
}
