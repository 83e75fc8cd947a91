// An optimiser that works on all images at once leaves no room for what changes from step to step.
#include "subject/setting_conflicts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "base/suggest.hpp"
#include "compute/optimise/optimizer.hpp"
#include "subject/schedule.hpp"
#include "subject/settings.hpp"

namespace hourglass::subject {
namespace {

/// The optimisers that work on batches: `sgd, adam or adamw`.
std::string other_optimizers() {
  std::vector<std::string> names;
  for (const auto& alternative : compute::optimizer_alternatives()) {
    if (!compute::is_full_batch(alternative.name)) names.push_back(alternative.name);
  }
  const auto last = names.back();
  names.pop_back();
  return fmt::format("{} or {}", fmt::join(names, ", "), last);
}

void check_full_batch(const experiment::Config& config, const compute::Network& network,
                      std::vector<std::string>& problems) {
  const auto& train = config.table("train");
  const auto& table = config.table("train.optimizer");
  const auto& optimizer = table.alternative->name;
  const auto settings = config.as<TrainSettings>("train");
  const auto refuse = [&](const experiment::Origin& place, const std::string& what, const std::string& why,
                          const std::string& fix) {
    problems.push_back(fmt::format("{}: {} does not go with optimizer {}: {}; {}, or choose {}",
                                   experiment::place_text(place), what, optimizer, why, fix, other_optimizers()));
  };
  if (settings.accumulate > 1) {
    refuse(experiment::origin_of(train, "accumulate"), fmt::format("[train] accumulate = {}", settings.accumulate),
           "it takes the gradient of all images, whatever the batch_size", "leave accumulate out");
  }
  if (settings.gradient_clip > 0) {
    refuse(experiment::origin_of(train, "gradient_clip"),
           fmt::format("[train] gradient_clip = {}", settings.gradient_clip), "its line search needs the true gradient",
           "leave gradient_clip out");
  }
  const auto& schedule = config.table("train.schedule");
  if (make_schedule(schedule.alternative->name, schedule.values(), schedule.common_values(), settings.epochs)
          ->varies()) {
    refuse(schedule.origin, "[train.schedule] changes the learning rate, which",
           "its line search finds the length of each step", "leave the schedule out");
  }
  const auto& noise = config.table("noise");
  if (const auto after = params_of<NoiseSettings>().bind(noise.common_values()).after; after > 0) {
    refuse(noise.common.at(0).origin, fmt::format("[noise] after = {}", after),
           "it minimises one function from the first epoch to the last", "leave after out");
  }
  if (settings.pretrain > 0) {
    refuse(experiment::origin_of(train, "pretrain"), fmt::format("[train] pretrain = {}", settings.pretrain),
           "layers are trained by steps on batches", "leave pretrain out");
  }
  for (const auto& penalty : network.penalties()) {
    if (!penalty.weight.varies()) continue;
    refuse(table.origin, fmt::format("penalty {}, whose weight changes over the epochs,", penalty.name),
           "it minimises one function from the first epoch to the last", "keep the weight constant");
  }
  for (const auto& parameter : network.parameters()) {
    if (parameter.trained && !parameter.unit_rows) continue;
    refuse(table.origin,
           fmt::format("{}, which is {},", parameter.name,
                       parameter.trained ? "kept at rows of norm 1" : "moved by each batch"),
           "it minimises a function of free parameters alone", "use another architecture or bottleneck");
    break;
  }
}

/// Refuses batches in which a batch normalisation sees one value of each channel: its variance would be 0, its output
/// the shift alone.
void check_batch_statistics(const experiment::Config& config, const compute::Network& network, std::int64_t images,
                            std::vector<std::string>& problems) {
  const auto& nodes = network.nodes();
  const auto alone = std::ranges::find_if(nodes, [&](const compute::NodeRecord& node) {
    return node.leaf == compute::Leaf::none && std::holds_alternative<op::BatchNorm>(node.operation) &&
           node.shape.size() == node.shape.dims.front();
  });
  if (alone == nodes.end() || images < 1) return;
  const auto batch_size = std::min(config.as<TrainSettings>("train").batch_size, images);
  const auto last = images % batch_size;
  if (batch_size > 1 && last != 1) return;
  const auto cause = batch_size > 1 ? fmt::format("leaves 1 of {} training images for the last batch", images)
                     : images == 1  ? std::string("meets 1 training image")
                                    : std::string("puts 1 image into a batch");
  problems.push_back(
      fmt::format("{}: [train] batch_size = {} {}, in which {} has 1 value per channel: it normalises by their "
                  "variance and so needs "
                  "more than 1; choose another batch_size",
                  experiment::place_text(experiment::origin_of(config.table("train"), "batch_size")),
                  config.as<TrainSettings>("train").batch_size, cause, alone->name));
}

/// Refuses noise that no epoch is left for.
void check_noise(const experiment::Config& config, std::vector<std::string>& problems) {
  const auto& noise = config.table("noise");
  const auto after = params_of<NoiseSettings>().bind(noise.common_values()).after;
  const auto epochs = config.as<TrainSettings>("train").epochs;
  if (after < epochs) return;
  problems.push_back(
      fmt::format("{}: [noise] after = {} leaves none of the {} epochs for noise {}; choose a smaller one or "
                  "more train.epochs",
                  experiment::place_text(noise.common.at(0).origin), after, epochs, noise.alternative->name));
}

/// Refuses a part of the loss to follow that there is not.
void check_monitor(const experiment::Config& config, const compute::Network& network,
                   std::vector<std::string>& problems) {
  const auto monitor = config.as<TrainSettings>("train").monitor;
  std::vector<std::string> parts = {"objective", "reconstruction"};
  for (const auto& penalty : network.penalties()) parts.push_back(penalty.name);
  if (std::ranges::find(parts, monitor) != parts.end()) return;
  problems.push_back(fmt::format("{}: [train] monitor = \"{}\" is no part of this network's loss, which has {}{}",
                                 experiment::place_text(experiment::origin_of(config.table("train"), "monitor")),
                                 monitor, fmt::join(parts, ", "), base::did_you_mean(monitor, parts)));
}

/// Refuses pretraining of an architecture that lists no layers.
void check_pretraining(const experiment::Config& config, std::size_t layers, std::vector<std::string>& problems) {
  const auto settings = config.as<TrainSettings>("train");
  if (settings.pretrain == 0 || layers > 0) return;
  problems.push_back(
      fmt::format("{}: [train] pretrain = {} needs an architecture that lists its layers, which {} does "
                  "not; leave pretrain out or choose another architecture",
                  experiment::place_text(experiment::origin_of(config.table("train"), "pretrain")), settings.pretrain,
                  config.table("architecture").alternative->name));
}

}  // namespace

void check_settings(const experiment::Config& config, const compute::Network& network, std::int64_t images,
                    std::size_t layers) {
  std::vector<std::string> problems;
  if (compute::is_full_batch(config.table("train.optimizer").alternative->name))
    check_full_batch(config, network, problems);
  check_batch_statistics(config, network, images, problems);
  check_noise(config, problems);
  check_monitor(config, network, problems);
  check_pretraining(config, layers, problems);
  if (!problems.empty()) throw base::UserError(problems);
}

}  // namespace hourglass::subject
