#include "evaluate/needs.hpp"

#include <fmt/format.h>

#include "evaluate/inference.hpp"

namespace hourglass::evaluate {
namespace {

using subject::Autoencoder;

bool reads_labels(const Autoencoder& autoencoder) {
  return needs(autoencoder, compute::Leaf::labels, autoencoder.image, autoencoder.code) ||
         needs(autoencoder, compute::Leaf::labels, autoencoder.image, autoencoder.reconstruction);
}

/// Returns the first split of train and test without labels, in words, or "" when both have them.
std::string split_without_labels(const subject::Data& data) {
  if (data.classes() == 0) return "none";
  for (const auto split : {Split::train, Split::test}) {
    if (data.split(split).labels().empty()) return fmt::format("none in its {} split", to_string(split));
  }
  return "";
}

}  // namespace

std::vector<std::string> unmet_needs(const Task& task, const experiment::Config& config,
                                     const subject::Autoencoder& autoencoder, const subject::Data& data) {
  const auto needed = task.needs();
  const auto& dataset = config.table(Dataset::kKind).alternative->name;
  const auto missing = split_without_labels(data);
  std::vector<std::string> reasons;
  if (!missing.empty() && (needed.labels || needed.label_budget > 0)) {
    reasons.push_back(fmt::format(
        "needs labels, and dataset {} has {}; remove the task or choose a dataset with labels", dataset, missing));
  } else if (!missing.empty() && reads_labels(autoencoder)) {
    reasons.push_back(
        fmt::format("needs labels to feed to the network of {}, and dataset {} has {}; remove the task or "
                    "choose a dataset with labels",
                    autoencoder.name, dataset, missing));
  } else if (const auto count = data.split(Split::train).size(); needed.label_budget > count) {
    reasons.push_back(
        fmt::format("needs {} labelled training images, and dataset {} has {} after validation is taken "
                    "from train; ask for at most {}",
                    needed.label_budget, dataset, count, count));
  }
  if (needed.decoder && needs(autoencoder, compute::Leaf::image, autoencoder.decoded, autoencoder.reconstruction)) {
    reasons.push_back(
        fmt::format("needs a decoder that runs from a code alone, and that of {} reads the image as well; "
                    "remove the task or choose an architecture without skip connections",
                    autoencoder.name));
  }
  return reasons;
}

}  // namespace hourglass::evaluate
