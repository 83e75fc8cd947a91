#include "evaluate/faces/fit_face.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "base/random.hpp"
#include "evaluate/logistic_regression.hpp"

namespace hourglass::evaluate {

ClassifierResult FitFace::classifier(const ClassifierOptions& options) {
  if (options.training == ClassifierOptions::Training::frozen) return frozen(options);
  throw std::runtime_error("a classifier that trains the encoder is not available");
}

std::vector<std::int64_t> FitFace::draw(const ClassifierOptions& options) const {
  const auto labels = data_.labels(Split::train);
  const auto count = static_cast<std::int64_t>(labels.size());
  if (options.labels > count) {
    throw std::invalid_argument(
        fmt::format("a classifier asks for {} labelled training images, and there are {}", options.labels, count));
  }
  base::PhiloxRng rng(subject_.seed, base::Stream::labels, static_cast<std::uint64_t>(options.seed), 0);
  return draw_balanced(labels, data_.classes(), options.labels > 0 ? options.labels : count, rng);
}

ClassifierResult FitFace::frozen(const ClassifierOptions& options) const {
  const auto train_labels = data_.labels(Split::train), test_labels = data_.labels(Split::test);
  const auto chosen = draw(options);
  const auto &train = data_.codes(Split::train), &test = data_.codes(Split::test);
  const LogisticRegression classifier(train, train_labels, chosen, data_.classes(), options, stop_);
  return {.train_accuracy = classifier.accuracy(train, train_labels),
          .test_accuracy = classifier.accuracy(test, test_labels),
          .train_loss = classifier.train_loss(),
          .iterations = classifier.iterations()};
}

}  // namespace hourglass::evaluate
