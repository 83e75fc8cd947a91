#include "base/suggest.hpp"

#include <algorithm>
#include <vector>

namespace hourglass::base {
namespace {

/// Folds case and replaces `-` by `_`, so that words that differ only in these become equal.
std::string folded(std::string_view word) {
  std::string text(word);
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '-') c = '_';
  }
  return text;
}

/// Counts the insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, changed});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

/// Returns the initials of a name's words: `lr` for `learning_rate`.
std::string initials(std::string_view name) {
  std::string text;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (i == 0 || name[i - 1] == '_') text += name[i];
  }
  return text;
}

}  // namespace

std::string nearest(std::string_view word, std::span<const std::string> candidates) {
  const std::string meant = folded(word);
  const auto has_initials = [&](const std::string& candidate) {
    return meant.size() >= 2 && initials(folded(candidate)) == meant;
  };
  // Before edits, which turn almost any short word into another.
  if (std::ranges::count_if(candidates, has_initials) == 1) return *std::ranges::find_if(candidates, has_initials);
  const std::string* best = nullptr;
  std::size_t best_distance = 0;
  for (const auto& candidate : candidates) {
    const auto [shorter, longer] = std::minmax(meant.size(), candidate.size());
    const std::size_t limit = (longer + 1) / 3;
    if (longer - shorter > limit) continue;  // needs more edits, which take long to count in a long text
    const std::size_t edits = distance(meant, folded(candidate));
    if (edits <= limit && edits < longer && (!best || edits < best_distance)) {
      best = &candidate;
      best_distance = edits;
    }
  }
  if (best) return *best;
  const auto abbreviates = [&](const std::string& candidate) {
    return meant.size() >= 3 && folded(candidate).starts_with(meant);
  };
  if (std::ranges::count_if(candidates, abbreviates) != 1) return "";
  return *std::ranges::find_if(candidates, abbreviates);
}

std::string did_you_mean(std::string_view word, std::span<const std::string> candidates) {
  const std::string name = nearest(word, candidates);
  return name.empty() ? "" : "; did you mean '" + name + "'?";
}

}  // namespace hourglass::base
