// Makes the phases that an experiment file describes.
#include "train/phase.hpp"

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "host/create_plugin.hpp"

namespace hourglass::train {
namespace {

/// Sets each element to zero with probability `rate` (Vincent et al. 2008).
class Mask final : public Noise {
 public:
  explicit Mask(double rate) : rate_(static_cast<float>(rate)) {}

  void corrupt(std::span<const float> clean, std::span<float> noisy, const ImageShape&, Rng& rng) const override {
    rng.uniform(noisy);
    for (std::size_t i = 0; i < clean.size(); ++i) noisy[i] = noisy[i] < rate_ ? 0.0F : clean[i];
  }

  bool accepts_any_range() const override { return true; }

 private:
  float rate_;
};

/// Returns a phase with the settings that all phases of an experiment share.
Phase common_of(const subject::Subject& subject) {
  const auto& settings = subject.settings;
  const auto& optimizer = subject.config.table("train.optimizer");
  Phase phase;
  phase.network = subject.autoencoder.network.get();
  phase.batch_size = settings.batch_size;
  phase.accumulate = settings.accumulate;
  phase.gradient_clip = settings.gradient_clip;
  phase.precision = subject.autoencoder.precision;
  phase.optimizer = optimizer.alternative->name;
  phase.optimizer_values = optimizer.values();
  return phase;
}

Phase layer_phase(const subject::Subject& subject, std::size_t index) {
  const auto& layer = subject.autoencoder.layers[index];
  auto phase = common_of(subject);
  phase.name = "layer " + std::to_string(index + 1);
  phase.input = layer.input;
  phase.objective = {.output = layer.reconstruction, .penalties = false};
  phase.target = Target::input;
  phase.trained = parameters_between(*phase.network, layer.input, layer.reconstruction);
  if (subject.settings.pretrain_mask > 0) phase.noise = std::make_shared<Mask>(subject.settings.pretrain_mask);
  phase.epochs = subject.settings.pretrain;
  phase.stream = subject.autoencoder.layers.size() - index;
  return phase;
}

Phase training_phase(const subject::Subject& subject) {
  const auto& schedule = subject.config.table("train.schedule");
  auto phase = common_of(subject);
  phase.name = "training";
  phase.input = subject.autoencoder.image;
  phase.objective = subject.autoencoder.objective;
  phase.noise = std::shared_ptr<const Noise>(std::shared_ptr<void>{}, subject.noise.get());
  phase.clean_epochs = params_of<subject::NoiseSettings>().bind(subject.config.table("noise").common_values()).after;
  if (host::last_change(subject.config.table("noise").values()) > 0) {
    phase.noise_of_epoch = [&subject](std::int64_t epoch) -> std::shared_ptr<const Noise> {
      return subject.config.create<Noise>("noise", static_cast<double>(epoch));
    };
  }
  phase.epochs = subject.settings.epochs;
  phase.ema = subject.settings.ema;
  phase.schedule = schedule.alternative->name;
  phase.schedule_values = schedule.values();
  phase.schedule_common = schedule.common_values();
  return phase;
}

}  // namespace

std::vector<bool> parameters_between(const compute::Network& network, Node input, Node output) {
  const auto needed = network.needed_for(std::array{output}, std::array{input});
  std::vector<bool> between;
  for (const auto& parameter : network.parameters())
    between.push_back(needed[static_cast<std::size_t>(parameter.node)]);
  return between;
}

std::vector<Phase> phases_of(const subject::Subject& subject) {
  std::vector<Phase> phases;
  if (subject.settings.pretrain > 0) {
    for (std::size_t i = 0; i < subject.autoencoder.layers.size(); ++i) phases.push_back(layer_phase(subject, i));
  }
  phases.push_back(training_phase(subject));
  return phases;
}

}  // namespace hourglass::train
