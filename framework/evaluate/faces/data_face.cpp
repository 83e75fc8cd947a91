#include "evaluate/faces/data_face.hpp"

#include <stdexcept>
#include <string>
#include <utility>

#include "host/create_plugin.hpp"

namespace hourglass::evaluate {

namespace {

/// Returns a pointer to a noise model that lives longer.
std::shared_ptr<const Noise> borrowed(const Noise& noise) { return {std::shared_ptr<void>{}, &noise}; }

}  // namespace

DataFace::Part::Part(const subject::Subject& subject, Split split, StopFlag stop)
    : clean(subject.data.for_evaluation(split), subject.data.shape(), stop),
      noisy(subject.data.for_evaluation(split), subject.data.shape(), borrowed(*subject.noise), subject.seed, stop) {}

DataFace::DataFace(const subject::Subject& subject, TrainedModel& model, StopFlag stop)
    : subject_(subject),
      data_(subject.data),
      model_(model),
      stop_(stop),
      train_(subject, Split::train, stop),
      validation_(subject, Split::validation, stop),
      test_(subject, Split::test, stop),
      excluded_train_(data_.excluded(Split::train), data_.shape(), stop),
      excluded_test_(data_.excluded(Split::test), data_.shape(), stop) {}

const Rows& DataFace::codes(Split split) {
  auto& part = of(split);
  if (!part.codes) {
    const auto classes = model_.reads_labels() ? labels(split) : Labels();
    part.codes.emplace(part.clean, model_.code_size(), [this, classes](std::int64_t first, auto images, auto codes) {
      const auto count = codes.size() / static_cast<std::size_t>(model_.code_size());
      model_.encode(images, codes, classes.empty() ? classes : classes.subspan(static_cast<std::size_t>(first), count));
    });
  }
  return *part.codes;
}

Labels DataFace::labels(Split split) {
  const auto view = data_.for_evaluation(split);
  const auto labels = view.labels();
  if (labels.empty() && view.size() > 0) {
    throw std::runtime_error("the dataset's " + std::string(to_string(split)) + " split has no labels");
  }
  return labels;
}

std::unique_ptr<Rows> DataFace::noisy(Split split, std::shared_ptr<const Noise> noise) {
  noise->check(data_.shape());
  return std::make_unique<NoisyRows>(data_.for_evaluation(split), data_.shape(), std::move(noise), subject_.seed, stop_);
}

std::string DataFace::noise_text() const {
  const auto& noise = subject_.config.table(Noise::kKind);
  return host::plugin_text(*noise.alternative->plugin, noise.values());
}

}  // namespace hourglass::evaluate
