#include "subject/data_splits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/error.hpp"
#include "base/guest_code.hpp"
#include "compute/kernels/parallel.hpp"
#include "subject/settings.hpp"
#include "subject/validation_draw.hpp"

namespace hourglass::subject {
namespace {

/// Images that a thread processes at a time: few enough to balance the load, many enough to hide scheduling costs.
constexpr std::int64_t kImagesPerBlock = 8;

/// Runs `body(i)` for every image in parallel.
template <class Body>
void for_each_image(std::int64_t count, const Body& body) {
  compute::parallel_blocks(count, kImagesPerBlock, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = begin; i < end; ++i) body(static_cast<std::size_t>(i));
  });
}

/// Returns what is wrong with the samples of a plugin, or "". Checks the pixels of only a few images.
std::string fault_of(const Samples& samples, const ImageShape& shape, const Classes& classes) {
  constexpr std::int64_t kLargestSide = 1 << 16, kLargestImage = std::int64_t{1} << 28, kImagesSeen = 16;
  const auto own = samples.shape();
  if (own != shape) return fmt::format("has images of {}, but train has {}", to_string(own), to_string(shape));
  for (const auto side : {own.channels, own.height, own.width}) {
    if (side < 1 || side > kLargestSide)
      return fmt::format("has images of {}, but each side must be 1 to {}", to_string(own), kLargestSide);
  }
  if (own.size() > kLargestImage)
    return fmt::format("has images of {} pixels, but at most {} are supported", own.size(), kLargestImage);
  if (samples.size() < 1) return fmt::format("has {} images, but at least 1 is needed", samples.size());
  const auto labels = samples.labels();
  if (!labels.empty() && static_cast<std::int64_t>(labels.size()) != samples.size()) {
    return fmt::format("has {} labels for {} images", labels.size(), samples.size());
  }
  if (!classes.counted()) {
    const auto odd =
        std::ranges::find_if(labels, [&](std::int32_t label) { return label < 0 || label >= classes.size(); });
    if (odd != labels.end()) {
      return fmt::format("has the label {} at image {}, but only {} classes", *odd, odd - labels.begin(),
                         classes.size());
    }
  }

  std::vector<std::int64_t> indices(static_cast<std::size_t>(std::min(kImagesSeen, samples.size())));
  std::iota(indices.begin(), indices.end(), std::int64_t{0});
  std::vector<float> images(indices.size() * static_cast<std::size_t>(own.size()));
  samples.read(indices, images);
  const auto outside = std::ranges::find_if(images, [](float pixel) { return !(pixel >= 0 && pixel <= 1); });
  return outside == images.end() ? "" : fmt::format("has a pixel of {}, outside [0, 1]", *outside);
}

/// Says which classes of test do not occur in train and what that means, or returns "".
std::string unseen_classes(const Part& train, const Part& test, const Classes& classes) {
  if (train.labels.empty()) return "";
  std::vector<std::int64_t> seen(classes.names().size()), tested(classes.names().size());
  for (const auto label : train.labels) ++seen[static_cast<std::size_t>(label)];
  for (const auto label : test.labels) ++tested[static_cast<std::size_t>(label)];
  constexpr std::size_t kListed = 10;
  std::vector<std::string> missing;
  std::int64_t images = 0;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (seen[i] > 0 || tested[i] == 0) continue;
    images += tested[i];
    missing.push_back(fmt::format("{} ({})", classes.names()[i], tested[i]));
  }
  if (missing.empty()) return "";
  const auto more = missing.size() > kListed ? fmt::format(" and {} more", missing.size() - kListed) : "";
  missing.resize(std::min(missing.size(), kListed));
  return fmt::format(
      "{} of {} test images have labels that no training image has: {}{}; no classifier can predict them, so "
      "accuracies on test are at most {:.4g}",
      images, test.size, fmt::join(missing, ", "), more,
      1 - static_cast<double>(images) / static_cast<double>(test.size));
}

}  // namespace

std::span<const std::int32_t> SplitView::labels() const {
  return part_ == nullptr ? std::span<const std::int32_t>() : part_->labels;
}

std::int64_t SplitView::row_of(std::int64_t index) const {
  return part_->rows.empty() ? index : part_->rows[static_cast<std::size_t>(index)];
}

void SplitView::read(std::span<const std::int64_t> indices, std::span<float> images) const {
  const auto size = images.size() / indices.size();
  for_each_image(static_cast<std::int64_t>(indices.size()), [&](std::size_t i) {
    const auto row = row_of(indices[i]);
    part_->samples->read({&row, 1}, images.subspan(i * size, size));
    base::restore_arithmetic();
  });
}

void SplitView::one_hot(std::span<const std::int64_t> indices, std::span<float> rows) const {
  const auto labels = this->labels();
  const auto classes = rows.size() / indices.size();
  std::ranges::fill(rows, 0.0F);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    rows[i * classes + static_cast<std::size_t>(labels[static_cast<std::size_t>(indices[i])])] = 1;
  }
}

void SplitView::corrupt(std::span<const std::int64_t> indices, std::span<const float> clean, std::span<float> noisy,
                        const ImageShape& shape, const Noise& noise, std::uint64_t seed, base::Stream stream,
                        std::uint64_t epoch) const {
  const auto size = clean.size() / indices.size();
  const auto key = static_cast<std::uint64_t>(part_->noise) << 30;  // distinguishes the noise of the splits
  for_each_image(static_cast<std::int64_t>(indices.size()), [&](std::size_t i) {
    base::PhiloxRng rng(seed, stream, epoch, key | static_cast<std::uint64_t>(row_of(indices[i])));
    noise.corrupt(clean.subspan(i * size, size), noisy.subspan(i * size, size), shape, rng);
    base::restore_arithmetic();
  });
}

void SplitView::read_noisy(std::span<const std::int64_t> indices, std::span<float> clean, std::span<float> noisy,
                           const Noise& noise, std::uint64_t seed, base::Stream stream, std::uint64_t epoch) const {
  read(indices, clean);
  corrupt(indices, clean, noisy, part_->samples->shape(), noise, seed, stream, epoch);
}

Data::Data(const experiment::Config& config) {
  const auto& table = config.table("dataset");
  const auto located = [&](const experiment::Origin& origin, const std::string& text) {
    return experiment::place_text(origin) + ": [dataset] " + table.alternative->name + ": " + text;
  };
  dataset_ = config.create<Dataset>("dataset");
  try {
    const base::GuestCode guest("opening the dataset");
    train_ = dataset_->open(Split::train, access_);
    validation_ = dataset_->open(Split::validation, access_);
    test_ = dataset_->open(Split::test, access_);
    access_.finish_opening();
    check();
  } catch (...) {
    const auto text = base::current_exception_text();
    const auto* named = table.named_in(text);
    throw base::UserError(located(named ? *named : table.origin, text));
  }
  divide(config.as<TrainSettings>("train").validation);
  const auto unseen = unseen_classes(parts_[0], parts_[2], classes_);
  if (!unseen.empty()) note_ = located(table.origin, unseen);
}

void Data::check() {
  if (!train_ || !test_) throw base::UserError("a dataset needs a train and a test split; this is a bug in the plugin");
  shape_ = train_->shape();
  const std::array<const Samples*, 3> splits = {train_.get(), validation_.get(), test_.get()};
  classes_ = Classes(splits);
  for (const auto split : {Split::train, Split::validation, Split::test}) {
    const auto* samples = splits[static_cast<std::size_t>(split)];
    if (samples == nullptr) continue;
    const auto fault = fault_of(*samples, shape_, classes_);
    if (!fault.empty()) {
      throw base::UserError(fmt::format("{} {}; this is an error in the plugin or its data", to_string(split), fault));
    }
  }
}

void Data::divide(double validation) {
  auto& [train, held_out, test] = parts_;
  const auto whole = [&](const Samples& samples, Split split) {
    return Part{&samples, samples.size(), {}, classes_.of(samples.labels()), split};
  };
  train = whole(*train_, Split::train);
  test = whole(*test_, Split::test);
  if (validation_) held_out = whole(*validation_, Split::validation);
  if (validation_ || validation == 0) return;

  auto draw = draw_validation(train.size, train.labels, classes(), validation);
  const auto part = [&](std::vector<std::int64_t> rows) {
    Part result{train_.get(), static_cast<std::int64_t>(rows.size()), std::move(rows), {}, Split::train};
    if (train.labels.empty()) return result;
    for (const auto row : result.rows) result.labels.push_back(train.labels[static_cast<std::size_t>(row)]);
    return result;
  };
  draws_ = !draw.validation.empty();
  held_out = part(std::move(draw.validation));
  train = part(std::move(draw.train));
}

std::string Data::identity() const {
  auto text = "data " + content_hash() + "\n";
  if (draws_) text += "validation drawn\n";
  if (classes_.counted()) text += fmt::format("classes {}\n", fmt::join(classes_.names(), " "));
  return text;
}

}  // namespace hourglass::subject
