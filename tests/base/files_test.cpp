// Files are written completely or not at all.
#include "base/files.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "base/error.hpp"
#include "support/process.hpp"

using namespace hourglass;

namespace {

std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

}  // namespace

TEST_CASE(
    "files: contents are read back as written, and a missing folder is created, but not the folder that it is in") {
  const test::TemporaryFolder folder;
  const std::string text = std::string("a\0b\n", 4);
  CHECK_THROWS_AS(base::write_file(folder / "one" / "two" / "file", text), base::UserError);
  CHECK(names_in(folder.path()).empty());
  base::write_file(folder / "one" / "file", text);
  base::write_file(folder / "one" / "two" / "file", text);
  CHECK(base::read_file(folder / "one" / "two" / "file") == text);
  CHECK(names_in(folder / "one" / "two") == std::vector<std::string>{"file"});
}

TEST_CASE("files: pieces are written one after another") {
  const test::TemporaryFolder folder;
  const std::vector<std::uint8_t> first = {1, 2}, second = {3};
  base::write_file(folder / "file", [&](const auto& write) {
    write(first);
    write(second);
  });
  CHECK(base::read_file(folder / "file") == "\x01\x02\x03");
}

TEST_CASE("files: a failed write keeps the old contents and leaves no temporary file") {
  const test::TemporaryFolder folder;
  base::write_file(folder / "file", std::string_view("old"));
  const auto fail = [](const std::function<void(std::span<const std::uint8_t>)>& write) {
    const std::vector<std::uint8_t> half = {1, 2, 3};
    write(half);
    throw std::runtime_error("out of numbers");
  };
  CHECK_THROWS_WITH_AS(base::write_file(folder / "file", fail), "out of numbers", std::runtime_error);
  CHECK(base::read_file(folder / "file") == "old");
  CHECK(names_in(folder.path()) == std::vector<std::string>{"file"});
}

TEST_CASE("files: writing to a path that is a folder is an error and leaves no temporary file") {
  const test::TemporaryFolder folder;
  std::filesystem::create_directories(folder / "file" / "inside");
  const auto path = folder / "file";
  CHECK_THROWS_WITH_AS(base::write_file(path, std::string_view("text")),
                       (path.string() + ": cannot be written: Is a directory").c_str(), base::UserError);
  CHECK(names_in(folder.path()) == std::vector<std::string>{"file"});
}

TEST_CASE("files: a file where a folder should be is an error") {
  const test::TemporaryFolder folder;
  base::write_file(folder / "file", std::string_view("text"));
  const auto below = folder / "file" / "below";
  CHECK_THROWS_AS(base::write_file(below, std::string_view("text")), base::UserError);
}

TEST_CASE("files: a read error states the path and the reason") {
  CHECK_THROWS_WITH_AS(base::read_file("/nowhere/file"), "/nowhere/file: cannot be read: No such file or directory",
                       base::UserError);
  CHECK_THROWS_WITH_AS(base::read_file("/tmp"), "/tmp: cannot be read: Is a directory", base::UserError);
}
