// What resuming does if files of an interrupted training are damaged.
#include <doctest/doctest.h>

#include "training.hpp"

using namespace hourglass;
using namespace hourglass::train;
using test::Training;
using test::Watcher;
namespace fs = std::filesystem;

namespace {

/// A training that was stopped in its third epoch, and one that was not.
struct Stopped {
  Stopped() {
    whole.run();
    Watcher watcher(17);  // of 7 batches an epoch
    stopped.run(watcher);
  }
  fs::path file(const std::string& name) const { return stopped.folder.path() / name; }
  void damage(const std::string& name) const {
    auto bytes = test::read(file(name));
    bytes[bytes.size() / 2] ^= 1;
    test::write(file(name), bytes);
  }
  /// Resumes, and finishes if there is something to continue.
  Resumed resume() {
    Trainer trainer(stopped.subject, stopped.folder);
    const auto resumed = trainer.resume();
    Watcher watcher;
    trainer.run(watcher.stop, watcher);
    return resumed;
  }

  Training whole{{"train.epochs=4"}}, stopped{{"train.epochs=4"}};
};

}  // namespace

TEST_CASE("resume: a damaged last checkpoint costs what was trained since the previous one, and nothing else") {
  Stopped place;
  REQUIRE(fs::exists(place.file("checkpoints/previous")));
  place.damage("checkpoints/last");
  const auto resumed = place.resume();
  CHECK(resumed.from == "after epoch 2 and 0 batches");
  REQUIRE(resumed.notes.size() == 1);
  CHECK(resumed.notes[0] == place.file("checkpoints/last").string() +
                                ": the checkpoint is damaged: its hash does not match; training continues from "
                                "checkpoints/previous, after epoch 2 and 0 batches");
  CHECK(place.stopped.bytes("last") == place.whole.bytes("last"));
  CHECK_FALSE(fs::exists(place.file("checkpoints/previous")));
}

TEST_CASE("resume: a process that was killed between two checkpoints continues from the previous one") {
  Stopped place;
  fs::remove(place.file("checkpoints/last"));
  const auto resumed = place.resume();
  CHECK(resumed.from == "after epoch 2 and 0 batches");
  CHECK(resumed.notes.empty());
  CHECK(place.stopped.bytes("last") == place.whole.bytes("last"));
}

TEST_CASE("resume: without a sound checkpoint, training begins again and says so") {
  Stopped place;
  place.damage("checkpoints/last");
  place.damage("checkpoints/previous");
  const auto resumed = place.resume();
  CHECK(resumed.from.empty());
  REQUIRE(resumed.notes.size() == 1);
  CHECK(resumed.notes[0].ends_with("; training begins again, because there is no other checkpoint"));
  CHECK(place.stopped.bytes("last") == place.whole.bytes("last"));
}

TEST_CASE("resume: the checkpoint of another run with the same network is not used") {
  Stopped place;
  const results::RunFolder other(place.stopped.temporary / "other");
  fs::create_directories(other.path() / "checkpoints");
  fs::copy_file(place.file("checkpoints/last"), other.checkpoint("last"));
  const auto resumed = Trainer(place.stopped.subject, other).resume();
  CHECK(resumed.from.empty());
  REQUIRE(resumed.notes.size() == 1);
  CHECK(resumed.notes[0] == other.checkpoint("last").string() +
                                ": expected a checkpoint of run other, but got one of run cell; training begins again, "
                                "because there is no other checkpoint");
}

TEST_CASE("resume: a damaged metrics.csv is restored from the checkpoint") {
  for (const bool removed : {false, true}) {
    Stopped place;
    const auto before = results::read_epoch_metrics(place.stopped.folder.metrics()).rows;
    if (removed) {
      fs::remove(place.file("metrics.csv"));
    } else {
      place.damage("metrics.csv");
    }
    const auto resumed = place.resume();
    CHECK(resumed.from == "after epoch 2 and 3 batches");
    REQUIRE(resumed.notes.size() == 1);
    CHECK(resumed.notes[0].ends_with("(done now, from the checkpoint; its times are lost)"));
    const auto after = results::read_epoch_metrics(place.stopped.folder.metrics()).rows;
    REQUIRE(after.size() == 4);
    for (std::size_t i = 0; i < before.size(); ++i)
      CHECK(results::numbers_of(before[i]) == results::numbers_of(after[i]));
    CHECK(place.stopped.bytes("last") == place.whole.bytes("last"));
    CHECK(after[3].images_per_second < 1e9);
  }
}
