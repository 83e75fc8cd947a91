#include "run/identity.hpp"

#include <algorithm>
#include <variant>

#include "base/hash.hpp"
#include "compute/kernels/parallel.hpp"
#include "evaluate/evaluation.hpp"
#include "subject/settings.hpp"

namespace hourglass::run {
namespace {

std::string short_hash(const std::string& text) { return base::hash_hex(text).substr(0, 16); }

/// Tells whether training gives other bits on another number of threads: oneDNN sums the gradients of a convolution's
/// weights over parts of the batch, as many as there are threads.
bool bits_depend_on_threads(const compute::Network& network) {
  return std::ranges::any_of(network.nodes(), [](const compute::NodeRecord& node) {
    return node.leaf == compute::Leaf::none && (std::holds_alternative<op::Conv2d>(node.operation) ||
                                                std::holds_alternative<op::ConvTranspose2d>(node.operation));
  });
}

}  // namespace

int threads_of(const Cell& cell) {
  static const int all = compute::threads();
  const auto asked = cell.config.as<subject::TrainSettings>("train").threads;
  return asked > 0 ? static_cast<int>(asked) : all;
}

Identity identify(const Cell& cell, const subject::Data& data, const subject::Autoencoder& autoencoder, int threads) {
  Identity identity;
  auto training = cell.config.identity(Concerns::training) + "data " + data.content_hash() + "\n";
  if (bits_depend_on_threads(*autoencoder.network)) training += "threads " + std::to_string(threads) + "\n";
  identity.training = short_hash(training);

  const bool best = cell.config.as<subject::TrainSettings>("train").keep == subject::Keep::best;
  identity.checkpoint = best && data.split(Split::validation).size() > 0 ? "best" : "last";
  const auto seen = identity.training + "\ncheckpoint " + identity.checkpoint + "\n" +
                    cell.config.identity(Concerns::evaluation);
  for (auto& task : evaluate::tasks_of(cell.config, autoencoder, data)) {
    const auto kind = task.section == nullptr ? task.name : task.section->alternative->name;
    const auto keys = task.section == nullptr ? kind : cell.config.identity_of(*task.section);
    identity.tasks.push_back({std::move(task), kind + "-" + short_hash(seen + keys)});
  }
  return identity;
}

}  // namespace hourglass::run
