// The host's side of datasets: mapping, the decode cache, remembered hashes, and streams of random numbers.
#include "host/data_access.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <functional>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/hash.hpp"
#include "support/process.hpp"

using namespace hourglass;
using namespace hourglass::host;
using test::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    value ? ::setenv(name, value, 1) : ::unsetenv(name);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() { old_ ? ::setenv(name_, old_->c_str(), 1) : ::unsetenv(name_); }

 private:
  const char* name_;
  std::optional<std::string> old_;
};

std::string text(const MappedBytes& mapped) { return {mapped.bytes.begin(), mapped.bytes.end()}; }

std::size_t files_below(const fs::path& folder) {
  if (!fs::exists(folder)) return 0;
  std::size_t count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) count += entry.is_regular_file();
  return count;
}

std::string message(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

void set_time(const fs::path& file, std::time_t seconds) {
  const timespec times[2] = {{seconds, 0}, {seconds, 0}};
  REQUIRE(::utimensat(AT_FDCWD, file.c_str(), times, 0) == 0);
}

/// Overwrites the first byte; size and inode do not change.
void overwrite(const fs::path& file, char byte) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.put(byte);
}

/// Doubles every byte, and counts its calls.
struct Doubler {
  int calls = 0;
  void operator()(const MappedBytes& source, const DataAccess::Write& write) {
    ++calls;
    for (const auto byte : source.bytes) {
      const std::uint8_t two[] = {byte, byte};
      write(two);
    }
  }
};

}  // namespace

TEST_CASE("data access: a mapped file holds the file's bytes and outlives the access") {
  const TemporaryFolder folder;
  base::write_file(folder / "a", std::string_view("hello"));
  MappedBytes mapped;
  {
    HostData data(folder / "data", folder / "cache");
    mapped = data.map(folder / "a");
  }
  CHECK(text(mapped) == "hello");
  CHECK(mapped.path == folder / "a");
}

TEST_CASE("data access: an empty file maps to no bytes") {
  const TemporaryFolder folder;
  base::write_file(folder / "a", std::string_view(""));
  HostData data(folder / "data", folder / "cache");
  CHECK(data.map(folder / "a").bytes.empty());
  CHECK(data.content_hash().size() == 32);
}

TEST_CASE("data access: a missing file, a folder and a pipe are errors with path and reason") {
  const TemporaryFolder folder;
  HostData data(folder / "data", folder / "cache");
  const auto missing = folder / "missing";
  CHECK(message([&] { data.map(missing); }) == missing.string() + ": cannot be read: No such file or directory");
  fs::create_directory(folder / "folder");
  CHECK(message([&] { data.map(folder / "folder"); }) ==
        (folder / "folder").string() + ": cannot be read: Is a directory");
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK(message([&] { data.map(folder / "pipe"); }) ==
        (folder / "pipe").string() + ": is not a regular file, as data must be");
}

TEST_CASE("data access: the content hash depends on contents, their order and repetition, not on location") {
  const TemporaryFolder folder;
  base::write_file(folder / "a", std::string_view("one"));
  base::write_file(folder / "b", std::string_view("two"));
  fs::create_directory(folder / "other");
  base::write_file(folder / "other/x", std::string_view("two"));
  base::write_file(folder / "other/y", std::string_view("one"));
  HostData first(folder / "data", folder / "cache"), second(folder / "data", folder / "cache");
  first.map(folder / "a");
  first.map(folder / "b");
  second.map(folder / "other/y");
  second.map(folder / "other/x");
  CHECK(first.content_hash() == second.content_hash());
  second.map(folder / "other/../other/x");  // as by another split
  CHECK(first.content_hash() != second.content_hash());
  HostData exchanged(folder / "data", folder / "cache");
  exchanged.map(folder / "other/x");
  exchanged.map(folder / "other/y");
  CHECK(first.content_hash() != exchanged.content_hash());
  base::write_file(folder / "other/y", std::string_view("eno"));
  HostData third(folder / "data", folder / "cache");
  third.map(folder / "other/y");
  third.map(folder / "other/x");
  CHECK(first.content_hash() != third.content_hash());
}

TEST_CASE("data access: after opening, only files that were opened before can be read") {
  const TemporaryFolder folder;
  base::write_file(folder / "a", std::string_view("one"));
  base::write_file(folder / "b", std::string_view("two"));
  HostData data(folder / "data", folder / "cache");
  data.map(folder / "a");
  const auto before = data.content_hash();
  data.finish_opening();
  CHECK(text(data.map(folder / "a")) == "one");
  CHECK(data.content_hash() == before);
  CHECK(message([&] {
          data.map(folder / "b");
        }).starts_with((folder / "b").string() + ": the dataset reads this file only after it was opened"));
}

TEST_CASE("data access: opened files are listed with their sizes, each once") {
  const TemporaryFolder folder;
  base::write_file(folder / "a", std::string_view("one"));
  base::write_file(folder / "b", std::string_view("three"));
  HostData data(folder / "data", folder / "cache");
  data.map(folder / "b");
  data.decoded(folder / "a", "double-1", Doubler{});
  data.map(folder / "b");
  const auto files = data.files();
  REQUIRE(files.size() == 2);
  CHECK(files[0].path == fs::canonical(folder / "a"));
  CHECK(files[0].size == 3);
  CHECK(files[1].size == 5);
}

TEST_CASE("data access: without files the content hash is that of empty input") {
  CHECK(HostData().content_hash() == base::hash_hex(""));
  CHECK(base::hash_hex("") == "99aa06d3014798d86001c324468d497f");  // XXH3's own test vector
}

TEST_CASE("data access: the hash of a large file is remembered until the file changes") {
  const TemporaryFolder folder;
  const auto file = folder / "large";
  base::write_file(file, std::string(std::size_t{2} << 20, 'a'));
  const auto hash = [&] {
    HostData data(folder / "data", folder / "cache");
    data.map(file);
    return data.content_hash();
  };
  SUBCASE("old enough: looked up") {
    set_time(file, 1'000'000'000);
    const auto before = hash();
    const auto note = fs::directory_iterator(folder / "cache/hashes")->path();
    const auto contents = base::read_file(note);
    const auto wrong = contents.substr(0, contents.size() - 65) + std::string(32, '0');
    base::write_file(note, wrong + " " + base::hash_hex(wrong));
    CHECK(hash() != before);  // only a remembered hash can be wrong here
  }
  SUBCASE("changed in place, with its modification time restored: not trusted") {
    set_time(file, 1'000'000'000);
    const auto before = hash();
    overwrite(file, 'b');
    set_time(file, 1'000'000'000);
    CHECK(hash() != before);
  }
  SUBCASE("modified just now: not trusted") {
    const auto before = hash();
    CHECK(files_below(folder / "cache") == 0);
    overwrite(file, 'b');
    CHECK(hash() != before);
  }
  SUBCASE("a damaged note is ignored") {
    set_time(file, 1'000'000'000);
    const auto before = hash();
    REQUIRE(files_below(folder / "cache/hashes") == 1);
    const auto note = fs::directory_iterator(folder / "cache/hashes")->path();
    auto contents = base::read_file(note);
    contents[contents.size() - 40] = contents[contents.size() - 40] == '0' ? '1' : '0';
    base::write_file(note, contents);
    CHECK(hash() == before);
    base::write_file(note, std::string_view("nonsense"));
    CHECK(hash() == before);
    CHECK(base::read_file(note) != "nonsense");
  }
}

TEST_CASE("data access: a file is decoded once, then mapped from the cache") {
  const TemporaryFolder folder;
  base::write_file(folder / "a", std::string_view("abc"));
  Doubler doubler;
  for (int i = 0; i < 2; ++i) {
    HostData data(folder / "data", folder / "cache");
    const auto mapped = data.decoded(folder / "a", "double-1", std::ref(doubler));
    CHECK(text(mapped) == "aabbcc");
    CHECK(mapped.path == folder / "a");
  }
  CHECK(doubler.calls == 1);
  CHECK(files_below(folder / "cache") == 1);
}

TEST_CASE("data access: a damaged copy in the cache is made again") {
  const TemporaryFolder folder;
  base::write_file(folder / "a", std::string(1000, 'x'));
  Doubler doubler;
  const auto decoded = [&] {
    return text(HostData(folder / "data", folder / "cache").decoded(folder / "a", "double-1", std::ref(doubler)));
  };
  const auto right = decoded();
  const auto copy = fs::directory_iterator(folder / "cache/decoded-2")->path();
  const auto whole = test::read(copy);
  for (const auto& damaged : {whole.substr(0, 900), whole.substr(0, 10), std::string(), "y" + whole.substr(1)}) {
    const int calls = doubler.calls;
    test::write(copy, damaged);
    CHECK(decoded() == right);
    CHECK(doubler.calls == calls + 1);
    CHECK(test::read(copy) == whole);
  }
}

TEST_CASE("data access: a whole copy of another file or of another decoder is not believed") {
  const TemporaryFolder folder;
  base::write_file(folder / "a", std::string_view("abc"));
  base::write_file(folder / "b", std::string_view("xyz"));
  const auto decoded = [&](const char* file, const char* decoder) {
    return text(HostData(folder / "data", folder / "cache").decoded(folder / file, decoder, Doubler{}));
  };
  const auto copy_of = [&](const char* file, const std::string& decoder) {
    return folder / "cache/decoded-2" / (base::hash_hex(base::read_file(folder / file)) + "-" + decoder);
  };
  decoded("a", "double-1");
  decoded("a", "double-2");
  const auto right = decoded("b", "double-1");
  for (const auto& other : {copy_of("a", "double-1"), copy_of("a", "double-2")}) {
    fs::copy_file(other, copy_of("b", "double-1"), fs::copy_options::overwrite_existing);
    CHECK(decoded("b", "double-1") == right);
    CHECK(base::read_file(copy_of("b", "double-1")) != base::read_file(other));
  }
}

TEST_CASE("data access: a damaged copy that cannot be replaced is not used") {
  const TemporaryFolder folder;
  base::write_file(folder / "a", std::string_view("abc"));
  HostData(folder / "data", folder / "cache").decoded(folder / "a", "double-1", Doubler{});
  const auto copy = fs::directory_iterator(folder / "cache/decoded-2")->path();
  fs::remove(copy);
  fs::create_directories(copy / "in_the_way");  // as root, no folder is unwritable
  CHECK(text(HostData(folder / "data", folder / "cache").decoded(folder / "a", "double-1", Doubler{})) == "aabbcc");
}

TEST_CASE("data access: a new decoder or new contents are decoded again, a copy of the file is not") {
  const TemporaryFolder folder;
  base::write_file(folder / "a", std::string_view("abc"));
  HostData data(folder / "data", folder / "cache");
  Doubler doubler;
  data.decoded(folder / "a", "double-1", std::ref(doubler));
  data.decoded(folder / "a", "double-2", std::ref(doubler));
  CHECK(doubler.calls == 2);
  base::write_file(folder / "a", std::string_view("xyz"));
  CHECK(text(data.decoded(folder / "a", "double-1", std::ref(doubler))) == "xxyyzz");
  base::write_file(folder / "b", std::string_view("abc"));
  CHECK(text(data.decoded(folder / "b", "double-1", std::ref(doubler))) == "aabbcc");
  CHECK(doubler.calls == 3);
}

TEST_CASE("data access: no file remains if decoding throws") {
  const TemporaryFolder folder;
  base::write_file(folder / "a", std::string_view("abc"));
  HostData data(folder / "data", folder / "cache");
  int calls = 0;
  const auto broken = [&](const MappedBytes&, const DataAccess::Write& write) {
    ++calls;
    const std::uint8_t byte[] = {1};
    write(byte);
    throw base::UserError("a: broken at byte 1");
  };
  CHECK(message([&] { data.decoded(folder / "a", "broken-1", broken); }) == "a: broken at byte 1");
  CHECK(calls == 1);
  CHECK(files_below(folder / "cache") == 0);
}

TEST_CASE("data access: if the cache folder is not writable, memory is used") {
  const TemporaryFolder folder;
  base::write_file(folder / "a", std::string_view("abc"));
  base::write_file(folder / "cache", std::string_view("a file where the folder should be"));
  MappedBytes mapped;
  {
    HostData data(folder / "data", folder / "cache");
    mapped = data.decoded(folder / "a", "double-1", Doubler{});
  }
  CHECK(text(mapped) == "aabbcc");
}

TEST_CASE("data access: several threads may decode the same file at once") {
  const TemporaryFolder folder;
  base::write_file(folder / "a", std::string(100000, 'x'));
  HostData data(folder / "data", folder / "cache");
  std::array<std::string, 4> results;
  {
    std::vector<std::jthread> threads;
    for (auto& result : results) {
      threads.emplace_back([&] { result = text(data.decoded(folder / "a", "double-1", Doubler{})); });
    }
  }
  for (const auto& result : results) CHECK(result == std::string(200000, 'x'));
  CHECK(files_below(folder / "cache") == 1);
}

TEST_CASE("data access: folders come from Hourglass's variable, then an absolute XDG variable, then home") {
  const Environment home("HOME", "/home/somebody");
  {
    const Environment own("HOURGLASS_DATA_DIR", "/data"), xdg("XDG_DATA_HOME", "/xdg");
    CHECK(HostData::data_directory() == "/data");
  }
  {
    const Environment own("HOURGLASS_DATA_DIR", ""), xdg("XDG_DATA_HOME", "/xdg");
    CHECK(HostData::data_directory() == "/xdg/hourglass");
  }
  {
    const Environment own("HOURGLASS_DATA_DIR", nullptr), xdg("XDG_DATA_HOME", "relative");
    CHECK(HostData::data_directory() == "/home/somebody/.local/share/hourglass");
  }
  {
    const Environment own("HOURGLASS_CACHE_DIR", nullptr), xdg("XDG_CACHE_HOME", nullptr);
    CHECK(HostData::cache_directory() == "/home/somebody/.cache/hourglass");
  }
}

TEST_CASE("data access: a sample's random numbers depend only on seed, split and index") {
  HostData data;
  const auto draw = [&](std::uint64_t seed, Split split, std::int64_t index) {
    return data.rng(seed, split, index)->uniform();
  };
  const float base = draw(1, Split::train, 2);
  CHECK(base == draw(1, Split::train, 2));
  CHECK(base != draw(2, Split::train, 2));
  CHECK(base != draw(1, Split::test, 2));
  CHECK(base != draw(1, Split::train, 3));
}
