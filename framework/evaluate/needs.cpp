#include "evaluate/needs.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "evaluate/generation.hpp"
#include "evaluate/inference.hpp"

namespace hourglass::evaluate {
namespace {

/// Describes the missing labels, or returns "" if both train and test have labels.
std::string split_without_labels(const subject::Data& data) {
  if (data.classes() == 0) return "none";
  for (const auto split : {Split::train, Split::test}) {
    if (data.for_evaluation(split).labels().empty()) return fmt::format("none in its {} split", to_string(split));
  }
  return "";
}

/// Returns why the dataset's labels do not suffice for the task and the network, or "" if they do.
std::string label_fault(const Needs& needed, const subject::Subject& subject) {
  const auto& dataset = subject.config.table(Dataset::kKind).alternative->name;
  const auto missing = split_without_labels(subject.data);
  const auto count = subject.data.split(Split::train).size();
  if (!missing.empty() && (needed.labels || needed.label_budget > 0)) {
    return fmt::format("needs labels, but dataset {} has {}; remove the task or choose a dataset with labels", dataset,
                       missing);
  }
  if (missing.empty() && subject.data.classes() == 1 && (needed.labels || needed.label_budget > 0)) {
    return fmt::format(
        "needs at least two classes, but all labels of dataset {} are the same; remove the task or choose a dataset "
        "with more classes",
        dataset);
  }
  if (!missing.empty() && reads_labels(subject.autoencoder)) {
    return fmt::format(
        "needs labels for the network of {}, but dataset {} has {}; remove the task or choose a dataset with "
        "labels",
        subject.autoencoder.name, dataset, missing);
  }
  if (needed.label_budget > count) {
    return fmt::format(
        "needs {} labelled training images, but dataset {} has {} after validation is split off; request at "
        "most {}",
        needed.label_budget, dataset, count, count);
  }
  return "";
}

}  // namespace

std::vector<std::string> unmet_needs(const Task& task, const subject::Subject& subject) {
  const auto& autoencoder = subject.autoencoder;
  Needs needed;
  try {
    needed = task.needs();
  } catch (...) {
    return {fmt::format("cannot state its needs: {}; correct needs() in the plugin", base::current_exception_text())};
  }
  std::vector<std::string> reasons;
  if (const auto fault = label_fault(needed, subject); !fault.empty()) reasons.push_back(fault);
  if (needed.noise && !subject.config.is_active(Noise::kKind)) {
    reasons.push_back(
        "needs noise, but the experiment has none; remove the task or choose a noise model, as in [noise] plugin = "
        "\"gaussian\"");
  }
  if (needed.true_features && subject.data.true_features().empty()) {
    reasons.push_back(fmt::format(
        "needs the true features of the data, which dataset {} does not know; remove the task or choose a synthetic "
        "dataset that knows them",
        subject.config.table(Dataset::kKind).alternative->name));
  }
  if (needed.excluded && subject.data.excluded(Split::test).size() == 0) {
    reasons.push_back(
        "needs classes that the run leaves out, but there are none in the test split; remove the task or name the "
        "others in [dataset], as in classes = [\"0\", \"1\"]");
  }
  if (needed.decoder && needs(autoencoder, compute::Leaf::image, autoencoder.decoded, autoencoder.reconstruction)) {
    reasons.push_back(
        fmt::format("needs a decoder that runs from a code alone, but that of {} also reads the image; "
                    "remove the task or choose an architecture without skip connections",
                    autoencoder.name));
  }
  if (needed.label_free_encoder && needs(autoencoder, compute::Leaf::labels, {}, autoencoder.code)) {
    reasons.push_back(
        fmt::format("needs an encoder that does not read labels, but that of {} does; remove the task or choose "
                    "another architecture or bottleneck",
                    autoencoder.name));
  }
  if (needed.conditional && !reads_labels(autoencoder)) {
    reasons.push_back(
        fmt::format("needs a model that reads labels, but {} do not; remove the task or choose a bottleneck or "
                    "architecture that does",
                    autoencoder.name));
  }
  if (const auto fault = prior_fault(autoencoder); needed.prior && fault) {
    reasons.push_back(
        fmt::format("needs a prior to sample codes from, but {}; remove the task or {}", fault.reason, fault.fix));
  }
  if (const auto fault = density_fault(autoencoder); needed.density && fault) {
    reasons.push_back(
        fmt::format("needs the likelihood of images, but {}; remove the task or {}", fault.reason, fault.fix));
  }
  return reasons;
}

}  // namespace hourglass::evaluate
