// Memory of training, parameters of phases, and classifiers: encoders with a head, trained in their own phase.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "train/classifier.hpp"
#include "train/phase.hpp"
#include "train/training.hpp"

using namespace hourglass;
using namespace hourglass::train;
using test::Training;

namespace {

using Kind = train::ClassifierOptions::Training;

/// The fraction of the test images that are classified correctly.
double accuracy(const subject::Subject& subject, Classifier& classifier, Split split = Split::train) {
  const auto view = subject.data.split(split);
  std::vector<std::int64_t> all(static_cast<std::size_t>(view.size()));
  std::iota(all.begin(), all.end(), std::int64_t{0});
  std::vector<float> images(all.size() * static_cast<std::size_t>(subject.data.shape().size()));
  view.read(all, images);
  std::vector<std::int32_t> classes(all.size());
  classifier.predict(images, classes);
  double hits = 0;
  for (std::size_t i = 0; i < classes.size(); ++i) hits += classes[i] == view.labels()[i];
  return hits / static_cast<double>(classes.size());
}

compute::Model trained_model(Training& training) {
  training.run();
  compute::Model model(*training.subject.autoencoder.network, false);
  std::ranges::copy(training.parameters(), model.parameters().begin());
  return model;
}

}  // namespace

TEST_CASE("phases: ordinary training is one phase of all parameters with the clean image as target") {
  Training training({});
  const auto phases = phases_of(training.subject);
  REQUIRE(phases.size() == 1);
  CHECK(phases[0].target == Target::image);
  CHECK(phases[0].trained.empty());
  CHECK(phases[0].stream == 0);
}

TEST_CASE("trainer: its memory estimate includes every buffer that it holds") {
  const auto cost = [](const std::vector<std::string>& overrides) {
    Training training(overrides);
    return Trainer(training.subject, training.folder).cost();
  };
  Training training({});
  const auto buffer = training.subject.autoencoder.network->buffer_size() * 4;
  const auto plain = cost({});
  CHECK(plain.memory.parameters == buffer);
  CHECK(plain.memory.gradients == 0);
  CHECK(plain.memory.optimizer == 2 * buffer);
  CHECK(plain.memory.fixed() == 3 * buffer);
  CHECK(plain.batch == 32);
  CHECK(plain.flops > 0);
  const auto full = cost({"train.accumulate=2", "train.ema=0.9", "train.gradient_clip=1"});
  CHECK(full.memory.gradients == buffer);
  CHECK(full.memory.sums == buffer);
  CHECK(full.memory.average == buffer);
  // Gradients of parameters share memory with the activations unless they are kept.
  CHECK(full.memory.activations < plain.memory.activations);
}

TEST_CASE("classifier: a head on a frozen encoder, a fine-tuned one and one from scratch learn the classes") {
  Training training({"train.epochs=5", "noise.plugin=none"});
  const auto model = trained_model(training);
  const std::vector<float> before(model.parameters().begin(), model.parameters().end());
  for (const auto kind : {Kind::frozen, Kind::joint, Kind::scratch}) {
    CAPTURE(static_cast<int>(kind));
    const train::ClassifierOptions options{
        .training = kind, .images = {}, .epochs = 60, .batch_size = 32, .learning_rate = 5e-3};
    auto classifier = train_classifier(training.subject, model, options);
    auto again = train_classifier(training.subject, model, options);
    CHECK(classifier.classes() == training.subject.data.classes());
    CHECK(classifier.train_loss() < std::log(2.0));  // of a guess
    // A code of 4 units that was trained to reconstruct separates the classes only partly.
    CHECK(accuracy(training.subject, classifier) > (kind == Kind::frozen ? 0.52 : 0.75));
    CHECK(classifier.train_loss() == again.train_loss());
  }
  CHECK(std::ranges::equal(model.parameters(), before));
}

TEST_CASE("classifier: fine-tuning fits what a frozen encoder cannot") {
  Training training({"train.epochs=1"});
  const auto model = trained_model(training);
  const auto loss = [&](Kind kind) {
    return train_classifier(training.subject, model,
                            {.training = kind, .images = {}, .epochs = 40, .batch_size = 32, .learning_rate = 5e-3})
        .train_loss();
  };
  CHECK(loss(Kind::joint) < loss(Kind::frozen));
}

TEST_CASE("classifier: is trained only on its label budget") {
  Training training({"train.epochs=1"});
  const auto model = trained_model(training);
  const auto labels = training.subject.data.split(Split::train).labels();
  train::ClassifierOptions options{
      .training = Kind::joint, .images = {}, .epochs = 100, .batch_size = 8, .learning_rate = 1e-2};
  for (std::int64_t i = 0; i < 8; ++i) options.images.push_back(3 * i);
  auto classifier = train_classifier(training.subject, model, options);
  CHECK(classifier.train_loss() < 0.1);  // it fits the eight
  const auto of_eight = accuracy(training.subject, classifier);
  CHECK(of_eight < 1);
  CHECK(labels.size() == 200);
}

TEST_CASE("classifier: does not read labels outside its budget") {
  Training training({"train.epochs=1"});
  const auto model = trained_model(training);
  const auto labels = training.subject.data.split(Split::train).labels();
  for (const auto kind : {Kind::frozen, Kind::joint, Kind::scratch}) {
    CAPTURE(static_cast<int>(kind));
    train::ClassifierOptions options{
        .training = kind, .images = {}, .epochs = 60, .batch_size = 8, .learning_rate = 0.05};
    // The last images do not include the other class either.
    for (auto i = static_cast<std::int64_t>(labels.size()) - 1; options.images.size() < 20; --i)
      if (labels[static_cast<std::size_t>(i)] == 1) options.images.push_back(i);
    auto classifier = train_classifier(training.subject, model, options);
    CHECK(classifier.steps() == 60 * 3);
    CHECK(classifier.train_loss() < 0.1);
    const auto images = training.subject.data.split(Split::train).size();
    const auto ones = std::ranges::count(labels, 1);
    CHECK(accuracy(training.subject, classifier) ==
          doctest::Approx(static_cast<double>(ones) / static_cast<double>(images)));
  }
}

TEST_CASE("classifier: the callback before each step can end the training") {
  Training training({"train.epochs=1"});
  const auto model = trained_model(training);
  int steps = 0;
  train::ClassifierOptions options{.images = {}, .epochs = 3, .batch_size = 50};
  options.before_step = [&] {
    if (++steps == 5) throw std::runtime_error("enough");
  };
  CHECK_THROWS_WITH(train_classifier(training.subject, model, options), "enough");
  CHECK(steps == 5);
}

TEST_CASE("classifier: another seed gives other initial parameters") {
  Training training({"train.epochs=1"});
  const auto model = trained_model(training);
  const auto loss = [&](std::uint64_t seed) {
    return train_classifier(training.subject, model,
                            {.training = Kind::scratch, .images = {}, .epochs = 1, .batch_size = 32, .seed = seed})
        .train_loss();
  };
  CHECK(loss(1) == loss(1));
  CHECK(loss(1) != loss(2));
}

TEST_CASE("classifier: sizes that do not match are refused") {
  Training training({"train.epochs=1"});
  auto classifier = train_classifier(training.subject, trained_model(training), {.images = {}, .epochs = 1});
  std::vector<float> images(100), logits(3);
  CHECK_THROWS_AS(classifier.logits(images, logits), std::invalid_argument);
}
