#include "run/repair.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "compute/kernels/parallel.hpp"
#include "results/run_record.hpp"
#include "run/environment.hpp"
#include "subject/checkpoint.hpp"
#include "train/history.hpp"

namespace hourglass::run {
namespace {

/// Returns why environment.json cannot be read, or "".
std::string environment_damage(const results::RunFolder& folder) {
  try {
    (void)folder.read_plugins();
    return "";
  } catch (const base::UserError& error) {
    return error.what();
  }
}

/// Returns why experiment.toml cannot be relied on, or "".
std::string experiment_fault(const results::RunFolder& folder) {
  auto damage = results::experiment_damage(folder);
  if (damage.empty() && !folder.is_sealed()) {
    damage = fmt::format("{}: the file has no checksum; run its experiment again, which makes it again",
                         (folder.path() / "experiment.toml").string());
  }
  return damage;
}

std::vector<std::string> repair_metrics(const results::RunFolder& folder, const subject::Subject& subject,
                                        std::int64_t epochs) {
  const auto fault = train::read_history(folder, epochs).fault;
  if (fault.empty()) return {};
  std::vector<std::string> notes, penalties;
  const auto& network = *subject.autoencoder.network;
  for (const auto& penalty : network.penalties()) penalties.push_back(penalty.name);
  try {
    subject::Checkpoint last{.cell = folder.id()};
    subject::load_checkpoint(folder.checkpoint("last"), network, last);
    train::restore_history(folder, fault, last.epochs, epochs, penalties, notes);
  } catch (const base::UserError&) {
    notes = {fmt::format("{}; the losses of its epochs are lost, and its results are kept", fault)};
  }
  return notes;
}

}  // namespace

std::vector<std::string> repair_records(const results::RunFolder& folder, const Cell& cell,
                                        const subject::Subject& subject, const host::Registry& registry,
                                        PluginHashes& hashes, std::int64_t epochs, const std::string& checkpoint) {
  const auto config = own_config(cell);
  std::vector<std::string> notes;
  if (const auto damage = experiment_fault(folder); !damage.empty()) {
    folder.write_experiment(config.to_toml(subject.facts()));
    notes.push_back(fmt::format("{} (done now)", damage));
  }
  if (const auto damage = environment_damage(folder); !damage.empty()) {
    auto plugins = training_plugins(config, hashes);
    for (auto& [plugin, hash] : plugins) hash.clear();
    folder.write_environment(
        describe_environment(config, registry, plugins, subject.data.content_hash(), compute::threads()));
    notes.push_back(
        fmt::format("{}; it is made again, but which versions of its plugins trained it is unknown", damage));
  }
  for (auto& note : repair_metrics(folder, subject, epochs)) notes.push_back(std::move(note));
  if (const auto fault = subject::frame_fault(folder.checkpoint(checkpoint)); !fault.empty()) {
    notes.push_back(
        fmt::format("{}; its results are kept, but a task that is added later trains the run again", fault));
  }
  return notes;
}

}  // namespace hourglass::run
