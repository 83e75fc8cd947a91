#include "subject/classes.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

namespace hourglass::subject {
namespace {

/// Returns the labels that occur, each once, in ascending order.
std::vector<std::int32_t> distinct(std::span<const std::int32_t> labels) {
  std::vector<std::int32_t> values(labels.begin(), labels.end());
  std::ranges::sort(values);
  values.erase(std::ranges::unique(values).begin(), values.end());
  return values;
}

}  // namespace

Classes::Classes(std::span<const Samples* const> splits) : names_(splits.front()->class_names()) {
  if (!names_.empty()) {
    labels_.resize(names_.size());
    std::iota(labels_.begin(), labels_.end(), 0);
    return;
  }
  std::vector<std::int32_t> known;  // ascending
  for (const auto* samples : splits) {
    if (samples == nullptr) continue;
    const auto here = distinct(samples->labels());
    std::ranges::set_difference(here, known, std::back_inserter(labels_));
    known = distinct(labels_);
  }
  for (const auto label : labels_) names_.push_back(std::to_string(label));
  counted_ = !labels_.empty();
}

std::vector<std::int32_t> Classes::of(std::span<const std::int32_t> labels) const {
  std::vector<std::int32_t> classes(labels.begin(), labels.end());
  if (!counted_) return classes;
  std::vector<std::pair<std::int32_t, std::int32_t>> class_of;  // (label, class), by label
  for (const auto label : labels_) class_of.emplace_back(label, static_cast<std::int32_t>(class_of.size()));
  std::ranges::sort(class_of);
  for (auto& one : classes) {
    one = std::ranges::lower_bound(class_of, one, {}, &std::pair<std::int32_t, std::int32_t>::first)->second;
  }
  return classes;
}

}  // namespace hourglass::subject
