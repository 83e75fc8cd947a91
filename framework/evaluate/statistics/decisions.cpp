// Counts over sorted scores and contingency tables.
#include "evaluate/statistics/decisions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <utility>
#include <vector>

#include "evaluate/statistics/assignment.hpp"

namespace hourglass::evaluate {
namespace {

double pairs(double count) { return count * (count - 1) / 2; }

/// The number of rows in each cluster and class, [clusters, classes], with the sums of rows and columns.
struct Contingency {
  std::size_t clusters = 0, classes = 0;
  std::vector<double> counts, of_cluster, of_class;
  double total = 0;

  Contingency(Labels a, Labels b) : total(static_cast<double>(a.size())) {
    if (a.size() != b.size() || a.empty() || std::ranges::min(a) < 0 || std::ranges::min(b) < 0) {
      throw std::invalid_argument(
          fmt::format("an agreement expects equally many clusters and classes, at least 0 each, but got {} and {}",
                      a.size(), b.size()));
    }
    clusters = static_cast<std::size_t>(std::ranges::max(a)) + 1;
    classes = static_cast<std::size_t>(std::ranges::max(b)) + 1;
    counts.resize(clusters * classes);
    of_cluster.resize(clusters);
    of_class.resize(classes);
    for (std::size_t i = 0; i < a.size(); ++i) {
      const auto cluster = static_cast<std::size_t>(a[i]), label = static_cast<std::size_t>(b[i]);
      ++counts[cluster * classes + label];
      ++of_cluster[cluster];
      ++of_class[label];
    }
  }
};

double entropy(const std::vector<double>& counts, double total) {
  double sum = 0;
  for (const double count : counts) sum -= count > 0 ? count / total * std::log(count / total) : 0;
  return sum;
}

double mutual_information(const Contingency& table) {
  double sum = 0;
  for (std::size_t i = 0; i < table.counts.size(); ++i) {
    const double count = table.counts[i];
    if (count == 0) continue;
    sum += count / table.total *
           std::log(count * table.total / (table.of_cluster[i / table.classes] * table.of_class[i % table.classes]));
  }
  return sum;
}

double adjusted_rand(const Contingency& table) {
  double both = 0, clusters = 0, classes = 0;
  for (const double count : table.counts) both += pairs(count);
  for (const double count : table.of_cluster) clusters += pairs(count);
  for (const double count : table.of_class) classes += pairs(count);
  const double expected = table.total > 1 ? clusters * classes / pairs(table.total) : 0;
  const double most = (clusters + classes) / 2;
  return most == expected ? 1 : (both - expected) / (most - expected);
}

double matched(const Contingency& table) {
  const auto side = std::max(table.clusters, table.classes);
  std::vector<double> costs(side * side);
  for (std::size_t i = 0; i < table.counts.size(); ++i)
    costs[i / table.classes * side + i % table.classes] = -table.counts[i];
  const auto columns = cheapest_assignment(costs, side);
  double sum = 0;
  for (std::size_t row = 0; row < side; ++row) sum -= costs[row * side + columns[row]];
  return sum / table.total;
}

}  // namespace

Detection detection(std::span<const double> positives, std::span<const double> negatives) {
  if (positives.empty() || negatives.empty()) {
    throw std::invalid_argument(fmt::format("a detection expects positives and negatives, but got {} and {}",
                                            positives.size(), negatives.size()));
  }
  std::vector<std::pair<double, bool>> scores;
  for (const double score : positives) scores.emplace_back(score, true);
  for (const double score : negatives) scores.emplace_back(score, false);
  if (std::ranges::any_of(scores, [](const auto& each) { return std::isnan(each.first); })) {
    throw std::invalid_argument("a detection expects scores that are numbers, but got NaN");
  }
  std::ranges::sort(scores, [](const auto& a, const auto& b) { return a.first > b.first; });
  const auto all_positives = static_cast<double>(positives.size()),
             all_negatives = static_cast<double>(negatives.size());
  Detection result;
  result.fpr95 = -1;
  double found = 0, wrong = 0;
  for (std::size_t i = 0; i < scores.size();) {
    double more = 0, more_wrong = 0;
    const double threshold = scores[i].first;
    for (; i < scores.size() && scores[i].first == threshold; ++i) (scores[i].second ? more : more_wrong) += 1;
    // Each negative at the threshold loses against the positives above it, and ties with those at it.
    result.auroc += more_wrong * (found + more / 2) / (all_positives * all_negatives);
    found += more;
    wrong += more_wrong;
    result.aupr += found / (found + wrong) * more / all_positives;
    if (result.fpr95 < 0 && found >= 0.95 * all_positives) result.fpr95 = wrong / all_negatives;
  }
  return result;
}

Agreement agreement(Labels clusters, Labels classes) {
  const Contingency table(clusters, classes);
  const double mean = (entropy(table.of_cluster, table.total) + entropy(table.of_class, table.total)) / 2;
  return {mean == 0 ? 1 : mutual_information(table) / mean, adjusted_rand(table), matched(table)};
}

Calibration calibration(std::span<const float> probabilities, Labels labels) {
  constexpr std::size_t kBins = 15;
  constexpr double kLeast = 1e-12;
  const auto classes = labels.empty() ? 0 : probabilities.size() / labels.size();
  if (labels.empty() || classes * labels.size() != probabilities.size() ||
      std::ranges::any_of(labels, [&](auto y) { return y < 0 || static_cast<std::size_t>(y) >= classes; })) {
    throw std::invalid_argument(
        fmt::format("a calibration expects a row of probabilities for each label, but got {} "
                    "numbers for {} labels",
                    probabilities.size(), labels.size()));
  }
  std::vector<double> gaps(kBins);
  Calibration result;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto row = probabilities.subspan(i * classes, classes);
    const auto label = static_cast<std::size_t>(labels[i]);
    const auto top = std::ranges::max_element(row);
    const double right = top - row.begin() == labels[i] ? 1 : 0, confidence = *top;
    result.accuracy += right;
    result.nll -= std::log(std::max(kLeast, static_cast<double>(row[label])));
    gaps[std::min(kBins - 1, static_cast<std::size_t>(confidence * kBins))] += confidence - right;
    for (std::size_t c = 0; c < classes; ++c) result.brier += std::pow(row[c] - (c == label ? 1.0 : 0.0), 2);
  }
  const auto count = static_cast<double>(labels.size());
  for (const double gap : gaps) result.ece += std::abs(gap) / count;
  result.accuracy /= count;
  result.nll /= count;
  result.brier /= count;
  return result;
}

}  // namespace hourglass::evaluate
