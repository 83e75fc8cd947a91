// How often commands open the list of an experiment's cells: the number must not grow with the number of cells.
#include <doctest/doctest.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include "shared_workplace.hpp"

using namespace hourglass::test;

namespace {

/// Counts how often a file of a folder is opened and replaced.
class FileWatch {
 public:
  FileWatch(const std::filesystem::path& folder, std::string name)
      : name_(std::move(name)), descriptor_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    REQUIRE(inotify_add_watch(descriptor_, folder.c_str(), IN_OPEN | IN_MOVED_TO) >= 0);
  }
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;
  ~FileWatch() { close(descriptor_); }

  /// "3 opened, 1 replaced", since the last call.
  std::string text() const {
    int opened = 0, replaced = 0;
    alignas(inotify_event) std::array<char, 1 << 16> bytes;
    for (auto size = ::read(descriptor_, bytes.data(), bytes.size()); size > 0;
         size = ::read(descriptor_, bytes.data(), bytes.size())) {
      for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
        inotify_event event;
        std::memcpy(&event, bytes.data() + at, sizeof event);
        if (event.len > 0 && name_ == bytes.data() + at + sizeof event)
          ++((event.mask & IN_OPEN) != 0 ? opened : replaced);
        at += sizeof event + event.len;
      }
    }
    return std::to_string(opened) + " opened, " + std::to_string(replaced) + " replaced";
  }

 private:
  std::string name_;
  int descriptor_;
};

/// Returns for each of several commands how often it opens and replaces the list of an experiment with these cells.
std::vector<std::string> accesses(int cells) {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", "seeds = " + std::to_string(cells) + "\n" + kText, {"train.epochs=1"}).code == 0);
  std::vector<std::string> links = {"table"}, runs = {"table"};
  for (int seed = 1; seed <= cells; ++seed) links.push_back("results/experiments/a/seed=" + std::to_string(seed));
  for (const auto& run : std::filesystem::directory_iterator(place.folder / "results/runs"))
    runs.push_back(run.path().filename().string());
  const FileWatch watch(place.folder / "results/experiments/a", "cells.json");
  std::vector<std::string> texts;
  for (const auto& command : std::vector<std::vector<std::string>>{
           {"run", "a.toml", "train.epochs=1"},
           {"evaluate", "a", "--task", "plugin=denoising"},
           {"evaluate", "a"},
           {"run", "a.toml", "train.epochs=1", "--fresh"},
           {"evaluate", "a", "--remove-task", "denoising"},
           {"table"},
           {"runs", "list"},
           links,
           runs,
       }) {
    const auto done = place(command);
    CHECK_MESSAGE(done.code == 0, done.err);
    texts.push_back(command.front() + ": " + watch.text());
  }
  return texts;
}

}  // namespace

TEST_CASE("cells.json: no command opens or replaces it more often for more cells") {
  const auto few = accesses(1), many = accesses(4);
  for (std::size_t i = 0; i < few.size(); ++i) CHECK(few[i] == many[i]);
  CHECK(says(few.at(1), ", 1 replaced"));  // evaluate --task
  CHECK(says(few.at(2), ", 0 replaced"));  // evaluate
  CHECK(says(few.at(4), ", 1 replaced"));  // evaluate --remove-task
}
