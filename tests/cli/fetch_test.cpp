// Fetching files: sources in order, checksums, nothing left behind. The sources are files of this machine and a false
// npm.
#include "cli/fetch.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/subprocess.hpp"
#include "support/process.hpp"

using namespace hourglass;
using test::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

const std::string kHello = "hello\n";
const std::string kHelloSum = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
const std::string kWorld = "world\n";
const std::string kWorldSum = "e258d248fda94c63753607f7c4494ee0fcbe92f1a76bfdac795c9d84101eb317";

std::string url(const fs::path& file) { return "file://" + file.string(); }

std::string error_of(const std::vector<Download>& downloads, const fs::path& directory) {
  try {
    cli::fetch_files(downloads, directory, [](const std::string&) {});
  } catch (const base::UserError& error) {
    return error.what();
  }
  return "";
}

/// Puts a program that stands for npm first in PATH: it packs `package/a` and `package/b`, and counts its calls.
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

/// The script gets `pack --loglevel error --pack-destination FOLDER -- SPEC`.
const std::string kPack =
    "mkdir \"$5/package\" && printf 'hello\\n' > \"$5/package/a\" && printf 'world\\n' > \"$5/package/b\" &&\n"
    "tar -czf \"$5/made.tgz\" -C \"$5\" package && rm -r \"$5/package\"\n";

}  // namespace

TEST_CASE("fetch: a file is put where it belongs, and nothing else stays") {
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

TEST_CASE("fetch: a wrong checksum is refused with both sums, and nothing is left behind, not even new folders") {
  const TemporaryFolder folder;
  test::write(folder / "source", kWorld);
  const auto source = url(folder / "source");
  CHECK(error_of({{"hello", kHelloSum, {source}}}, folder / "new/data") ==
        "hello: no source gave this file\n  " + source + ": its SHA-256 is " + kWorldSum + ", but should be " +
            kHelloSum);
  CHECK(!fs::exists(folder / "new"));
}

TEST_CASE("fetch: when one of several files fails, none is installed and the folder is as before") {
  const TemporaryFolder folder;
  test::write(folder / "source", kHello);
  test::write(folder / "data/kept", kWorld);
  CHECK(error_of({{"hello", kHelloSum, {url(folder / "source")}}, {"world", kWorldSum, {url(folder / "source")}}},
                 folder / "data") != "");
  CHECK(std::distance(fs::directory_iterator(folder / "data"), {}) == 1);
  CHECK(test::read(folder / "data/kept") == kWorld);
}

TEST_CASE("fetch: sources are tried in order until one gives the right file") {
  const TemporaryFolder folder;
  test::write(folder / "wrong", kWorld);
  test::write(folder / "right", kHello);
  CHECK(error_of({{"hello",
                   kHelloSum,
                   {url(folder / "missing"), url(folder / "wrong"), "ftp://elsewhere", url(folder / "right")}}},
                 folder / "data") == "");
  CHECK(test::read(folder / "data/hello") == kHello);
}

TEST_CASE("fetch: what each source lacked is told") {
  const TemporaryFolder folder;
  const auto error = error_of({{"hello", kHelloSum, {url(folder / "missing"), "ftp://elsewhere"}}}, folder / "data");
  CHECK(error.find("missing: curl ended with 37: curl: (37)") != std::string::npos);
  CHECK(error.find("ftp://elsewhere: is neither npm:PACKAGE@VERSION/PATH nor https://") != std::string::npos);
}

TEST_CASE("fetch: one npm package is packed once for all its files") {
  const TemporaryFolder folder;
  const FalseNpm npm(kPack);
  CHECK(error_of(
            {{"set/a", kHelloSum, {"npm:thing@1.2.3/package/a"}}, {"set/b", kWorldSum, {"npm:thing@1.2.3/package/b"}}},
            folder / "data") == "");
  CHECK(npm.calls() == 1);
  CHECK(npm.arguments().ends_with("-- thing@1.2.3\n"));
  CHECK(test::read(folder / "data/set/a") == kHello);
  CHECK(test::read(folder / "data/set/b") == kWorld);
}

TEST_CASE("fetch: a package of a scope has a slash in its name") {
  const TemporaryFolder folder;
  const FalseNpm npm(kPack);
  CHECK(error_of({{"a", kHelloSum, {"npm:@scope/thing@1.2.3/package/a"}}}, folder / "data") == "");
  CHECK(npm.arguments().ends_with("-- @scope/thing@1.2.3\n"));
}

TEST_CASE("fetch: when npm fails, it is asked once, its words are told, and the next source is tried") {
  const TemporaryFolder folder;
  test::write(folder / "source", kHello);
  const FalseNpm npm("echo 'npm ERR! no such package' >&2\nexit 7\n");
  const std::string source = "npm:thing@1.2.3/package/a";
  CHECK(error_of({{"a", kHelloSum, {source, url(folder / "source")}}, {"b", kWorldSum, {source}}}, folder / "data") ==
        "b: no source gave this file\n  " + source + ": npm ended with 7: npm ERR! no such package");
  CHECK(npm.calls() == 1);
}

TEST_CASE("fetch: a member that is a link is refused") {
  const TemporaryFolder folder;
  const FalseNpm npm(
      "mkdir \"$5/package\" && ln -s /etc/hostname \"$5/package/a\" &&\n"
      "tar -czf \"$5/made.tgz\" -C \"$5\" package && rm -r \"$5/package\"\n");
  const auto error = error_of({{"a", kHelloSum, {"npm:thing@1/package/a"}}}, folder / "data");
  CHECK(error.find("what came is no regular file") != std::string::npos);
}

TEST_CASE("fetch: files that are there and right are not missing; changed and absent ones are") {
  const TemporaryFolder folder;
  test::write(folder / "right", kHello);
  test::write(folder / "changed", kWorld);
  const std::vector<Download> all = {{"right", kHelloSum, {}}, {"changed", kHelloSum, {}}, {"absent", kHelloSum, {}}};
  const auto left = cli::missing_files(all, folder.path());
  REQUIRE(left.size() == 2);
  CHECK(left[0].file == "changed");
  CHECK(left[1].file == "absent");
}

TEST_CASE("fetch: a folder that cannot be made is an error with its path") {
  const TemporaryFolder folder;
  test::write(folder / "file", "");
  const auto inside = folder / "file/data";
  CHECK(error_of({{"a", kHelloSum, {}}}, inside) == inside.string() + ": this folder cannot be made: Not a directory");
}

TEST_CASE("subprocess: exit codes, signals, captured output and input from a file") {
  using Capture = base::Subprocess::Capture;
  CHECK(base::run_subprocess({.command = {"sh", "-c", "exit 3"}}).code == 3);
  CHECK(base::run_subprocess({.command = {"sh", "-c", "kill -9 $$"}}).code == 128 + 9);
  CHECK(base::run_subprocess({.command = {"echo", "a b"}, .capture = Capture::output}).text == "a b\n");
  CHECK(base::run_subprocess({.command = {"sh", "-c", "echo no; echo yes >&2"}, .capture = Capture::errors}).text ==
        "yes\n");
  const TemporaryFolder folder;
  test::write(folder / "in", "text");
  CHECK(base::run_subprocess({.command = {"cat"}, .input = folder / "in", .capture = Capture::output}).text == "text");
  CHECK(base::run_subprocess({.command = {"cat"}, .capture = Capture::output}).text == "");
}

TEST_CASE("subprocess: a program that does not exist is named") {
  CHECK_THROWS_WITH_AS(base::run_subprocess({.command = {"no-such-program"}}),
                       "the program 'no-such-program' is not installed", base::UserError);
}
