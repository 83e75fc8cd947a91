// Refuses combinations of settings that cannot work, such as a full-batch optimiser with settings that change from step
// to step.
#include "subject/setting_conflicts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "base/suggest.hpp"
#include "compute/optimise/optimizers.hpp"
#include "host/create_plugin.hpp"
#include "subject/schedule.hpp"
#include "subject/settings.hpp"

namespace hourglass::subject {
namespace {

/// Lists the optimisers that work on batches: `sgd, adam or adamw`.
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
    problems.push_back(fmt::format("{}: {} is not supported by optimizer {}, {}; {}, or choose {}",
                                   experiment::place_text(place), what, optimizer, why, fix, other_optimizers()));
  };
  const std::string same_function = "which minimises the same function in all epochs";
  if (settings.accumulate > 1) {
    refuse(experiment::origin_of(train, "accumulate"), fmt::format("[train] accumulate = {}", settings.accumulate),
           "which always takes the gradient of all images", "remove accumulate");
  }
  if (settings.gradient_clip > 0) {
    refuse(experiment::origin_of(train, "gradient_clip"),
           fmt::format("[train] gradient_clip = {}", settings.gradient_clip),
           "whose line search needs the exact gradient", "remove gradient_clip");
  }
  const auto& schedule = config.table("train.schedule");
  if (make_schedule(schedule.alternative->name, schedule.values(), schedule.common_values(), settings.epochs)
          ->varies()) {
    refuse(schedule.origin, "[train.schedule], which changes the learning rate,",
           "whose line search sets the length of each step", "remove the schedule");
  }
  const auto& noise = config.table("noise");
  if (const auto after = params_of<NoiseSettings>().bind(noise.common_values()).after; after > 0) {
    refuse(noise.common.at(0).origin, fmt::format("[noise] after = {}", after), same_function, "remove after");
  }
  if (host::last_change(noise.values()) > 0) {
    refuse(noise.culprit(), "[noise] with a severity that changes over epochs", same_function,
           "keep the severity constant");
  }
  if (settings.pretrain > 0) {
    refuse(experiment::origin_of(train, "pretrain"), fmt::format("[train] pretrain = {}", settings.pretrain),
           "which cannot train layers on batches", "remove pretrain");
  }
  for (const auto& penalty : network.penalties()) {
    if (!penalty.weight.varies()) continue;
    refuse(table.origin, fmt::format("penalty {}, whose weight changes over the epochs,", penalty.name), same_function,
           "keep the weight constant");
  }
  for (const auto& parameter : network.parameters()) {
    if (parameter.trained && !parameter.unit_rows) continue;
    refuse(table.origin,
           fmt::format("{}, which is {},", parameter.name,
                       parameter.trained ? "kept at rows of norm 1" : "updated by each batch"),
           "which needs unconstrained parameters", "use another architecture or bottleneck");
    break;
  }
}

/// Refuses batches that give a batch normalisation a single value per channel: its variance would be 0 and its output
/// only the shift.
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
                     : images == 1  ? std::string("is used with 1 training image")
                                    : std::string("puts 1 image in each batch");
  problems.push_back(
      fmt::format("{}: [train] batch_size = {} {}, so {} would normalise a single value per channel; choose another "
                  "batch_size",
                  experiment::place_text(experiment::origin_of(config.table("train"), "batch_size")),
                  config.as<TrainSettings>("train").batch_size, cause, alone->name));
}

/// Refuses noise that starts after the last epoch.
void check_noise(const experiment::Config& config, std::vector<std::string>& problems) {
  const auto& noise = config.table("noise");
  const auto after = params_of<NoiseSettings>().bind(noise.common_values()).after;
  const auto epochs = config.as<TrainSettings>("train").epochs;
  if (after < epochs) return;
  problems.push_back(
      fmt::format("{}: [noise] after = {} leaves none of the {} epochs for noise {}; use a smaller after or more "
                  "train.epochs",
                  experiment::place_text(noise.common.at(0).origin), after, epochs, noise.alternative->name));
}

/// Refuses a severity that would not reach its last value, which validation and tasks use.
void check_severity(const experiment::Config& config, std::vector<std::string>& problems) {
  const auto& noise = config.table("noise");
  const auto epochs = config.as<TrainSettings>("train").epochs;
  const auto last = host::last_change(noise.values());
  if (last <= epochs) return;
  problems.push_back(fmt::format(
      "{}: [noise] the severity of {} changes until epoch {}, but training has {} epochs, and validation and "
      "tasks use the last severity; use a smaller end or more train.epochs",
      experiment::place_text(noise.culprit()), noise.alternative->name, last, epochs));
}

/// Refuses to monitor a part that the loss does not have.
void check_monitor(const experiment::Config& config, const compute::Network& network,
                   std::vector<std::string>& problems) {
  const auto monitor = config.as<TrainSettings>("train").monitor;
  std::vector<std::string> parts = {"objective", "reconstruction"};
  for (const auto& penalty : network.penalties()) parts.push_back(penalty.name);
  if (std::ranges::find(parts, monitor) != parts.end()) return;
  problems.push_back(fmt::format("{}: [train] 'monitor' expects one of \"{}\", but got \"{}\"{}",
                                 experiment::place_text(experiment::origin_of(config.table("train"), "monitor")),
                                 fmt::join(parts, "\", \""), monitor, base::did_you_mean(monitor, parts)));
}

/// Refuses pretraining of an architecture that lists no layers.
void check_pretraining(const experiment::Config& config, std::size_t layers, std::vector<std::string>& problems) {
  const auto settings = config.as<TrainSettings>("train");
  if (settings.pretrain == 0 || layers > 0) return;
  problems.push_back(
      fmt::format("{}: [train] pretrain = {} needs an architecture that lists its layers, but {} lists none; remove "
                  "pretrain or choose another architecture",
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
  check_severity(config, problems);
  check_monitor(config, network, problems);
  check_pretraining(config, layers, problems);
  if (!problems.empty()) throw base::UserError(problems);
}

void check_range(const experiment::Config& config, const ValueRange& range, const Noise& noise) {
  std::vector<std::string> problems;
  const auto& train = config.table("train");
  const auto settings = config.as<TrainSettings>("train");
  const auto values =
      fmt::format("dataset {} has values {}", config.table("dataset").alternative->name,
                  range.bounded() ? fmt::format("in [{:g}, {:g}]", range.min, range.max) : "of any size");
  const bool is_bce = settings.loss == compute::Loss::bce;
  if (!range.within_unit() && (is_bce || settings.output == Output::sigmoid)) {
    problems.push_back(fmt::format(
        "{}: [train] {} needs values in [0, 1], but {}; use loss = \"mse\" with output = \"linear\", or normalise = "
        "\"range\" in [dataset]",
        experiment::place_text(experiment::origin_of(train, is_bce ? "loss" : "output")),
        is_bce ? "loss = \"bce\"" : "output = \"sigmoid\"", values));
  }
  const auto& table = config.table("noise");
  if (!range.bounded() && !noise.accepts_any_range()) {
    problems.push_back(fmt::format(
        "{}: [noise] {} with these keys needs values of a bounded range, but {}; choose other keys or another noise "
        "model, or normalise = \"range\" in [dataset]",
        experiment::place_text(table.origin), table.alternative->name, values));
  }
  if (!problems.empty()) throw base::UserError(problems);
}

}  // namespace hourglass::subject
