#include "evaluate/faces/fit_face.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#include "base/random.hpp"
#include "evaluate/rows.hpp"

namespace hourglass::evaluate {

namespace {

void check(const ClassifierOptions& options) {
  const auto check_least = [](const char* option, auto value, auto least) {
    if (value >= least && std::isfinite(static_cast<double>(value))) return;
    throw std::invalid_argument(
        fmt::format("a classifier expects {} of at least {}, but got {}", option, least, value));
  };
  check_least("l2", options.l2, 0.0);
  check_least("learning_rate", options.learning_rate, 0.0);
  check_least("labels", options.labels, std::int64_t{0});
  check_least("iterations", options.iterations, std::int64_t{1});
  check_least("epochs", options.epochs, std::int64_t{1});
  check_least("batch_size", options.batch_size, std::int64_t{1});
  check_least("seed", options.seed, std::int64_t{0});
}

}  // namespace

ClassifierResult FitFace::classifier(const ClassifierOptions& options) {
  check(options);
  return options.training == ClassifierOptions::Training::frozen ? frozen(options) : with_encoder(options);
}

std::vector<std::int64_t> FitFace::draw(const ClassifierOptions& options) const {
  const auto labels = data_.labels(Split::train);
  const auto count = static_cast<std::int64_t>(labels.size());
  if (options.labels > count) {
    throw std::invalid_argument(
        fmt::format("a classifier expects at most {} labels, the size of train, but got {}", count, options.labels));
  }
  base::PhiloxRng rng(trained_.subject.seed, base::Stream::labels, static_cast<std::uint64_t>(options.seed), 0);
  return draw_balanced(labels, data_.classes(), options.labels > 0 ? options.labels : count, rng);
}

const Rows& FitFace::read_by(const ClassifierOptions& options, Split split) const {
  return options.inputs == ClassifierOptions::Inputs::codes ? data_.codes(split) : data_.clean(split);
}

LogisticRegression FitFace::fitted(const ClassifierOptions& options, std::span<const std::int64_t> chosen) const {
  return {read_by(options, Split::train), data_.labels(Split::train), chosen, data_.classes(), options, stop_};
}

std::vector<double> FitFace::accuracies(const ClassifierOptions& options, std::span<const Rows* const> inputs,
                                        Split split) {
  check(options);
  if (options.training != ClassifierOptions::Training::frozen) {
    throw std::invalid_argument("only a frozen classifier is scored on several versions of the images");
  }
  const auto labels = data_.labels(split);
  const auto classifier = fitted(options, draw(options));
  const auto size = static_cast<std::size_t>(model_.code_size());
  const auto encode = [&](std::int64_t first, std::span<const float> images, std::span<float> codes) {
    model_.encode(images, codes, labels.subspan(static_cast<std::size_t>(first), codes.size() / size));
  };
  std::vector<double> accuracies;
  for (const Rows* images : inputs) {
    const bool codes = options.inputs == ClassifierOptions::Inputs::codes;
    accuracies.push_back(codes ? classifier.accuracy(CodeRows(*images, model_.code_size(), encode), labels)
                               : classifier.accuracy(*images, labels));
  }
  return accuracies;
}

ClassifierResult FitFace::frozen(const ClassifierOptions& options) const {
  const auto chosen = draw(options);
  const auto classifier = fitted(options, chosen);
  return {.train_accuracy = classifier.accuracy(read_by(options, Split::train), data_.labels(Split::train)),
          .test_accuracy = classifier.accuracy(read_by(options, Split::test), data_.labels(Split::test)),
          .train_loss = classifier.train_loss(),
          .iterations = classifier.iterations(),
          .images = static_cast<std::int64_t>(chosen.size()),
          .converged = classifier.converged()};
}

ClassifierResult FitFace::with_encoder(const ClassifierOptions& options) const {
  using Training = train::ClassifierOptions::Training;
  train::ClassifierOptions fitting;
  fitting.training = options.training == ClassifierOptions::Training::joint ? Training::joint : Training::scratch;
  fitting.images = draw(options);
  fitting.epochs = options.epochs;
  fitting.batch_size = options.batch_size;
  fitting.learning_rate = options.learning_rate;
  // Seed 0 is the seed of the run itself; run seeds are below 2^32, so no other seed coincides with one.
  fitting.seed = trained_.subject.seed + (static_cast<std::uint64_t>(options.seed) << 32);
  fitting.before_step = [this] { stop_.check(); };
  auto classifier = train::train_classifier(trained_.subject, trained_.model, fitting);
  return {.train_accuracy = accuracy(classifier, Split::train),
          .test_accuracy = accuracy(classifier, Split::test),
          .train_loss = classifier.train_loss(),
          .iterations = classifier.steps(),
          .images = static_cast<std::int64_t>(fitting.images.size())};
}

double FitFace::accuracy(train::Classifier& classifier, Split split) const {
  const auto labels = data_.labels(split);
  const auto& images = data_.clean(split);
  std::vector<std::int32_t> predicted;
  std::int64_t correct = 0;
  for_each_block(images, [&](std::int64_t first, std::span<float> block) {
    predicted.resize(block.size() / static_cast<std::size_t>(images.columns()));
    classifier.predict(block, predicted);
    for (std::size_t i = 0; i < predicted.size(); ++i)
      correct += predicted[i] == labels[static_cast<std::size_t>(first) + i];
  });
  return static_cast<double>(correct) / static_cast<double>(images.rows());
}

}  // namespace hourglass::evaluate
