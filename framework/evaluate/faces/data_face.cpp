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
      noisy(subject.data.for_evaluation(split), subject.data.shape(), borrowed(*subject.noise), subject.seed, stop),
      uniform(clean, Outliers::uniform, subject.seed),
      shuffled(clean, Outliers::shuffled, subject.seed) {}

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

const Rows& DataFace::codes(Split split) { return encoded(of(split).codes, model_, split); }

const Rows& DataFace::encoded(std::optional<CodeRows>& codes, TrainedModel& model, Split split) {
  if (!codes) {
    const auto classes = model.reads_labels() ? labels(split) : Labels();
    codes.emplace(of(split).clean, model.code_size(), [&model, classes](std::int64_t first, auto images, auto out) {
      const auto count = out.size() / static_cast<std::size_t>(model.code_size());
      model.encode(images, out, classes.empty() ? classes : classes.subspan(static_cast<std::size_t>(first), count));
    });
  }
  return *codes;
}

const Rows& DataFace::components(Split split) {
  auto& part = of(split);
  if (!pca_) pca_ = std::make_unique<const Pca>(train_.clean, model_.code_size());
  if (!part.components) {
    part.components.emplace(part.clean, pca_->components(),
                            [this](std::int64_t, auto images, auto codes) { pca_->project(images, codes); });
  }
  return *part.components;
}

const Rows& DataFace::outliers(Outliers kind, Split split) {
  return kind == Outliers::uniform ? of(split).uniform : of(split).shuffled;
}

std::unique_ptr<Rows> DataFace::images(std::shared_ptr<const Dataset> dataset) {
  return std::make_unique<OtherRows>(std::move(dataset), data_, stop_);
}

std::vector<Representation> DataFace::representations() const {
  std::vector<Representation> result = {Representation::codes, Representation::pixels};
  if (model_.code_size() < train_.clean.columns()) result.push_back(Representation::pca);
  result.push_back(Representation::random_codes);
  return result;
}

const Rows& DataFace::represent(Representation representation, Split split) {
  switch (representation) {
    case Representation::codes: return codes(split);
    case Representation::pixels: return clean(split);
    case Representation::random_codes: return encoded(of(split).random_codes, model_.initial(), split);
    case Representation::pca:
      if (model_.code_size() < train_.clean.columns()) return components(split);
      break;
  }
  throw std::invalid_argument("principal components need a code with fewer units than an image has pixels");
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
  return std::make_unique<NoisyRows>(data_.for_evaluation(split), data_.shape(), std::move(noise), subject_.seed,
                                     stop_);
}

std::string DataFace::noise_text() const {
  const auto& noise = subject_.config.table(Noise::kKind);
  return host::plugin_text(*noise.alternative->plugin, noise.values());
}

}  // namespace hourglass::evaluate
