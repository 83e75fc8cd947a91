#include "train/data.hpp"

#include <exception>
#include <mutex>
#include <numeric>

#include "compute/parallel.hpp"
#include "host/error.hpp"
#include "train/settings.hpp"

namespace hourglass::train {
namespace {

/// Images that one thread takes at a time: few enough to balance, many enough to hide the hand-over.
constexpr std::int64_t kImagesPerBlock = 8;

/// Runs `body(i)` for every image in parallel and rethrows the first exception, which must not leave an OpenMP region.
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

void SplitView::read_noisy(std::span<const std::int64_t> indices, std::span<float> clean, std::span<float> noisy,
                           const Noise& noise, std::uint64_t seed, host::Stream stream, std::uint64_t epoch) const {
  const auto size = clean.size() / indices.size();
  const auto shape = samples_->shape();
  for_each_image(static_cast<std::int64_t>(indices.size()), [&](std::size_t i) {
    const auto index = first_ + indices[i];
    samples_->read({&index, 1}, clean.subspan(i * size, size));
    host::PhiloxRng rng(seed, stream, epoch, key_ | static_cast<std::uint64_t>(index));
    noise.corrupt(clean.subspan(i * size, size), noisy.subspan(i * size, size), shape, rng);
  });
}

Data::Data(const host::Config& config) {
  const auto& table = config.table("dataset");
  const auto place = host::to_string(table.origin) + ": [dataset] " + table.alternative->name + ": ";
  try {
    dataset_ = config.create<Dataset>("dataset");
    train_ = dataset_->open(Split::train, access_);
    validation_ = dataset_->open(Split::validation, access_);
    test_ = dataset_->open(Split::test, access_);
  } catch (const std::exception& error) {
    throw host::UserError(place + error.what());
  }
  if (!train_ || !test_)
    throw host::UserError(place + "the plugin gives no train or no test split; a dataset has both");
  shape_ = train_->shape();
  class_names_ = train_->class_names();
  for (const auto* samples : {test_.get(), validation_.get()}) {
    if (samples != nullptr && samples->shape() != shape_) {
      throw host::UserError(place + "images of train are " + to_string(shape_) + ", those of another split " +
                            to_string(samples->shape()) + "; all splits need one shape");
    }
  }
  if (!validation_) {
    const auto share = config.as<TrainSettings>("train").validation;
    cut_ = static_cast<std::int64_t>(share * static_cast<double>(train_->size()));
  }
}

SplitView Data::split(Split split) const {
  // Validation cut from train keeps train's key: an image's noise does not depend on where the cut is.
  switch (split) {
    case Split::train: return {train_.get(), 0, train_->size() - cut_, split};
    case Split::validation:
      if (validation_) return {validation_.get(), 0, validation_->size(), split};
      return {train_.get(), train_->size() - cut_, cut_, Split::train};
    default: return {test_.get(), 0, test_->size(), split};
  }
}

}  // namespace hourglass::train
