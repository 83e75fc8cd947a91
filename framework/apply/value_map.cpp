#include "apply/value_map.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace hourglass::apply {

ValueMap::ValueMap(const subject::Data& data, const ValueRange& file, bool inverts)
    : normalisation_(data.normalisation()),
      dataset_(data.part(Split::train).samples->range()),
      file_(dataset_.bounded() ? file : dataset_),
      inverts_(inverts) {
  if (inverts && !dataset_.bounded())
    throw base::UserError("--invert: the values of the run's dataset have no bounds to exchange; leave it out");
}

void ValueMap::to_model(std::span<float> images) const {
  if (file_ != dataset_ || inverts_) {
    const double from = inverts_ ? dataset_.max : dataset_.min, slope = (inverts_ ? -1 : 1) * dataset_.width();
    for (float& value : images)
      value = static_cast<float>(from + slope * ((static_cast<double>(value) - file_.min) / file_.width()));
  }
  normalisation_.apply(images);
}

void ValueMap::to_file(std::span<float> images) const {
  const auto shift = normalisation_.shift(), factor = normalisation_.factor();
  for (std::size_t i = 0; i < images.size(); ++i) {
    double value = images[i];
    if (!shift.empty()) {
      const double scale = factor[i % factor.size()], origin = shift[i % shift.size()];
      value = scale == 0 ? origin : value / scale + origin;
    }
    if (dataset_.bounded()) {
      value = std::clamp(value, dataset_.min, dataset_.max);
      if (file_ != dataset_ || inverts_) {
        const double place = (value - dataset_.min) / dataset_.width();
        value = file_.min + file_.width() * (inverts_ ? 1 - place : place);
      }
    }
    images[i] = static_cast<float>(value);
  }
}

}  // namespace hourglass::apply
