// One training of a small network in its own folder, for tests of its results.
#pragma once

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "compute/kernels/parallel.hpp"
#include "support/experiment.hpp"
#include "train/trainer.hpp"

namespace hourglass::test {

inline constexpr const char* kTraining = R"([dataset]
plugin = "shapes"
train_size = 200
test_size = 8
side = 10
[noise]
plugin = "gaussian"
[architecture]
plugin = "mlp"
hidden = [12]
[bottleneck]
size = 4
[train]
batch_size = 32
epochs = 2
validation = 0
loss = "mse"
)";

/// Counts batches, and stops the training during a given one.
class Watcher final : public train::Observer {
 public:
  explicit Watcher(int stop_at = 0) : stop_at_(stop_at) {}
  void step(std::int64_t, std::int64_t, std::int64_t, double) override {
    if (++batches == stop_at_) stop = true;
  }
  void epoch(const results::EpochRow& row) override { rows.push_back(row); }

  std::atomic<bool> stop = false;
  int batches = 0;
  std::vector<results::EpochRow> rows;

 private:
  int stop_at_;
};

/// One training in its own folder.
struct Training {
  explicit Training(const std::vector<std::string>& overrides, const std::string& text = kTraining)
      : Training(resolve_experiment(text, overrides), 3) {}
  Training(const experiment::Config& config, std::uint64_t seed) : subject(config, seed), folder(temporary / "cell") {
    folder.write_experiment("");
    compute::set_threads(1);  // so little work waits for its threads
  }

  train::Report run(Watcher& watcher, bool resume = false) {
    train::Trainer trainer(subject, folder);
    if (resume) trainer.resume();
    return trainer.run(watcher.stop, watcher);
  }
  train::Report run() {
    Watcher watcher;
    return run(watcher);
  }
  /// The parameters of a checkpoint: those that tasks use and, with an average, those of training.
  std::vector<float> parameters(const std::string& name = "last", std::vector<float>* raw = nullptr) const {
    std::vector<float> numbers(static_cast<std::size_t>(subject.autoencoder.network->buffer_size()));
    if (raw) raw->resize(numbers.size());
    subject::Checkpoint checkpoint{.parameters = numbers, .raw = raw ? std::span(*raw) : std::span<float>{}};
    subject::load_checkpoint(folder.checkpoint(name), *subject.autoencoder.network, checkpoint);
    return numbers;
  }
  subject::Position position() const {
    std::vector<float> numbers(static_cast<std::size_t>(subject.autoencoder.network->buffer_size()));
    subject::Checkpoint checkpoint{.parameters = numbers};
    subject::load_checkpoint(folder.checkpoint("last"), *subject.autoencoder.network, checkpoint);
    return checkpoint.position;
  }
  std::string bytes(const std::string& name) const { return read(folder.checkpoint(name)); }

  TemporaryFolder temporary;
  subject::Subject subject;
  results::RunFolder folder;
};

}  // namespace hourglass::test
