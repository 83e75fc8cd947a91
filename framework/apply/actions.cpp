#include "apply/actions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "apply/blocks.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "evaluate/inference.hpp"
#include "hourglass/noise.hpp"

namespace hourglass::apply {
namespace {

results::Column name_column(std::string title) { return {title, title, 5, false}; }

/// Returns the path of the picture that is made of another one: "cats/1.jpg" -> "cats/1.png".
std::string picture_of(const std::string& name) {
  return std::filesystem::path(name).replace_extension(".png").generic_string();
}

bool can_be_pictures(const Restored& restored) {
  const auto shape = restored.subject.data.shape();
  return restored.subject.data.part(Split::train).samples->range().bounded() && shape.height > 1 &&
         (shape.channels == 1 || shape.channels == 3);
}

}  // namespace

void check_denoises(const Restored& restored) {
  if (restored.subject.config.is_active(Noise::kKind)) return;
  throw base::UserError(
      "the model was trained without noise, so it has not learnt to remove any; use `reconstruct`, or apply a run with "
      "[noise]");
}

results::Table reconstruct(Restored& restored, const Input& input, const Class& given, OutputFolder& output) {
  check_class(restored, restored.model.reads_labels(), given);
  const auto& shape = input.shape();
  const auto file = std::filesystem::path(input.names().front()).stem().string() + ".npy";
  results::Table table{{name_column("image"), name_column("output"), {"mse", "mse"}}, {}};
  std::vector<float> array;
  for_each_block(input, given, [&](std::int64_t first, std::span<const float> images, Labels labels) {
    std::vector<float> out(images.size());
    restored.model.reconstruct(images, out, labels);
    const auto errors = squared_errors(images, out, shape.size());
    input.values().to_file(out);
    for (std::size_t i = 0; i < errors.size(); ++i) {
      const auto& name = input.names()[static_cast<std::size_t>(first) + i];
      const auto written = input.pictures() ? picture_of(name) : file;
      const auto image = std::span(out).subspan(i * out.size() / errors.size(), out.size() / errors.size());
      if (input.pictures()) output.write_picture(written, image, shape);
      table.rows.push_back({name, written, errors[i]});
    }
    if (!input.pictures()) array.insert(array.end(), out.begin(), out.end());
  });
  if (!input.pictures()) output.write_array(file, {input.rows(), shape.channels, shape.height, shape.width}, array);
  return table;
}

std::vector<float> encode(Restored& restored, const Input& input, const Class& given) {
  const auto& autoencoder = restored.subject.autoencoder;
  check_class(restored, evaluate::needs(autoencoder, compute::Leaf::labels, {}, autoencoder.code), given);
  std::vector<float> codes(static_cast<std::size_t>(input.rows() * restored.model.code_size()));
  auto rest = std::span(codes);
  for_each_block(input, given, [&](std::int64_t, std::span<const float> images, Labels labels) {
    const auto size = static_cast<std::size_t>(std::ssize(images) / input.columns() * restored.model.code_size());
    restored.model.encode(images, rest.first(size), labels);
    rest = rest.subspan(size);
  });
  return codes;
}

results::Table classify(Restored& restored, const Input& input, std::string& description) {
  const auto& autoencoder = restored.subject.autoencoder;
  const auto classes = static_cast<std::size_t>(restored.data.classes());
  if (classes < 2) {
    throw base::UserError(
        fmt::format("a classifier needs labels of at least two classes, but the run's dataset has {}; use `encode`, or "
                    "apply a run on data with labels",
                    classes == 0 ? "no labels" : "one class"));
  }
  if (evaluate::needs(autoencoder, compute::Leaf::labels, {}, autoencoder.code)) {
    throw base::UserError(
        "the encoder reads the labels that a classifier is to find; apply a run of another bottleneck");
  }
  const auto classifier = restored.fit.image_classifier({});
  description = fmt::format("{}; accuracy on the run's test images {:.4f}", classifier->description(),
                            classifier->result().test_accuracy);
  const auto names = restored.data.class_names();
  results::Table table{{name_column("image"),
                        name_column("class"),
                        {"probability", "probability"},
                        name_column("second"),
                        {"probability of second", "second_probability"}},
                       {}};
  for_each_block(input, std::nullopt, [&](std::int64_t first, std::span<const float> images, Labels) {
    const auto count = static_cast<std::size_t>(std::ssize(images) / input.columns());
    std::vector<float> probabilities(count * classes);
    classifier->probabilities(images, probabilities);
    for (std::size_t i = 0; i < count; ++i) {
      const auto row = std::span(probabilities).subspan(i * classes, classes);
      std::vector<std::size_t> order(classes);
      for (std::size_t c = 0; c < classes; ++c) order[c] = c;
      std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return row[a] > row[b]; });
      table.rows.push_back({input.names()[static_cast<std::size_t>(first) + i], names[order[0]],
                            static_cast<double>(row[order[0]]), names[order[1]], static_cast<double>(row[order[1]])});
    }
  });
  return table;
}

results::Table sample(Restored& restored, const Class& given, std::int64_t count, std::int64_t seed,
                      OutputFolder& output) {
  auto& model = restored.model;
  if (const auto fault = evaluate::prior_fault(restored.subject.autoencoder)) {
    throw base::UserError(
        fmt::format("the model cannot sample: {}; apply a run whose bottleneck has a prior, such as "
                    "`variational`",
                    fault.reason));
  }
  if (!model.has_decoder()) {
    throw base::UserError(
        "the model cannot sample: its decoder also reads the image; apply a run of an architecture "
        "without skip connections");
  }
  const bool labelled = model.reads_labels();
  if (!labelled) check_class(restored, false, given);
  const auto names = restored.data.class_names();
  std::vector<std::int32_t> classes = {given.value_or(0)};
  for (std::int32_t c = 1; labelled && !given && c < std::ssize(names); ++c) classes.push_back(c);
  const auto shape = restored.subject.data.shape();
  const bool pictures = can_be_pictures(restored);
  const ValueMap values(restored.subject.data,
                        pictures ? ValueRange{} : restored.subject.data.part(Split::train).samples->range(), false);
  results::Table table{{name_column("image"), name_column("class")}, {}};
  if (!labelled) table.columns.pop_back();
  for (const auto each : classes) {
    base::PhiloxRng rng(static_cast<std::uint64_t>(seed), base::Stream::sampling, 0, static_cast<std::uint64_t>(each));
    const std::vector<std::int32_t> labels(static_cast<std::size_t>(labelled ? count : 0), each);
    std::vector<float> codes(static_cast<std::size_t>(count * model.code_size())),
        images(static_cast<std::size_t>(count * shape.size()));
    model.sample_codes(codes, rng, labels);
    model.decode(codes, images, labels);
    values.to_file(images);
    auto folder = labelled ? "class_" + names[static_cast<std::size_t>(each)] : std::string();
    std::ranges::replace(folder, '/', '_');
    if (labelled) folder += '/';
    for (std::int64_t i = 0; i < count; ++i) {
      const auto name = pictures ? fmt::format("{}sample_{:04}.png", folder, i) : folder + "samples.npy";
      const auto image =
          std::span(images).subspan(static_cast<std::size_t>(i * shape.size()), static_cast<std::size_t>(shape.size()));
      if (pictures) output.write_picture(name, image, shape);
      table.rows.push_back({pictures ? name : fmt::format("{}[{}]", name, i)});
      if (labelled) table.rows.back().push_back(names[static_cast<std::size_t>(each)]);
    }
    if (!pictures)
      output.write_array(folder + "samples.npy", {count, shape.channels, shape.height, shape.width}, images);
  }
  return table;
}

}  // namespace hourglass::apply
