// Checkpoints: what is saved comes back, what is damaged is refused.
#include "subject/checkpoint.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/error.hpp"
#include "hourglass/layers.hpp"
#include "support/process.hpp"

using namespace hourglass;
using namespace hourglass::subject;

namespace {

compute::Network small_network(std::int64_t width) {
  compute::Network network({1, 2, 2}, 0);
  network.begin_part("encoder");
  dense(flatten(network.image()), width);
  return network;
}

struct Saved {
  explicit Saved(std::int64_t width = 3) : network(small_network(width)) {
    parameters.resize(static_cast<std::size_t>(network.buffer_size()));
    for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i] = static_cast<float>(i) * 0.1F;
  }
  void save() {
    position.epoch = 2;
    position.batch = 7;
    position.step = 207;
    position.loss_sum = 0.1 + 0.2;
    position.objective_sum = 1.0 / 7;
    position.best = 1.0 / 3;
    position.schedule = {0.25};
    save_checkpoint(path, network,
                    {.position = position, .cell = "0123", .parameters = parameters, .optimizer = state, .raw = raw});
  }

  test::TemporaryFolder folder;
  std::filesystem::path path = folder / "last";
  compute::Network network;
  Position position;
  std::vector<float> parameters, state = {1.5F, -2.5F}, raw;
};

std::string load_error(const Saved& saved, const compute::Network& network, const std::string& cell = "0123",
                       std::size_t states = 2) {
  std::vector<float> parameters(static_cast<std::size_t>(network.buffer_size())), state(states);
  Checkpoint checkpoint{.cell = cell, .parameters = parameters, .optimizer = state};
  try {
    load_checkpoint(saved.path, network, checkpoint);
  } catch (const base::UserError& error) {
    return error.messages().at(0);
  }
  return "";
}

}  // namespace

TEST_CASE("checkpoint: saved values are restored to the bit") {
  Saved saved;
  saved.save();
  std::vector<float> parameters(saved.parameters.size()), state(2);
  Checkpoint checkpoint{.parameters = parameters, .optimizer = state};
  load_checkpoint(saved.path, saved.network, checkpoint);
  CHECK(checkpoint.cell == "0123");
  CHECK(parameters == saved.parameters);
  CHECK(state == saved.state);
  CHECK(checkpoint.position.epoch == 2);
  CHECK(checkpoint.position.batch == 7);
  CHECK(checkpoint.position.step == 207);
  CHECK(checkpoint.position.loss_sum == 0.1 + 0.2);
  CHECK(checkpoint.position.objective_sum == 1.0 / 7);
  CHECK(checkpoint.position.best == 1.0 / 3);
  CHECK(checkpoint.position.schedule == std::vector<double>{0.25});
}

TEST_CASE("checkpoint: parameters are loaded alone, or with those that training continues from") {
  Saved saved;
  saved.raw.assign(saved.parameters.size(), 7);
  saved.save();
  std::vector<float> parameters(saved.parameters.size()), raw(saved.parameters.size());
  Checkpoint alone{.parameters = parameters};
  load_checkpoint(saved.path, saved.network, alone);
  CHECK(parameters == saved.parameters);
  std::ranges::fill(parameters, 0.0F);
  Checkpoint both{.parameters = parameters, .raw = raw};
  load_checkpoint(saved.path, saved.network, both);
  CHECK(parameters == saved.parameters);
  CHECK(raw == saved.raw);
}

TEST_CASE("checkpoint: the checkpoint of another run is refused, even with the same network") {
  Saved saved;
  saved.save();
  CHECK(load_error(saved, saved.network, "0123").empty());
  CHECK(load_error(saved, saved.network, "").empty());
  CHECK(load_error(saved, saved.network, "4567") ==
        saved.path.string() + ": expected a checkpoint of run 4567, but got one of run 0123");
}

TEST_CASE("checkpoint: another format version is refused") {
  Saved saved;
  saved.save();
  auto bytes = test::read(saved.path);
  bytes.replace(6, 2, "01");
  test::write(saved.path, bytes);
  CHECK(load_error(saved, saved.network) ==
        saved.path.string() + ": this program reads checkpoint format 04, but the checkpoint has format 01");
}

TEST_CASE("checkpoint: the state of another optimiser is refused") {
  Saved saved;
  saved.save();
  CHECK(load_error(saved, saved.network, "0123", 3) ==
        saved.path.string() + ": expected optimizer_floats = 3, but the checkpoint has 2");
}

TEST_CASE("checkpoint: the numbers of finished epochs are restored to the bit") {
  Saved saved;
  const std::vector<std::vector<double>> epochs = {{1, 0.1, 1.0 / 3}, {2, 1e-300}};
  save_checkpoint(saved.path, saved.network, {.cell = "0123", .parameters = saved.parameters, .epochs = epochs});
  Checkpoint read;
  load_checkpoint(saved.path, saved.network, read);
  CHECK(read.epochs == epochs);
}

TEST_CASE("checkpoint: every changed byte is detected") {
  Saved saved;
  saved.save();
  const auto bytes = test::read(saved.path);
  std::size_t undetected = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    auto changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ (1 << at % 8));
    test::write(saved.path, changed);
    undetected += load_error(saved, saved.network).empty();
  }
  CHECK(undetected == 0);
}

TEST_CASE("checkpoint: a changed byte is reported as damage") {
  Saved saved;
  saved.save();
  auto bytes = test::read(saved.path);
  bytes[bytes.size() / 2] ^= 1;
  test::write(saved.path, bytes);
  CHECK(load_error(saved, saved.network) ==
        saved.path.string() + ": the checkpoint is damaged: its hash does not match");
}

TEST_CASE("checkpoint: no truncation is mistaken for a checkpoint") {
  Saved saved;
  saved.save();
  const auto bytes = test::read(saved.path);
  for (std::size_t size = 0; size < bytes.size(); size += 5) {
    test::write(saved.path, bytes.substr(0, size));
    CHECK_FALSE(load_error(saved, saved.network).empty());
  }
}

TEST_CASE("checkpoint: the checkpoint of another network is refused") {
  Saved saved;
  saved.save();
  const auto other = small_network(4);
  CHECK(load_error(saved, other) == saved.path.string() + ": the checkpoint has the parameters of another network");
}
