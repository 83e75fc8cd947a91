// Keys that name files: the folder that a relative path refers to.
#include <doctest/doctest.h>

#include "experiment/example_schema.hpp"
#include "experiment/load.hpp"
#include "support/process.hpp"

using namespace hourglass;
namespace fs = std::filesystem;

namespace {

const std::string kRest = "[architecture]\nplugin = \"linear\"\n";

std::string dataset_in(const std::string& folder) {
  return "[dataset]\nplugin = \"few\"\nfolder = \"" + folder + "\"\n";
}

std::string folder_of(const experiment::Config& config) {
  return std::get<std::string>(config.table("dataset").values().at(1));
}

}  // namespace

TEST_CASE("paths: a relative path is relative to the folder of the file that contains it") {
  const test::TemporaryFolder folder;
  test::write(folder / "experiments/base/data.toml", dataset_in("images"));
  test::write(folder / "experiments/own.toml", dataset_in("../data/./images") + kRest);
  test::write(folder / "experiments/included.toml", "include = \"base/data.toml\"\n" + kRest);
  CHECK(folder_of(test::load(folder / "experiments/own.toml")) == (folder / "data/images").string());
  CHECK(folder_of(test::load(folder / "experiments/included.toml")) == (folder / "experiments/base/images").string());
}

TEST_CASE("paths: a relative path on the command line is relative to the working directory") {
  const test::TemporaryFolder folder;
  test::write(folder / "experiment.toml", dataset_in("images") + kRest);
  CHECK(folder_of(test::load(folder / "experiment.toml", {"dataset.folder=images"})) ==
        (fs::current_path() / "images").string());
}

TEST_CASE("paths: absolute and empty paths are unchanged") {
  CHECK(folder_of(test::load_text(dataset_in("/data/images") + kRest)) == "/data/images");
  CHECK(folder_of(test::load_text(dataset_in("") + kRest)) == "");
  CHECK(folder_of(test::load_text(dataset_in("") + kRest, {"dataset.folder="})) == "");
}

TEST_CASE("paths: swept paths are resolved like other paths of the file or the command line") {
  const test::TemporaryFolder folder;
  const auto file = folder / "experiment.toml";
  test::write(file, dataset_in("") + kRest + "[sweep.grid]\n\"dataset.folder\" = [\"one\", \"/two\"]\n");
  const auto config = test::load(file);
  CHECK(config.axes[0].values == std::vector<Value>{(folder / "one").string(), std::string("/two")});
  const auto cell = experiment::with_assignments(config, {{"dataset.folder", config.axes[0].values[0]}});
  CHECK(folder_of(cell) == (folder / "one").string());
  const auto typed = test::load(file, {"sweep.grid.dataset.folder=[\"one\"]"});
  CHECK(typed.axes[0].values == std::vector<Value>{(fs::current_path() / "one").string()});
}

TEST_CASE("paths: the written form has absolute paths, so it means the same in any folder") {
  const test::TemporaryFolder folder, other;
  test::write(folder / "experiment.toml", dataset_in("images") + kRest);
  const auto config = test::load(folder / "experiment.toml");
  test::write(other / "experiment.toml", config.to_toml());
  CHECK(folder_of(test::load(other / "experiment.toml")) == (folder / "images").string());
}

TEST_CASE("paths: `..` below a symbolic link leads to the parent of the link's target, as for the system") {
  const test::TemporaryFolder folder;
  fs::create_directories(folder / "disk/set");
  fs::create_directories(folder / "home");
  fs::create_directory_symlink(folder / "disk/set", folder / "home/link");
  test::write(folder / "home/own.toml", dataset_in("link/../images") + kRest);
  test::write(folder / "disk/base.toml", dataset_in("images"));
  test::write(folder / "home/including.toml", "include = \"link/../base.toml\"\n" + kRest);
  CHECK(folder_of(test::load(folder / "home/own.toml")) == (folder / "disk/images").string());
  CHECK(folder_of(test::load(folder / "home/including.toml")) == (folder / "disk/images").string());
  CHECK(folder_of(test::load(folder / "home/own.toml", {"dataset.folder=" + (folder / "home/link/..").string()})) ==
        (folder / "disk").string());
}

TEST_CASE("paths: a link without `..` below it is kept, so that its target may move") {
  const test::TemporaryFolder folder;
  fs::create_directories(folder / "disk");
  fs::create_directory_symlink(folder / "disk", folder / "link");
  test::write(folder / "experiment.toml", dataset_in("link/./images") + kRest);
  CHECK(folder_of(test::load(folder / "experiment.toml")) == (folder / "link/images").string());
}

TEST_CASE("paths: the identity of an experiment does not depend on the way to its data") {
  const test::TemporaryFolder folder;
  fs::create_directories(folder / "disk/set");
  fs::create_directory_symlink(folder / "disk/set", folder / "link");
  test::write(folder / "one.toml", dataset_in("link/../images") + kRest);
  test::write(folder / "two.toml", dataset_in("disk/images") + kRest);
  CHECK(test::load(folder / "one.toml").identity(Concerns::training) ==
        test::load(folder / "two.toml").identity(Concerns::training));
}

TEST_CASE("paths: a link without a target leads nowhere, also before ..") {
  const test::TemporaryFolder folder;
  fs::create_directory_symlink("/nowhere/at/all", folder / "gone");
  test::write(folder / "experiment.toml", dataset_in("gone/../images") + kRest);
  CHECK(folder_of(test::load(folder / "experiment.toml")) == (folder / "gone/../images").string());
}
