// Describes the units of the code: how sparse they are, how many are used, and what they say about the class.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "hourglass/task.hpp"

namespace {

using namespace hourglass;

/// Images per read.
constexpr std::int64_t kBlock = 1024;
/// Bins of a unit's range when its mutual information with the class is estimated (Locatello et al. 2019).
constexpr std::size_t kBins = 20;
/// A unit whose mean varies more over images is active (Burda et al. 2016).
constexpr double kActive = 0.01;

/// One unit, over the test images.
struct Unit {
  double mean = 0, variance = 0, zeros = 0;  ///< zeros: fraction of images
  double least = INFINITY, most = -INFINITY;
  double information = 0;  ///< with the class, nats

  bool constant() const { return least == most; }
};

class CodeStatistics final : public Task {
 public:
  struct Params {
    std::vector<std::string> baselines = {"pca", "random_encoder"};
  };
  static void declare(ParamTable<Params>& table) {
    table.add("baselines", &Params::baselines, Choices{code_baselines()}, "what else is described");
  }

  explicit CodeStatistics(const Params& params) : params_(params) {}

  void run(TaskContext& context) const override {
    Curve curve{"units, by falling variance", "share of the variance", {}, {}};
    for (const auto representation : compared(context, params_.baselines)) {
      const auto& rows = context.data.represent(representation, Split::test);
      const std::string baseline = baseline_of(representation);
      const auto units = describe(rows, labels_of(context));
      report(context, units, baseline);
      curve.series.push_back(baseline.empty() ? "codes" : baseline);
      curve.points.push_back(shares(units));
      if (representation == Representation::codes) write_table(context, units);
    }
    context.report.curve("variance", curve);
  }

 private:
  static Labels labels_of(TaskContext& context) {
    return context.data.classes() > 1 ? context.data.labels(Split::test) : Labels();
  }

  template <class Body>
  static void for_each_value(const Rows& rows, const Body& body) {
    std::vector<float> values;
    const auto columns = static_cast<std::size_t>(rows.columns());
    for (std::int64_t first = 0; first < rows.rows(); first += kBlock) {
      values.resize(static_cast<std::size_t>(std::min(kBlock, rows.rows() - first)) * columns);
      rows.read(first, values);
      for (std::size_t i = 0; i < values.size(); ++i)
        body(static_cast<std::size_t>(first) + i / columns, i % columns, static_cast<double>(values[i]));
    }
  }

  static std::vector<Unit> describe(const Rows& rows, Labels labels) {
    std::vector<Unit> units(static_cast<std::size_t>(rows.columns()));
    const auto count = static_cast<double>(rows.rows());
    for_each_value(rows, [&](std::size_t, std::size_t k, double value) {
      auto& unit = units[k];
      unit.mean += value / count;
      unit.zeros += value == 0 ? 1 / count : 0;
      unit.least = std::min(unit.least, value);
      unit.most = std::max(unit.most, value);
    });
    const auto classes = labels.empty() ? 0 : static_cast<std::size_t>(std::ranges::max(labels)) + 1;
    std::vector<double> counts(units.size() * kBins * classes);
    for_each_value(rows, [&](std::size_t row, std::size_t k, double value) {
      auto& unit = units[k];
      unit.variance += std::pow(value - unit.mean, 2) / count;
      if (classes == 0 || unit.constant()) return;
      const auto bin = static_cast<std::size_t>((value - unit.least) / (unit.most - unit.least) * kBins);
      ++counts[(k * kBins + std::min(bin, kBins - 1)) * classes + static_cast<std::size_t>(labels[row])];
    });
    for (std::size_t k = 0; k < units.size() && classes > 0; ++k)
      units[k].information = information(std::span(counts).subspan(k * kBins * classes, kBins * classes), classes);
    return units;
  }

  /// Returns the mutual information, in nats, of bins and classes with these counts, [kBins, classes].
  static double information(std::span<const double> counts, std::size_t classes) {
    std::vector<double> of_bin(kBins), of_class(classes);
    double total = 0, sum = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      of_bin[i / classes] += counts[i];
      of_class[i % classes] += counts[i];
      total += counts[i];
    }
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (counts[i] > 0)
        sum += counts[i] / total * std::log(counts[i] * total / (of_bin[i / classes] * of_class[i % classes]));
    }
    return sum;
  }

  static double entropy(Labels labels) {
    std::vector<double> counts(static_cast<std::size_t>(std::ranges::max(labels)) + 1);
    for (const auto label : labels) ++counts[static_cast<std::size_t>(label)];
    double sum = 0;
    for (const double count : counts) {
      const double share = count / static_cast<double>(labels.size());
      if (share > 0) sum -= share * std::log(share);
    }
    return sum;
  }

  static void report(TaskContext& context, const std::vector<Unit>& units, const std::string& baseline) {
    const auto count = static_cast<double>(units.size());
    const auto metric = [&](const char* name, double value, const char* unit, Direction better, const char* how) {
      context.report.metric(
          {name, Split::test, value, unit, better, std::string("clean test images, ") + how, baseline});
    };
    double zeros = 0, dead = 0, active = 0, sum = 0, squares = 0;
    for (const auto& unit : units) {
      zeros += unit.zeros / count;
      dead += unit.constant() ? 1 / count : 0;
      active += unit.variance > kActive ? 1 : 0;
      sum += unit.variance;
      squares += unit.variance * unit.variance;
    }
    metric("zeros", zeros, "fraction", Direction::higher, "mean share of units that are exactly zero");
    metric("dead_units", dead, "fraction", Direction::lower, "the same value for all images");
    metric("active_units", active, "units", Direction::higher,
           "variance over the images above 0.01 (Burda et al. 2016)");
    if (squares > 0) {
      metric("effective_units", sum * sum / squares, "units", Direction::higher,
             "(sum of variances)^2 / sum of squared variances");
    }
    const Labels labels = labels_of(context);
    if (labels.empty() || units.size() < 2 || entropy(labels) == 0) return;
    std::vector<double> information;
    for (const auto& unit : units) information.push_back(unit.information / entropy(labels));
    std::ranges::nth_element(information, information.begin() + 1, std::ranges::greater());
    metric("class_information", information[0], "1", Direction::higher,
           "largest mutual information of a unit, in 20 bins, with the class, relative to the class's entropy");
    metric("mutual_information_gap", information[0] - information[1], "1", Direction::higher,
           "by how much the unit with the largest such information exceeds the next (Chen et al. 2018), with the class "
           "as the only factor");
  }

  static std::vector<std::pair<double, double>> shares(const std::vector<Unit>& units) {
    std::vector<double> variances;
    for (const auto& unit : units) variances.push_back(unit.variance);
    std::ranges::sort(variances, std::ranges::greater());
    const double total = std::accumulate(variances.begin(), variances.end(), 0.0);
    std::vector<std::pair<double, double>> result;
    double sum = 0;
    for (std::size_t i = 0; i < variances.size(); ++i) {
      sum += total > 0 ? variances[i] / total : 0;
      result.emplace_back(static_cast<double>(i + 1), sum);
    }
    return result;
  }

  static void write_table(TaskContext& context, const std::vector<Unit>& units) {
    std::vector<std::vector<std::string>> cells;
    for (std::size_t k = 0; k < units.size(); ++k) {
      const auto& unit = units[k];
      cells.push_back({std::to_string(k), std::to_string(unit.mean), std::to_string(unit.variance),
                       std::to_string(unit.zeros), std::to_string(unit.least), std::to_string(unit.most),
                       std::to_string(unit.information)});
    }
    context.report.table("units", {"unit", "mean", "variance", "zeros", "min", "max", "class_information_nats"}, cells);
  }

  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<CodeStatistics>(
    "code_statistics", "Sparse, dead and active units of the code, their variances and information about the class."))
