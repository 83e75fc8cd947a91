#include "subject/data_splits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "base/error.hpp"
#include "base/guest_code.hpp"
#include "compute/kernels/parallel.hpp"
#include "subject/sample_faults.hpp"
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

/// Returns the origin of a key that all datasets share.
const experiment::Origin& origin_of_common(const experiment::Section& table, std::string_view key) {
  const auto& specs = params_of<DatasetSettings>().specs();
  return table.common.at(static_cast<std::size_t>(std::ranges::find(specs, key, &ParamSpec::name) - specs.begin()))
      .origin;
}

[[noreturn]] void refuse(const experiment::Section& table, std::string_view key, const std::string& text) {
  throw base::UserError(fmt::format("{}: [dataset] {}", experiment::place_text(origin_of_common(table, key)), text));
}

/// Returns the images of a part at these places.
Part some_of(const Part& part, const std::vector<std::int64_t>& places) {
  auto result = part;
  result.size = std::ssize(places);
  result.labels.clear();
  result.rows = places;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto place = static_cast<std::size_t>(places[i]);
    if (!part.rows.empty()) result.rows[i] = part.rows[place];
    if (!part.labels.empty()) result.labels.push_back(part.labels[place]);
  }
  return result;
}

/// Moves images that are drawn from `part` to the result.
Part take(Part& part, const SplitDraw& draw) {
  auto drawn = some_of(part, draw.drawn);
  part = some_of(part, draw.rest);
  return drawn;
}

}  // namespace

void SplitView::require_open() const {
  if (sealed_) throw std::logic_error("the test split can only be read by evaluation");
}

std::span<const std::int32_t> SplitView::labels() const {
  require_open();
  return part_ == nullptr ? std::span<const std::int32_t>() : part_->labels;
}

std::int64_t SplitView::row_of(std::int64_t index) const {
  return part_->rows.empty() ? index : part_->rows[static_cast<std::size_t>(index)];
}

void SplitView::read(std::span<const std::int64_t> indices, std::span<float> images) const {
  require_open();
  const auto size = images.size() / indices.size();
  for_each_image(static_cast<std::int64_t>(indices.size()), [&](std::size_t i) {
    const auto row = row_of(indices[i]);
    const auto image = images.subspan(i * size, size);
    part_->samples->read({&row, 1}, image);
    base::restore_arithmetic();
    if (part_->normalisation != nullptr) part_->normalisation->apply(image);
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
  const auto& range = part_->range;
  const bool maps = !noise.accepts_any_range() && range != ValueRange{};
  const auto least = static_cast<float>(range.min), width = static_cast<float>(range.width());
  for_each_image(static_cast<std::int64_t>(indices.size()), [&](std::size_t i) {
    base::PhiloxRng rng(seed, stream, epoch, key | static_cast<std::uint64_t>(row_of(indices[i])));
    auto image = clean.subspan(i * size, size);
    const auto out = noisy.subspan(i * size, size);
    std::vector<float> mapped;
    if (maps) {
      for (const float value : image) mapped.push_back((value - least) / width);
      image = mapped;
    }
    noise.corrupt(image, out, shape, rng);
    base::restore_arithmetic();
    if (!maps) return;
    for (auto& value : out) value = value * width + least;
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
  const auto settings = params_of<DatasetSettings>().bind(table.common_values());
  divide(config, settings);
  normalise(settings);
  const auto unseen = unseen_classes(parts_[0], parts_[2], classes_);
  if (!unseen.empty()) note_ = located(table.origin, unseen);
}

void Data::check() {
  if (!train_) throw base::UserError("a dataset needs a train split; this is a bug in the plugin");
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

Part Data::kept(const Samples& samples, Split split, Part& others) const {
  Part whole{&samples, samples.size(), {}, classes_.of(samples.labels()), split};
  std::vector<std::int64_t> used, unused;
  for (std::int64_t i = 0; i < std::ssize(whole.labels); ++i)
    (whole.labels[static_cast<std::size_t>(i)] >= 0 ? used : unused).push_back(i);
  if (unused.empty()) return whole;
  others = some_of(whole, unused);
  return some_of(whole, used);
}

void Data::reduce(const experiment::Section& table, const DatasetSettings::Params& settings) {
  auto& train = parts_[0];
  if (settings.per_class > 0) {
    if (train.labels.empty()) refuse(table, "per_class", "per_class needs labels, but the dataset has none; use limit");
    std::vector<std::int64_t> counts(classes_.names().size());
    for (const auto label : train.labels) ++counts[static_cast<std::size_t>(label)];
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (counts[i] == 0 || counts[i] >= settings.per_class) continue;  // classes that only test has cannot be drawn
      refuse(table, "per_class",
             fmt::format("per_class = {} is more than the {} training images of class {}; use at most {}",
                         settings.per_class, counts[i], classes_.names()[i], counts[i]));
    }
    train = some_of(train, draw_per_class(train.size, train.labels, classes(), settings.per_class,
                                          static_cast<std::uint64_t>(settings.split_seed))
                               .drawn);
  } else if (settings.limit > 0) {
    if (settings.limit > train.size) {
      refuse(table, "limit",
             fmt::format("limit = {} is more than the {} training images; use at most {}, or 0 for all", settings.limit,
                         train.size, train.size));
    }
    train = some_of(train, draw_evenly(train.size, train.labels, classes(), settings.limit, Purpose::limit,
                                       static_cast<std::uint64_t>(settings.split_seed))
                               .drawn);
  }
}

void Data::divide(const experiment::Config& config, const DatasetSettings::Params& settings) {
  const auto& table = config.table("dataset");
  try {
    if (!settings.classes.empty()) classes_.keep(settings.classes);
  } catch (const base::UserError& error) {
    refuse(table, "classes", error.what());
  }
  auto& [train, held_out, test] = parts_;
  auto& [other_train, other_test] = excluded_;
  const auto seed = static_cast<std::uint64_t>(settings.split_seed);
  train = kept(*train_, Split::train, other_train);
  if (Part unused; validation_) held_out = kept(*validation_, Split::validation, unused);
  if (test_) {
    test = kept(*test_, Split::test, other_test);
  } else {
    const auto drawn = share_of(train.size, settings.test_share);
    test = take(train, draw_evenly(train.size, train.labels, classes(), drawn, Purpose::test, seed));
    if (other_train.size > 0) {
      other_test = take(other_train, draw_evenly(other_train.size, {}, 0,
                                                 share_of(other_train.size, settings.test_share), Purpose::test, seed));
    }
  }
  for (const auto* part : {&train, &test}) {
    if (part->size > 0) continue;
    const auto name = part == &train ? "training" : "test";
    if (!settings.classes.empty()) refuse(table, "classes", fmt::format("'classes' leaves no {} images", name));
    refuse(table, "test_share",
           fmt::format("test_share = {} of {} images leaves no {} images", settings.test_share, train_->size(), name));
  }
  reduce(table, settings);
  const auto share = config.as<TrainSettings>("train").validation;
  if (validation_ || share == 0) return;
  held_out = take(
      train, draw_evenly(train.size, train.labels, classes(), share_of(train.size, share), Purpose::validation, seed));
  draws_ = held_out.size > 0;
}

void Data::normalise(const DatasetSettings::Params& settings) {
  const auto view = split(Split::train);
  std::vector<std::int64_t> indices;
  normalisation_ = Normalisation(settings, train_->range(), view.size(), shape_.size(),
                                 [&](std::int64_t first, std::span<float> images) {
                                   indices.resize(images.size() / static_cast<std::size_t>(shape_.size()));
                                   std::iota(indices.begin(), indices.end(), first);
                                   view.read(indices, images);
                                 });
  const auto features = train_->true_features();
  true_features_.assign(features.begin(), features.end());
  normalisation_.apply_to_directions(true_features_, shape_.size());
  const auto apply = [&](Part& part) {
    if (!normalisation_.is_identity()) part.normalisation = &normalisation_;
    part.range = normalisation_.range();
  };
  for (auto& part : parts_) apply(part);
  for (auto& part : excluded_) apply(part);
}

std::string Data::identity() const {
  auto text = "data " + content_hash() + "\n";
  if (draws_) text += "validation drawn\n";
  if (classes_.counted()) text += fmt::format("classes {}\n", fmt::join(classes_.names(), " "));
  return text;
}

}  // namespace hourglass::subject
