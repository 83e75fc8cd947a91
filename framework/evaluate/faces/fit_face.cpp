#include "evaluate/faces/fit_face.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "base/random.hpp"
#include "evaluate/inference.hpp"
#include "evaluate/reference_classifier.hpp"
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

/// Turns logits [n, classes] into probabilities.
void to_probabilities(std::span<float> values, std::int64_t classes) {
  const auto width = static_cast<std::size_t>(classes);
  for (std::size_t first = 0; first < values.size(); first += width) {
    const auto row = values.subspan(first, width);
    const float top = std::ranges::max(row);
    double sum = 0;
    for (const float logit : row) sum += std::exp(static_cast<double>(logit) - top);
    for (float& value : row) value = static_cast<float>(std::exp(static_cast<double>(value) - top) / sum);
  }
}

/// A linear classifier on the codes of the model, as tasks see it.
class FrozenClassifier final : public ImageClassifier {
 public:
  FrozenClassifier(TrainedModel& model, LogisticRegression linear, ClassifierResult result)
      : model_(model), linear_(std::move(linear)), result_(result) {}

  const ClassifierResult& result() const override { return result_; }
  std::int64_t feature_count() const override { return model_.code_size(); }
  void features(std::span<const float> images, std::span<float> out) override { model_.encode(images, out); }
  void probabilities(std::span<const float> images, std::span<float> out) override {
    const auto pixels = static_cast<std::size_t>(model_.image_shape().size());
    const auto width = static_cast<std::size_t>(model_.code_size());
    // Blocks have the same size, so that the bits of a row do not depend on the number of rows.
    std::vector<float> codes(static_cast<std::size_t>(kInferenceBatch) * width);
    auto rest = out;
    for (std::size_t first = 0; first < images.size(); first += static_cast<std::size_t>(kInferenceBatch) * pixels) {
      const auto block = images.subspan(first, std::min(images.size() - first, codes.size() / width * pixels));
      features(block, std::span(codes).first(block.size() / pixels * width));
      const auto logits = linear_.logits(codes);
      const auto used = logits.size() * block.size() / pixels / static_cast<std::size_t>(kInferenceBatch);
      std::copy_n(logits.begin(), used, rest.begin());
      to_probabilities(rest.first(used), static_cast<std::int64_t>(logits.size()) / kInferenceBatch);
      rest = rest.subspan(used);
    }
  }
  std::string description() const override {
    return fmt::format("logistic regression on the codes of {} labelled images", result_.images);
  }

 private:
  TrainedModel& model_;
  LogisticRegression linear_;
  ClassifierResult result_;
};

/// A classifier that was trained with its encoder, as tasks see it.
class FittedClassifier final : public ImageClassifier {
 public:
  FittedClassifier(train::Classifier classifier, ClassifierResult result, std::string description)
      : classifier_(std::move(classifier)), result_(result), description_(std::move(description)) {}

  const ClassifierResult& result() const override { return result_; }
  std::int64_t feature_count() const override { return classifier_.code_size(); }
  void features(std::span<const float> images, std::span<float> out) override { classifier_.codes(images, out); }
  void probabilities(std::span<const float> images, std::span<float> out) override {
    classifier_.logits(images, out);
    to_probabilities(out, classifier_.classes());
  }
  std::string description() const override { return description_; }

 private:
  train::Classifier classifier_;
  ClassifierResult result_;
  std::string description_;
};

}  // namespace

ClassifierResult FitFace::classifier(const ClassifierOptions& options) {
  check(options);
  if (options.training == ClassifierOptions::Training::frozen) return frozen(options);
  auto classifier = with_encoder(options);
  return result_of(classifier, labelled(options));
}

std::unique_ptr<ImageClassifier> FitFace::image_classifier(const ClassifierOptions& options) {
  check(options);
  if (options.training == ClassifierOptions::Training::frozen) {
    if (options.inputs != Representation::codes)
      throw std::invalid_argument("a frozen classifier of images reads codes alone");
    const auto chosen = draw(options);
    auto linear = fitted(options, chosen);
    const auto result = result_of(linear, options, chosen.size());
    return std::make_unique<FrozenClassifier>(model_, std::move(linear), result);
  }
  auto classifier = with_encoder(options);
  const auto result = result_of(classifier, labelled(options));
  auto description =
      fmt::format("{} with a linear layer, {} for {} epochs on {} labelled images", trained_.subject.autoencoder.name,
                  options.training == ClassifierOptions::Training::joint ? "trained jointly" : "trained from scratch",
                  options.epochs, result.images);
  return std::make_unique<FittedClassifier>(std::move(classifier), result, std::move(description));
}

ImageClassifier& FitFace::reference() {
  if (reference_) return *reference_;
  static_cast<void>(data_.labels(Split::train));
  auto classifier = train_reference(trained_.subject.data, stop_);
  const auto result = result_of(classifier, trained_.subject.data.split(Split::train).size());
  auto description = reference_description(classifier, result.images);
  reference_ = std::make_unique<FittedClassifier>(std::move(classifier), result, std::move(description));
  return *reference_;
}

std::int64_t FitFace::labelled(const ClassifierOptions& options) const {
  const auto count = static_cast<std::int64_t>(data_.labels(Split::train).size());
  return options.labels > 0 ? options.labels : count;
}

std::vector<std::int64_t> FitFace::draw(const ClassifierOptions& options) const {
  const auto labels = data_.labels(Split::train);
  const auto count = static_cast<std::int64_t>(labels.size());
  if (options.labels > count) {
    throw std::invalid_argument(
        fmt::format("a classifier expects at most {} labels, the size of train, but got {}", count, options.labels));
  }
  base::PhiloxRng rng(trained_.subject.seed, base::Stream::labels, static_cast<std::uint64_t>(options.seed), 0);
  auto drawn = draw_balanced(labels, data_.classes(), labelled(options), rng);
  std::ranges::sort(drawn);  // the same images give the same bits, however they were drawn
  return drawn;
}

LogisticRegression FitFace::fitted(const ClassifierOptions& options, std::span<const std::int64_t> chosen) const {
  return {data_.represent(options.inputs, Split::train),
          data_.labels(Split::train),
          chosen,
          data_.classes(),
          options,
          stop_};
}

std::vector<double> FitFace::accuracies(const ClassifierOptions& options, std::span<const Rows* const> inputs,
                                        Split split) {
  check(options);
  if (options.training != ClassifierOptions::Training::frozen) {
    throw std::invalid_argument("only a frozen classifier is scored on several versions of the images");
  }
  const bool codes = options.inputs == Representation::codes;
  if (!codes && options.inputs != Representation::pixels) {
    throw std::invalid_argument("only a classifier on codes or pixels is scored on several versions of the images");
  }
  const auto labels = data_.labels(split);
  const auto classifier = fitted(options, draw(options));
  const auto size = static_cast<std::size_t>(model_.code_size());
  const auto encode = [&](std::int64_t first, std::span<const float> images, std::span<float> codes) {
    model_.encode(images, codes, labels.subspan(static_cast<std::size_t>(first), codes.size() / size));
  };
  std::vector<double> accuracies;
  for (const Rows* images : inputs) {
    accuracies.push_back(codes ? classifier.accuracy(CodeRows(*images, model_.code_size(), encode), labels)
                               : classifier.accuracy(*images, labels));
  }
  return accuracies;
}

ClassifierResult FitFace::frozen(const ClassifierOptions& options) const {
  const auto chosen = draw(options);
  return result_of(fitted(options, chosen), options, chosen.size());
}

ClassifierResult FitFace::result_of(const LogisticRegression& classifier, const ClassifierOptions& options,
                                    std::size_t images) const {
  const auto accuracy = [&](Split split) {
    return classifier.accuracy(data_.represent(options.inputs, split), data_.labels(split));
  };
  return {.train_accuracy = accuracy(Split::train),
          .test_accuracy = accuracy(Split::test),
          .train_loss = classifier.train_loss(),
          .iterations = classifier.iterations(),
          .images = static_cast<std::int64_t>(images),
          .converged = classifier.converged()};
}

train::Classifier FitFace::with_encoder(const ClassifierOptions& options) const {
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
  return train::train_classifier(trained_.subject, trained_.model, fitting);
}

ClassifierResult FitFace::result_of(train::Classifier& classifier, std::int64_t images) const {
  return {.train_accuracy = accuracy(classifier, Split::train),
          .test_accuracy = accuracy(classifier, Split::test),
          .train_loss = classifier.train_loss(),
          .iterations = classifier.steps(),
          .images = images};
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
