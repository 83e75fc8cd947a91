// Rebuilds the encoder's network with a head on its code and trains it in one phase whose target is the labels.
#include "train/classifier.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <utility>

#include "hourglass/layers.hpp"
#include "subject/initialise.hpp"
#include "train/update.hpp"

namespace hourglass::train {
namespace {

using Training = ClassifierOptions::Training;

constexpr std::int64_t kBatch = 256;

/// Returns Adam's default values with another learning rate.
std::vector<Value> adam_values(double learning_rate) {
  std::vector<Value> values;
  for (const auto& alternative : compute::optimizer_alternatives()) {
    if (alternative.name != "adam") continue;
    for (const auto& param : alternative.params) {
      values.push_back(param.name == "learning_rate" ? Value(learning_rate) : param.default_value);
    }
  }
  return values;
}

std::vector<Value> constant_common() {
  std::vector<Value> values;
  for (const auto& param : subject::schedule_common()) values.push_back(param.default_value);
  return values;
}

Phase phase_of(const subject::Autoencoder& autoencoder, Node head, const ClassifierOptions& options) {
  Phase phase;
  phase.name = "classifier";
  phase.network = autoencoder.network.get();
  phase.input = options.training == Training::frozen ? autoencoder.code : autoencoder.image;
  phase.objective = {.output = head, .loss = compute::Loss::softmax_cross_entropy, .penalties = false};
  phase.target = Target::labels;
  phase.trained = parameters_between(*phase.network, phase.input, head);
  phase.images = options.images;
  phase.epochs = options.epochs;
  phase.batch_size = options.batch_size;
  phase.precision = autoencoder.precision;
  phase.optimizer_values = adam_values(options.learning_rate);
  phase.schedule_common = constant_common();
  return phase;
}

/// The result of a phase.
struct Finish {
  double loss = 0;  ///< mean over the last epoch's steps
  std::int64_t steps = 0;
};

/// Runs a whole phase.
Finish run_phase(const subject::Data& data, const ClassifierOptions& options, const Phase& phase,
                 compute::Model& model) {
  Update update(data, options.seed, phase, model);
  subject::Position at;
  double loss = 0;
  for (; at.epoch < phase.epochs; ++at.epoch) {
    at.batch = 0;
    at.loss_sum = 0;
    update.begin_epoch(at);
    while (at.batch < update.batches()) {
      if (options.before_step) options.before_step();
      if (!update.step(at, [](std::int64_t) {}))
        throw std::runtime_error("the classifier diverged: " + update.reason());
    }
    loss = at.loss_sum / static_cast<double>(update.images());
  }
  return {loss, at.step};
}

}  // namespace

Classifier train_classifier(const subject::Subject& subject, const compute::Model& model,
                            const ClassifierOptions& options) {
  return train_classifier(subject::assemble(subject.config, subject.data.shape(), subject.data.classes()), subject.data,
                          model.parameters(), options);
}

Classifier train_classifier(subject::Autoencoder autoencoder, const subject::Data& data,
                            std::span<const float> parameters, const ClassifierOptions& options) {
  if (data.classes() < 1) throw std::invalid_argument("a classifier needs labels, but the dataset has none");
  Classifier result;
  result.autoencoder_ = std::move(autoencoder);
  auto& built = result.autoencoder_;
  auto& network = *built.network;
  const auto needed = network.needed_for(std::array{built.code});
  if (built.labels && needed[static_cast<std::size_t>(built.labels.id)]) {
    throw std::invalid_argument("the encoder of " + built.name + " reads the labels, which a classifier must predict");
  }
  network.begin_part("head");
  result.head_ = dense(built.code, data.classes());

  const auto phase = phase_of(built, result.head_, options);
  const auto images =
      options.images.empty() ? data.split(Split::train).size() : static_cast<std::int64_t>(options.images.size());
  result.model_ = std::make_unique<compute::Model>(network, keeps_gradients(phase, images));
  subject::initialise(*result.model_, network, data, options.seed);
  // The head's parameters follow the others, whose offsets are unchanged.
  if (options.training != Training::scratch) std::ranges::copy(parameters, result.model_->parameters().begin());
  const auto finish = run_phase(data, options, phase, *result.model_);
  result.train_loss_ = finish.loss;
  result.steps_ = finish.steps;
  return result;
}

void Classifier::apply(Node output, const char* what, std::span<const float> images, std::span<float> out) {
  const auto size = static_cast<std::size_t>(autoencoder_.image.shape().size());
  const auto width = static_cast<std::size_t>(output.shape().size());
  const auto count = images.size() / size;
  if (images.size() != count * size || out.size() != count * width) {
    throw std::invalid_argument("a classifier expects images " + to_string(autoencoder_.image.shape()) + " and " +
                                std::to_string(width) + " " + what + " for each, but got " +
                                std::to_string(images.size()) + " numbers and room for " + std::to_string(out.size()) +
                                " " + what);
  }
  if (!plan_) {
    compute::PlanSpec spec{.batch = kBatch, .feeds = {}, .outputs = {head_, autoencoder_.code}, .objective = {}};
    plan_.emplace(*autoencoder_.network, *model_, spec);
  }
  const auto fed = plan_->feed(autoencoder_.image);
  for (std::size_t first = 0; first < count; first += kBatch) {
    const auto n = std::min<std::size_t>(kBatch, count - first);
    std::ranges::copy(images.subspan(first * size, n * size), fed.begin());
    std::ranges::fill(fed.subspan(n * size), 0.0F);
    plan_->forward();
    std::ranges::copy(plan_->value(output).first(n * width), out.subspan(first * width).begin());
  }
}

void Classifier::logits(std::span<const float> images, std::span<float> logits) {
  apply(head_, "logits", images, logits);
}

void Classifier::codes(std::span<const float> images, std::span<float> codes) {
  apply(autoencoder_.code, "codes", images, codes);
}

void Classifier::predict(std::span<const float> images, std::span<std::int32_t> classes) {
  const auto width = static_cast<std::size_t>(this->classes());
  std::vector<float> rows(classes.size() * width);
  logits(images, rows);
  for (std::size_t n = 0; n < classes.size(); ++n) {
    const auto row = std::span(rows).subspan(n * width, width);
    classes[n] = static_cast<std::int32_t>(std::ranges::max_element(row) - row.begin());
  }
}

}  // namespace hourglass::train
