#include "run/identity.hpp"

#include <algorithm>
#include <variant>

#include "base/hash.hpp"
#include "compute/kernels/parallel.hpp"
#include "compute/kernels/thread_limit.hpp"
#include "evaluate/evaluation.hpp"
#include "subject/other_data.hpp"

namespace hourglass::run {
namespace {

std::string short_hash(const std::string& text) { return base::hash_hex(text).substr(0, 16); }

/// Returns the keys that affect every task, with the checkpoint that tasks see as the value of `keep`: without a
/// validation split both values mean the last one.
std::string evaluation_keys(experiment::Config config, const std::string& checkpoint) {
  auto& train = *std::ranges::find(config.tables, "train", &experiment::Section::path);
  const auto keep = std::ranges::find(train.alternative->params, "keep", &ParamSpec::name);
  train.settings[static_cast<std::size_t>(keep - train.alternative->params.begin())].value = checkpoint;
  return config.identity(Concerns::evaluation);
}

}  // namespace

bool bits_depend_on_threads(const compute::Network& network) {
  return std::ranges::any_of(network.nodes(), [](const compute::NodeRecord& node) {
    return node.leaf == compute::Leaf::none && (std::holds_alternative<op::Conv2d>(node.operation) ||
                                                std::holds_alternative<op::ConvTranspose2d>(node.operation));
  });
}

int threads_of(const subject::Subject& subject) {
  static const int all = compute::threads();
  const auto asked = subject.settings.threads;
  return asked > 0 ? static_cast<int>(std::min<std::int64_t>(asked, compute::most_threads())) : all;
}

Identity identify(const subject::Subject& subject) {
  const auto& config = subject.config;
  Identity identity;
  auto training = config.identity(Concerns::training, subject.facts()) + subject.data.identity();
  if (bits_depend_on_threads(*subject.autoencoder.network))
    training += "threads " + std::to_string(threads_of(subject)) + "\n";
  identity.training = short_hash(training);

  const bool validates = subject.data.split(Split::validation).size() > 0;
  identity.checkpoint = validates && subject.settings.keep == subject::Keep::best ? "best" : "last";
  const auto seen =
      identity.training + "\ncheckpoint " + identity.checkpoint + "\n" + evaluation_keys(config, identity.checkpoint);
  for (auto& task : evaluate::tasks_of(subject)) {
    const auto kind = task.section == nullptr ? task.name : task.section->alternative->name;
    auto keys = task.section == nullptr ? kind : config.identity_of(*task.section);
    if (task.section != nullptr) {
      keys += subject::other_data_identity(*task.section->alternative->plugin, task.section->values(), subject.data);
    }
    identity.tasks.push_back({std::move(task), kind + "-" + short_hash(seen + keys)});
  }
  return identity;
}

}  // namespace hourglass::run
