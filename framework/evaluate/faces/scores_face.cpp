#include "evaluate/faces/scores_face.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "evaluate/image_scores.hpp"
#include "evaluate/rows.hpp"

namespace hourglass::evaluate {
namespace {

/// Calls `body(first, images, targets)` for blocks of both; reads each block once if both are the same object.
template <class Body>
void for_each_pair(const Rows& images, const Rows& targets, const Body& body) {
  std::vector<float> expected;
  for_each_block(images, [&](std::int64_t first, std::span<float> values) {
    if (&images == &targets) return body(first, values, values);
    expected.resize(values.size());
    targets.read(first, expected);
    body(first, values, std::span(expected));
  });
}

}  // namespace

/// The model or a baseline, and its score.
struct ScoresFace::Contender {
  std::string baseline;  ///< empty for the model
  std::function<void(std::int64_t first, std::span<const float> images, std::span<float> out)> map;
  ImageScorer scorer;
};

void ScoresFace::check(const Rows& images, const Rows& targets) const {
  const auto size = model_.image_shape().size();
  if (images.columns() != size || targets.columns() != size || images.rows() != targets.rows()) {
    throw std::invalid_argument(
        fmt::format("images [{}, {}] cannot be scored against targets [{}, {}]: expected equally many "
                    "rows of {} pixels",
                    images.rows(), images.columns(), targets.rows(), targets.columns(), size));
  }
  if (images.rows() == 0) throw std::invalid_argument("no images to score: the split is empty");
}

Labels ScoresFace::labels_of(Split split, std::int64_t rows) const {
  if (!model_.reads_labels()) return {};
  const auto labels = data_.labels(split);
  if (static_cast<std::int64_t>(labels.size()) == rows) return labels;
  throw std::invalid_argument(
      fmt::format("the model reads labels, so inputs of the {} split expect its {} images, but got {}",
                  to_string(split), labels.size(), rows));
}

ImageScores ScoresFace::score(const Rows& images, const Rows& targets) {
  check(images, targets);
  ImageScorer scorer(model_.image_shape(), data_.range());
  for_each_pair(images, targets, [&](std::int64_t, auto values, auto expected) { scorer.add(expected, values); });
  return scorer.scores();
}

void ScoresFace::compare(const Rows& inputs, const Rows& targets, Split split, std::string_view protocol) {
  compare(inputs, targets, split, protocol, baselines_);
}

void ScoresFace::compare(std::shared_ptr<const Noise> noise, Split split, std::string_view protocol) {
  const auto train = data_.noisy(Split::train, noise), inputs = data_.noisy(split, std::move(noise));
  Baselines baselines(data_.clean(Split::train), *train, model_.code_size());
  compare(*inputs, data_.clean(split), split, protocol, baselines);
}

std::vector<ScoresFace::Contender> ScoresFace::scored(const Rows& inputs, const Rows& targets, Split split,
                                                      Baselines& baselines, const std::vector<std::string>& names) {
  check(inputs, targets);
  const auto shape = model_.image_shape();
  const auto range = data_.range();
  const bool clips = &inputs != &targets && range.bounded();
  const auto labels = labels_of(split, inputs.rows());
  std::vector<Contender> contenders;
  const auto with_model = [&](std::int64_t first, std::span<const float> images, std::span<float> out) {
    const auto count = images.size() / static_cast<std::size_t>(shape.size());
    model_.reconstruct(images, out, labels.empty() ? labels : labels.subspan(static_cast<std::size_t>(first), count));
  };
  contenders.push_back({"", with_model, ImageScorer(shape, range)});
  for (const auto& name : names) {
    const auto map = baselines.map(name);
    contenders.push_back(
        {name, [map](std::int64_t, auto images, auto out) { map(images, out); }, ImageScorer(shape, range)});
  }
  std::vector<float> out;
  for_each_pair(inputs, targets, [&](std::int64_t first, auto images, auto expected) {
    out.resize(images.size());
    for (auto& contender : contenders) {
      contender.map(first, images, out);
      if (clips) {
        const auto least = static_cast<float>(range.min), greatest = static_cast<float>(range.max);
        for (auto& value : out) value = std::clamp(value, least, greatest);
      }
      contender.scorer.add(expected, out);
    }
  });
  return contenders;
}

ImageScores ScoresFace::reconstruct(const Rows& inputs, const Rows& targets, Split split) {
  return scored(inputs, targets, split, baselines_, {}).front().scorer.scores();
}

void ScoresFace::compare(const Rows& inputs, const Rows& targets, Split split, std::string_view protocol,
                         Baselines& baselines) {
  const bool denoising = &inputs != &targets;
  const auto range = data_.range();
  const auto clipped =
      denoising && range.bounded() ? fmt::format("; all outputs clipped to [{:g}, {:g}]", range.min, range.max) : "";
  for (const auto& [baseline, map, scorer] : scored(inputs, targets, split, baselines, baselines.names(denoising))) {
    const auto fitted = baseline.empty()
                            ? fmt::format("trained on the {} training images", data_.clean(Split::train).rows())
                            : baselines.protocol(baseline);
    const auto described = fmt::format("{}{}{}{}", protocol, clipped, fitted.empty() ? "" : "; ", fitted);
    for (auto& metric : image_metrics(scorer.scores(), split, described, baseline)) report_.metric(std::move(metric));
  }
}

}  // namespace hourglass::evaluate
