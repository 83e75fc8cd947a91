#include "bench/step.hpp"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/random.hpp"
#include "experiment/load.hpp"
#include "subject/experiment_schema.hpp"

namespace hourglass::bench {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t kSide = 28;
constexpr std::int64_t kWarmUpSteps = 5;

/// A folder that is removed when the measurement ends.
class Workplace {
 public:
  Workplace() {
    auto name = (fs::temp_directory_path() / "hourglass-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw base::UserError(fmt::format("{}: cannot create a folder there: {}", fs::temp_directory_path().string(),
                                        std::generic_category().message(errno)));
    }
    path_ = name;
  }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  ~Workplace() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  fs::path operator/(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
};

/// Writes `count` images of random bytes as an IDX file.
void write_images(const fs::path& file, std::int64_t count) {
  std::vector<std::uint8_t> bytes = {0, 0, 8, 3};
  for (const auto size : {count, kSide, kSide}) {
    for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<std::uint8_t>(size >> shift));
  }
  std::vector<std::uint32_t> words(static_cast<std::size_t>(count * kSide * kSide / 4));
  base::PhiloxRng(1, base::Stream::dataset, 0, 0).bits(words);
  const auto* pixels = reinterpret_cast<const std::uint8_t*>(words.data());
  bytes.insert(bytes.end(), pixels, pixels + words.size() * sizeof(std::uint32_t));
  base::write_file(file, std::span<const std::uint8_t>(bytes));
}

std::string experiment_text(const BenchNetwork& network, const StepOptions& options, const std::string& images) {
  const auto text = fmt::format(
      "[dataset]\nplugin = \"idx\"\ntrain_images = '{0}'\ntest_images = '{0}'\ntest_size = 1\n\n{1}\n[train]\n"
      "epochs = 1\nbatch_size = {2}\nloss = \"mse\"\noutput = \"sigmoid\"\nvalidation = 0\n"
      "checkpoint_seconds = 86400\noptimizer = {{ name = \"adam\", learning_rate = 1e-3 }}\n",
      images, network.tables, network.batch);
  return text + fmt::format("precision = \"{}\"\n", hourglass::name_of(compute::precision_names(), options.precision));
}

/// Returns the peak resident size. getrusage() would not do: its maximum survives exec and would be the parent's.
double peak_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

train::Profile difference(const train::Profile& later, const train::Profile& earlier) {
  return {.data = later.data - earlier.data,
          .noise = later.noise - earlier.noise,
          .forward = later.forward - earlier.forward,
          .backward = later.backward - earlier.backward,
          .optimizer = later.optimizer - earlier.optimizer,
          .total = 0,
          .steps = later.steps - earlier.steps};
}

/// Cuts training into repetitions of a fixed number of steps, after a few steps to warm up, and keeps the fastest.
class Stopwatch final : public train::Observer {
 public:
  explicit Stopwatch(std::int64_t steps) : steps_(steps) {}
  void watch(const train::Trainer& trainer) { trainer_ = &trainer; }

  void step(std::int64_t, std::int64_t, std::int64_t, double) override {
    const auto& profile = trainer_->profile();
    const auto measured = profile.steps - kWarmUpSteps;
    if (measured < 0 || measured % steps_ != 0) return;
    const auto now = Clock::now();
    if (measured > 0) {
      auto repetition = difference(profile, before_);
      repetition.total = std::chrono::duration<double>(now - start_).count();
      if (best.steps == 0 || repetition.total < best.total) best = repetition;
      peak = peak_mib();
    }
    before_ = profile;
    start_ = Clock::now();
  }
  void epoch(const results::EpochRow&) override {}

  train::Profile best;
  double peak = 0;

 private:
  std::int64_t steps_;
  const train::Trainer* trainer_ = nullptr;
  train::Profile before_;
  Clock::time_point start_;
};

std::int64_t places(const Shape& shape) { return shape.dims.size() == 3 ? shape.dims[1] * shape.dims[2] : 1; }

}  // namespace

double training_flops(const compute::Network& network, std::int64_t batch) {
  const auto& nodes = network.nodes();
  double uses = 0;
  for (const auto& node : nodes) {
    if (node.leaf != compute::Leaf::none) continue;
    for (const int input : node.inputs) {
      const auto& from = nodes[static_cast<std::size_t>(input)];
      if (from.leaf != compute::Leaf::parameter) continue;
      auto used = places(node.shape);
      // A strided convolution iterates over the pixels of its output, a transposed one over those of its input.
      if (from.shape.dims.size() > 1) {
        used = std::min(used, places(nodes[static_cast<std::size_t>(node.inputs[0])].shape));
      }
      uses += static_cast<double>(from.shape.size()) * static_cast<double>(used);
    }
  }
  return 6 * uses * static_cast<double>(batch);
}

std::optional<StepMeasurement> measure_step(const BenchNetwork& network, const host::Registry& registry,
                                            const StepOptions& options, const std::atomic<bool>& stop) {
  const Workplace place;
  // One epoch contains all steps, so that nothing else happens between two of them.
  const auto batches = kWarmUpSteps + options.repetitions * options.steps;
  write_images(place / "images", batches * network.batch);
  base::write_file(place / "experiment.toml", experiment_text(network, options, (place / "images").string()));

  const auto schema = subject::schema(registry);
  const auto config = experiment::load_config(place / "experiment.toml", {}, schema, registry);
  const subject::Subject subject(config, 1);
  const results::RunFolder folder(place / "run");
  folder.write_experiment("");  // without it, training takes the folder for removed

  Stopwatch stopwatch(options.steps);
  train::Trainer trainer(subject, folder);
  stopwatch.watch(trainer);
  if (options.operations) trainer.update().profile_operations();
  const auto report = trainer.run(stop, stopwatch);
  if (report.outcome == train::Outcome::interrupted || stop) return std::nullopt;
  if (report.outcome != train::Outcome::finished) throw std::runtime_error(network.name + ": " + report.reason);

  const auto& described = *subject.autoencoder.network;
  StepMeasurement measurement{.parameters = described.parameter_count(),
                              .flops = training_flops(described, network.batch),
                              .profile = stopwatch.best,
                              .operations = {},
                              .peak_mib = stopwatch.peak};
  if (options.operations) {
    for (auto cost : trainer.update().operations(network.batch)) {
      cost.forward_seconds /= static_cast<double>(batches);
      cost.backward_seconds /= static_cast<double>(batches);
      measurement.operations.push_back(std::move(cost));
    }
  }
  return measurement;
}

}  // namespace hourglass::bench
