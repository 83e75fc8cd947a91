// Files are removed without following links.
#include "base/removal.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "support/process.hpp"

using namespace hourglass;
namespace fs = std::filesystem;

TEST_CASE(
    "remove_files: removes accepted files and the folders that they leave empty, and never what a link leads to") {
  const test::TemporaryFolder folder;
  test::write(folder / "outside/a", "x");
  test::write(folder / "in/one/a", "x");
  test::write(folder / "in/two/a", "x");
  test::write(folder / "in/two/b", "x");
  fs::create_directories(folder / "in/two/a_folder/a");
  fs::create_directories(folder / "in/empty");
  fs::create_directory_symlink(folder / "outside", folder / "in/link");
  fs::create_symlink(folder / "outside/a", folder / "in/a");
  const auto is_a = [](const fs::path& path) { return path.filename() == "a"; };
  CHECK(base::remove_files(folder / "in", is_a));
  CHECK_FALSE(base::remove_files(folder / "in", is_a));
  CHECK_FALSE(fs::exists(folder / "in/one"));
  CHECK_FALSE(fs::exists(folder / "in/two/a_folder"));
  CHECK(fs::exists(folder / "in/empty"));
  CHECK_FALSE(fs::is_symlink(folder / "in/a"));
  CHECK(fs::exists(folder / "in/two/b"));
  CHECK(fs::is_symlink(folder / "in/link"));
  fs::create_directory_symlink(folder / "outside", folder / "itself");
  base::remove_files(folder / "itself", is_a);
  base::remove_files(folder / "missing", is_a);
  CHECK(fs::exists(folder / "outside/a"));
}

TEST_CASE("refuse_links: a link on the way is refused by its name; the root may be one") {
  const test::TemporaryFolder folder;
  fs::create_directories(folder / "real/a");
  fs::create_directory_symlink(folder / "real", folder / "root");
  base::refuse_links(folder / "root", "a/b/c");
  fs::create_directory_symlink(folder / "real", folder / "real/a/b");
  try {
    base::refuse_links(folder / "root", "a/b/c");
    FAIL("no error");
  } catch (const base::UserError& error) {
    CHECK(error.messages().at(0) == (folder / "root/a/b").string() +
                                        ": this is a symbolic link, which results are not written through; remove the "
                                        "link or put a folder in its place");
  }
}
