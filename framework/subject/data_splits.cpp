#include "subject/data_splits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <numeric>

#include "base/error.hpp"
#include "compute/kernels/parallel.hpp"
#include "subject/settings.hpp"

namespace hourglass::subject {
namespace {

/// Images that a thread processes at a time: few enough to balance the load, many enough to hide scheduling costs.
constexpr std::int64_t kImagesPerBlock = 8;

/// Runs `body(i)` for every image in parallel and then rethrows the first exception: none may leave an OpenMP region.
template <class Body>
void for_each_image(std::int64_t count, const Body& body) {
  std::exception_ptr failure;
  std::mutex mutex;
  compute::parallel_blocks(count, kImagesPerBlock, [&](std::int64_t begin, std::int64_t end) {
    try {
      for (auto i = begin; i < end; ++i) body(static_cast<std::size_t>(i));
    } catch (...) {
      const std::scoped_lock lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  });
  if (failure) std::rethrow_exception(failure);
}

/// Returns what is wrong with the samples of a plugin, or "". Checks the pixels of only a few images.
std::string fault_of(const Samples& samples, const ImageShape& shape, std::int64_t classes) {
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
  const auto odd = std::ranges::find_if(labels, [&](std::int32_t label) { return label < 0 || label >= classes; });
  if (odd != labels.end())
    return fmt::format("has the label {} at image {}, but only {} classes", *odd, odd - labels.begin(), classes);

  std::vector<std::int64_t> indices(static_cast<std::size_t>(std::min(kImagesSeen, samples.size())));
  std::iota(indices.begin(), indices.end(), std::int64_t{0});
  std::vector<float> images(indices.size() * static_cast<std::size_t>(own.size()));
  samples.read(indices, images);
  const auto outside = std::ranges::find_if(images, [](float pixel) { return !(pixel >= 0 && pixel <= 1); });
  return outside == images.end() ? "" : fmt::format("has a pixel of {}, outside [0, 1]", *outside);
}

}  // namespace

std::span<const std::int32_t> SplitView::labels() const {
  if (samples_ == nullptr) return {};
  const auto all = samples_->labels();
  return all.empty() ? all : all.subspan(static_cast<std::size_t>(first_), static_cast<std::size_t>(size_));
}

void SplitView::read(std::span<const std::int64_t> indices, std::span<float> images) const {
  const auto size = images.size() / indices.size();
  for_each_image(static_cast<std::int64_t>(indices.size()), [&](std::size_t i) {
    const auto index = first_ + indices[i];
    samples_->read({&index, 1}, images.subspan(i * size, size));
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
  for_each_image(static_cast<std::int64_t>(indices.size()), [&](std::size_t i) {
    const auto index = first_ + indices[i];
    base::PhiloxRng rng(seed, stream, epoch, key_ | static_cast<std::uint64_t>(index));
    noise.corrupt(clean.subspan(i * size, size), noisy.subspan(i * size, size), shape, rng);
  });
}

void SplitView::read_noisy(std::span<const std::int64_t> indices, std::span<float> clean, std::span<float> noisy,
                           const Noise& noise, std::uint64_t seed, base::Stream stream, std::uint64_t epoch) const {
  read(indices, clean);
  corrupt(indices, clean, noisy, samples_->shape(), noise, seed, stream, epoch);
}

Data::Data(const experiment::Config& config) {
  const auto& table = config.table("dataset");
  const auto place = experiment::place_text(table.origin) + ": [dataset] " + table.alternative->name + ": ";
  dataset_ = config.create<Dataset>("dataset");
  try {
    train_ = dataset_->open(Split::train, access_);
    validation_ = dataset_->open(Split::validation, access_);
    test_ = dataset_->open(Split::test, access_);
    access_.finish_opening();
    check();
  } catch (...) {
    throw base::UserError(place + base::current_exception_text());
  }
  if (!validation_) {
    const auto share = config.as<TrainSettings>("train").validation;
    cut_ = static_cast<std::int64_t>(share * static_cast<double>(train_->size()));
  }
}

void Data::check() {
  if (!train_ || !test_) throw base::UserError("a dataset needs a train and a test split; this is a bug in the plugin");
  shape_ = train_->shape();
  class_names_ = train_->class_names();
  for (const auto split : {Split::train, Split::validation, Split::test}) {
    const auto* samples = split == Split::train ? train_.get() : split == Split::test ? test_.get() : validation_.get();
    if (samples == nullptr) continue;
    const auto fault = fault_of(*samples, shape_, classes());
    if (!fault.empty()) {
      throw base::UserError(fmt::format("{} {}; this is an error in the plugin or its data", to_string(split), fault));
    }
  }
}

SplitView Data::split(Split split) const {
  // A validation split cut from train keeps train's key, so that an image's noise does not depend on where it is cut.
  switch (split) {
    case Split::train: return {train_.get(), 0, train_->size() - cut_, split};
    case Split::validation:
      if (validation_) return {validation_.get(), 0, validation_->size(), split};
      return {train_.get(), train_->size() - cut_, cut_, Split::train};
    default: return {test_.get(), 0, test_->size(), split};
  }
}

}  // namespace hourglass::subject
