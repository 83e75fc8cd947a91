#include "subject/classes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

#include "base/error.hpp"
#include "base/suggest.hpp"

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

void Classes::keep(std::span<const std::string> wanted) {
  if (names_.empty()) throw base::UserError("'classes' selects classes, but the dataset has no labels; remove the key");
  std::vector<bool> kept(names_.size());
  for (const auto& text : wanted) {
    auto found = std::ranges::find(names_, text) - names_.begin();
    const auto is_label = [&](std::int32_t label) { return std::to_string(label) == text; };
    if (found == std::ssize(names_)) found = std::ranges::find_if(labels_, is_label) - labels_.begin();
    if (found == std::ssize(names_)) {
      throw base::UserError(fmt::format("'classes' has \"{}\", but the classes are {}{}", text, fmt::join(names_, ", "),
                                        base::did_you_mean(text, names_)));
    }
    kept[static_cast<std::size_t>(found)] = true;
  }
  std::size_t count = 0;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (!kept[i]) continue;
    if (count != i) names_[count] = std::move(names_[i]);
    labels_[count++] = labels_[i];
  }
  names_.resize(count);
  labels_.resize(count);
  narrowed_ = true;
}

std::vector<std::int32_t> Classes::of(std::span<const std::int32_t> labels) const {
  std::vector<std::int32_t> classes(labels.begin(), labels.end());
  if (!counted_ && !narrowed_) return classes;
  std::vector<std::pair<std::int32_t, std::int32_t>> class_of;  // (label, class), by label
  for (const auto label : labels_) class_of.emplace_back(label, static_cast<std::int32_t>(class_of.size()));
  std::ranges::sort(class_of);
  for (auto& one : classes) {
    const auto found = std::ranges::lower_bound(class_of, one, {}, &std::pair<std::int32_t, std::int32_t>::first);
    one = found != class_of.end() && found->first == one ? found->second : -1;
  }
  return classes;
}

}  // namespace hourglass::subject
