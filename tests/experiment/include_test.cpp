// What an including file does to the files that it includes, and files of tasks.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/error.hpp"
#include "experiment/compose.hpp"
#include "experiment/example_schema.hpp"
#include "experiment/schema_lookup.hpp"
#include "support/process.hpp"

using namespace hourglass;

namespace {

const std::string kBase =
    "[dataset]\nplugin = \"few\"\n[architecture]\nplugin = \"linear\"\n[noise]\nplugin = \"gaussian\"\nsigma = 0.5\n"
    "clip = false\n[train.optimizer]\nname = \"sgd\"\nmomentum = 0.5\n[sweep.grid]\n\"train.epochs\" = [1, 2]\n";

/// Writes base.toml and a file that includes it.
struct Including {
  test::TemporaryFolder folder;

  explicit Including(const std::string& text) {
    test::write(folder / "base.toml", kBase);
    test::write(folder / "own.toml", "include = \"base.toml\"\n" + text);
  }
  experiment::Config load() const { return test::load(folder / "own.toml"); }
  /// Returns the notes without the path of the folder.
  std::vector<std::string> notes() const {
    auto notes = load().notes;
    const auto prefix = folder.path().string() + "/";
    for (auto& note : notes) {
      for (auto at = note.find(prefix); at != std::string::npos; at = note.find(prefix)) note.erase(at, prefix.size());
    }
    return notes;
  }
};

/// Returns the error of reading a file of tasks, one message per line, without the path of its folder; "" if there is
/// none.
std::string error_of_tasks(const std::string& text) {
  const test::TemporaryFolder folder;
  test::write(folder / "tasks.toml", text);
  const auto& schema = test::example_schema();
  try {
    experiment::read_entries(folder / "tasks.toml", *experiment::find_table(schema, "task"), schema);
  } catch (const base::UserError& error) {
    std::string all;
    for (const auto& message : error.messages()) all += message.substr(folder.path().string().size() + 1) + "\n";
    return all;
  }
  return "";
}

}  // namespace

TEST_CASE("include: keys that another choice of the including file drops are noted, as for overrides") {
  CHECK(Including("[noise]\nplugin = \"masking\"\n[train.optimizer]\nname = \"adam\"\n").notes() ==
        std::vector<std::string>{
            "own.toml:3:10: this drops noise.sigma = 0.5 (base.toml:7:1), noise.clip = false (base.toml:8:1), written "
            "for another choice; the new one starts from its own defaults",
            "own.toml:5:8: this drops train.optimizer.momentum = 0.5 (base.toml:11:1), written for another choice; the "
            "new one starts from its own defaults"});
  CHECK(Including("[noise]\nplugin = \"gaussian\"\nsigma = 1\n").notes().empty());
}

TEST_CASE("include: an empty [sweep.grid] removes the axes of the included file") {
  CHECK(Including("").load().axes.size() == 1);
  CHECK(Including("sweep.grid = {}\n").load().axes.empty());
  CHECK(Including("[sweep.grid]\n").load().axes.empty());
  CHECK(Including("[sweep]\n").load().axes.size() == 1);
  CHECK(Including("[sweep.grid]\n\"noise.sigma\" = [1, 2]\n").load().axes.size() == 2);
}

TEST_CASE("tasks: names that no experiment file has are refused in a file of tasks, with the nearest name") {
  const std::string task = "[[task]]\nplugin = \"linear_probe\"\n";
  CHECK(error_of_tasks(task) == "");
  CHECK(error_of_tasks(kBase + task) == "");
  CHECK(error_of_tasks(task + "[[tasks]]\nplugin = \"denoising\"\n")
            .starts_with("tasks.toml:3:3: unknown table [tasks]: the tables are "));
  CHECK(error_of_tasks(task + "[[tasks]]\nplugin = \"denoising\"\n").ends_with("; did you mean [[task]]?\n"));
  CHECK(error_of_tasks("l2 = 0.5\n" + task).starts_with("tasks.toml:1:1: unknown key 'l2': "));
  CHECK(error_of_tasks("l2 = 0.5\n" + task).ends_with("'l2' is a key of [[task]] with plugin = \"linear_probe\"\n"));
  CHECK(error_of_tasks("sede = 3\n" + task).ends_with("; did you mean 'seed'?\n"));
}

namespace {

/// Returns the error of a file; "" if there is none.
std::string error_of_file(const std::filesystem::path& file) {
  try {
    test::load(file);
  } catch (const base::UserError& error) {
    return error.what();
  }
  return "";
}

/// Writes a chain of files, each of which includes the next `times`.
void write_chain(const test::TemporaryFolder& folder, int length, int times) {
  for (int i = 0; i < length; ++i) {
    std::string list;
    for (int j = 0; j < times; ++j) list += "\"" + std::to_string(i + 1) + ".toml\", ";
    test::write(folder / (std::to_string(i) + ".toml"), "include = [" + list + "]\n");
  }
  test::write(folder / (std::to_string(length) + ".toml"), kBase);
}

}  // namespace

TEST_CASE("include: a file is read once, however many files include it") {
  const test::TemporaryFolder folder;
  write_chain(folder, 40, 2);
  CHECK(error_of_file(folder / "0.toml").empty());
}

TEST_CASE("include: chains of more than 64 files are refused") {
  const test::TemporaryFolder folder;
  write_chain(folder, 63, 1);
  CHECK(error_of_file(folder / "0.toml").empty());
  write_chain(folder, 3000, 1);
  CHECK(error_of_file(folder / "0.toml").find("'include' is nested more than 64 files deep") != std::string::npos);
}

TEST_CASE("include: only regular files of at most 16 MiB are read") {
  const test::TemporaryFolder folder;
  test::write(folder / "large.toml", "");
  std::filesystem::resize_file(folder / "large.toml", (16 << 20) + 1);
  REQUIRE(::mkfifo((folder / "fifo.toml").c_str(), 0600) == 0);
  std::filesystem::create_directory(folder / "folder.toml");
  test::write(folder / "own.toml", "include = [\"large.toml\", \"fifo.toml\", \"folder.toml\"]\n");
  const auto error = error_of_file(folder / "own.toml");
  CHECK(error.find("large.toml: the file has 16777217 bytes, but at most 16777216 are read") != std::string::npos);
  CHECK(error.find("fifo.toml: this is not a regular file") != std::string::npos);
  CHECK(error.find("folder.toml: this is not a regular file") != std::string::npos);
  CHECK(error_of_file(folder / "fifo.toml") == (folder / "fifo.toml").string() + ": this is not a regular file");
}
