#include "evaluate/faces/data_face.hpp"

#include <stdexcept>
#include <string>

namespace hourglass::evaluate {

DataFace::Part::Part(const subject::Subject& subject, Split split, StopFlag stop)
    : clean(subject.data.for_evaluation(split), subject.data.shape(), stop),
      noisy(subject.data.for_evaluation(split), subject.data.shape(), *subject.noise, subject.seed, stop) {}

DataFace::DataFace(const subject::Subject& subject, TrainedModel& model, StopFlag stop)
    : data_(subject.data),
      model_(model),
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

}  // namespace hourglass::evaluate
