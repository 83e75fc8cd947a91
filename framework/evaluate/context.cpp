// Answers what tasks ask, from the data, the model and the baselines of one run.
#include "evaluate/context.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "evaluate/logistic_regression.hpp"
#include "results/csv.hpp"
#include "results/image_grid.hpp"

namespace hourglass::evaluate {
namespace {

/// FNV-1a: a number for a name, the same on every machine, so that a task's random numbers do not depend on the tasks
/// beside it.
std::uint64_t number_of(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const unsigned char letter : name) hash = (hash ^ letter) * 0x100000001b3;
  return hash;
}

/// Refuses what could not be the name of a metric, a picture or a table: they become keys, columns and file names.
void check_name(std::string_view what, std::string_view name) {
  const auto is_fit = [](unsigned char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  if (!name.empty() && std::ranges::all_of(name, is_fit)) return;
  throw std::invalid_argument("'" + std::string(name) + "' cannot name a " + std::string(what) +
                              ": names are made of a-z, 0-9 and _, at least one of them");
}

}  // namespace

Context::Part::Part(const Subject& subject, Split split)
    : clean(subject.data.split(split), subject.data.shape()),
      noisy(subject.data.split(split), subject.data.shape(), subject.noise, subject.seed) {}

Context::Context(const Subject& subject)
    : subject_(subject),
      inference_(subject.autoencoder, subject.model),
      train_(subject, Split::train),
      validation_(subject, Split::validation),
      test_(subject, Split::test),
      all_clean_(train_.clean, validation_.clean),
      all_noisy_(train_.noisy, validation_.noisy),
      baselines_(all_clean_, all_noisy_, subject.autoencoder.code_size()) {}

void Context::begin_task(const std::string& name, std::filesystem::path folder) {
  folder_ = std::move(folder);
  metrics_.clear();
  rng_ = std::make_unique<base::PhiloxRng>(subject_.seed, base::Stream::task, number_of(name), 0);
}

const Rows& Context::codes(Split split) {
  auto& part = of(split);
  if (!part.codes)
    part.codes.emplace(part.clean, code_size(), [this](auto images, auto codes) { inference_.encode(images, codes); });
  return *part.codes;
}

std::span<const std::int32_t> Context::labels(Split split) {
  const auto view = subject_.data.split(split);
  const auto labels = view.labels();
  if (labels.empty() && view.size() > 0) throw std::runtime_error("the dataset has no labels");
  return labels;
}

ClassifierResult Context::fit_classifier(const ClassifierOptions& options) {
  const auto train_labels = labels(Split::train), test_labels = labels(Split::test);
  base::PhiloxRng draw(subject_.seed, base::Stream::labels, 0, 0);
  const auto budget = options.labels > 0 ? options.labels : static_cast<std::int64_t>(train_labels.size());
  const auto chosen = draw_balanced(train_labels, classes(), budget, draw);
  const LogisticRegression classifier(codes(Split::train), train_labels, chosen, classes(), options);
  return {.train_accuracy = classifier.accuracy(codes(Split::train), train_labels),
          .test_accuracy = classifier.accuracy(codes(Split::test), test_labels),
          .train_loss = classifier.train_loss(),
          .iterations = classifier.iterations()};
}

void Context::report(Metric metric) {
  check_name("metric", metric.name);
  if (std::isnan(metric.value)) {
    throw std::runtime_error("metric '" + metric.name + "' of " + std::string(to_string(metric.split)) +
                             (metric.baseline.empty() ? "" : " (" + metric.baseline + ")") + " is not a number");
  }
  metrics_.push_back(std::move(metric));
}

void Context::picture(std::string_view name, const Grid& grid) {
  check_name("picture", name);
  results::write_png(folder_ / (std::string(name) + ".png"), grid);
}

void Context::table(std::string_view name, const std::vector<std::string>& columns,
                    const std::vector<std::vector<std::string>>& cells) {
  check_name("table", name);
  results::write_csv(folder_ / (std::string(name) + ".csv"), columns, cells);
}

}  // namespace hourglass::evaluate
