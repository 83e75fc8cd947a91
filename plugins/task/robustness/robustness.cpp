// Measures how a trained model degrades under noise that it may not have been trained with, over a list of noise models
// and severities.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <memory>
#include <stdexcept>

#include "hourglass/task.hpp"

namespace {

using namespace hourglass;

constexpr const char* kMetrics[] = {"mse", "psnr", "ssim", "accuracy"};

/// What is measured of test images with one noise, or of clean ones.
struct Point {
  const Chosen<Noise>* noise = nullptr;  ///< null: clean images
  std::string text;
  std::unique_ptr<Rows> rows;  ///< null: clean images
  ImageScores scores = {};
  double accuracy = NAN;

  double value(std::string_view metric) const {
    return metric == "mse" ? scores.mse : metric == "psnr" ? scores.psnr : metric == "ssim" ? scores.ssim : accuracy;
  }
};

/// Returns what a noise model is called without its severity: points of one name are one line of a curve.
std::string line_of(const Chosen<Noise>& noise) {
  const auto rest = noise.text.find_first_of(",(", noise.name.size());
  return noise.name + (rest == std::string::npos ? "" : noise.text.substr(rest));
}

/// Writes a number in its shortest form; "" for NaN.
std::string text_of(double value) {
  if (std::isnan(value)) return "";
  std::array<char, 32> text;
  const auto result = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), result.ptr};
}

class Robustness final : public Task {
 public:
  struct Params {
    std::vector<Chosen<Noise>> noises;
    std::vector<std::string> metrics = {"mse", "accuracy"};
    std::int64_t images = 8;
    double l2 = 1e-4;
    std::int64_t iterations = 200;
  };
  static void declare(ParamTable<Params>& table) {
    table
        .add("noises", &Params::noises,
             "noise models with which test images are corrupted; a list as the severity, such as sigma = [0.1, 0.3], "
             "stands for one model per value; empty: the noise of [noise]")
        .one_per_severity();
    table.add("metrics", &Params::metrics, Choices{{std::begin(kMetrics), std::end(kMetrics)}},
              "what becomes a column of result tables for each noise; the file robustness.csv and the curves have all");
    table.add("images", &Params::images, {0, 1024}, "number of test images in the picture; 0: no picture");
    table.add("l2", &Params::l2, {0, 1e6}, "weight of the L2 penalty of the classifier on codes");
    table.add("iterations", &Params::iterations, {1, 1e6}, "maximum number of L-BFGS steps of the classifier");
  }

  explicit Robustness(const Params& params) : params_(params) {}

  Needs needs() const override { return {.noise = params_.noises.empty()}; }

  void run(TaskContext& context) const override {
    auto points = points_of(context);
    const auto& clean = context.data.clean(Split::test);
    for (auto& point : points) point.scores = context.scores.reconstruct(rows_of(point, context), clean, Split::test);
    if (has_labels(context)) classify(context, points);
    report_metrics(context, points);
    report_table(context, points);
    for (const auto* metric : kMetrics) report_curve(context, points, metric);
    if (params_.images > 0) show(context, points);
  }

 private:
  /// Returns the clean images, then each noise in the order of the file.
  std::vector<Point> points_of(TaskContext& context) const {
    std::vector<Point> points(1);
    points.front().text = "clean";
    for (const auto& noise : params_.noises) {
      points.push_back({&noise, noise.text, context.data.noisy(Split::test, noise.object)});
    }
    if (params_.noises.empty()) points.push_back({nullptr, context.data.noise_text(), nullptr});
    return points;
  }

  static const Rows& rows_of(const Point& point, TaskContext& context) {
    if (point.rows) return *point.rows;
    return point.text == "clean" ? context.data.clean(Split::test) : context.data.noisy(Split::test);
  }

  static bool has_labels(TaskContext& context) {
    if (context.data.classes() < 2) return false;
    try {
      return !context.data.labels(Split::train).empty() && !context.data.labels(Split::test).empty();
    } catch (const std::runtime_error&) {
      return false;  // one of the splits has none
    }
  }

  void classify(TaskContext& context, std::vector<Point>& points) const {
    std::vector<const Rows*> inputs;
    for (const auto& point : points) inputs.push_back(&rows_of(point, context));
    const auto accuracies =
        context.fit.accuracies({.l2 = params_.l2, .iterations = params_.iterations}, inputs, Split::test);
    for (std::size_t i = 0; i < points.size(); ++i) points[i].accuracy = accuracies[i];
  }

  void report_metrics(TaskContext& context, const std::vector<Point>& points) const {
    for (const auto& name : params_.metrics) {
      for (const auto& point : points) {
        if (std::isnan(point.value(name))) continue;  // no labels, or images smaller than the window of ssim
        const bool accuracy = name == "accuracy";
        const auto images = point.text == "clean" ? "clean test images" : "test images with noise " + point.text;
        const auto protocol =
            accuracy ? "logistic regression fitted on codes of clean training images; codes of " + images
                     : images + ", reconstructed, clipped to [0, 1] if noisy, scored against the clean ones";
        context.report.metric({name, Split::test, point.value(name),
                               name == "psnr"  ? "dB"
                               : name == "mse" ? "1/px"
                                               : "1",
                               name == "mse" ? Direction::lower : Direction::higher, protocol, "", point.text});
      }
    }
  }

  static void report_table(TaskContext& context, const std::vector<Point>& points) {
    std::vector<std::string> columns = {"noise", "severity"};
    columns.insert(columns.end(), std::begin(kMetrics), std::end(kMetrics));
    std::vector<std::vector<std::string>> cells;
    for (const auto& point : points) {
      cells.push_back(
          {point.noise ? line_of(*point.noise) : point.text, point.noise ? text_of(point.noise->severity) : ""});
      for (const auto* metric : kMetrics) cells.back().push_back(text_of(point.value(metric)));
    }
    context.report.table("robustness", columns, cells);
  }

  /// Plots a metric over the severity, relative to the largest of each noise, because they have different units.
  static void report_curve(TaskContext& context, const std::vector<Point>& points, const std::string& metric) {
    Curve curve{"severity, share of the largest", metric == "psnr" ? "psnr [dB]" : metric, {}, {}};
    std::vector<double> largest;
    for (const auto& point : points) {
      if (!point.noise || !std::isfinite(point.value(metric)) || !std::isfinite(point.noise->severity)) continue;
      const auto name = line_of(*point.noise);
      const auto found = std::ranges::find(curve.series, name) - curve.series.begin();
      const auto line = static_cast<std::size_t>(found);
      if (line == curve.series.size()) {
        curve.series.push_back(name);
        curve.points.emplace_back();
        largest.push_back(0);
        const double clean = points.front().value(metric);
        if (std::isfinite(clean)) curve.points.back().emplace_back(0, clean);
      }
      curve.points[line].emplace_back(point.noise->severity, point.value(metric));
      largest[line] = std::max(largest[line], point.noise->severity);
    }
    if (curve.series.empty()) return;
    for (std::size_t i = 0; i < largest.size(); ++i) {
      std::ranges::sort(curve.points[i]);
      for (auto& [x, y] : curve.points[i]) x = largest[i] > 0 ? x / largest[i] : 0;
    }
    context.report.curve(metric + "_by_severity", curve);
  }

  /// Shows some images with each noise, and what the model makes of them.
  void show(TaskContext& context, const std::vector<Point>& points) const {
    Grid grid{context.model.image_shape(), {}, {}};
    for (const auto& point : points) {
      const auto& rows = rows_of(point, context);
      const auto count = std::min(params_.images, rows.rows());
      std::vector<float> images(static_cast<std::size_t>(count * rows.columns())), out(images.size());
      rows.read(0, images);
      context.model.reconstruct(images, out, labels_for(context, Split::test, 0, count));
      grid.labels.push_back(point.text);
      grid.rows.push_back(std::move(images));
      grid.labels.emplace_back("reconstruction");
      grid.rows.push_back(std::move(out));
    }
    context.report.picture("robustness", grid);
  }

  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Robustness>(
    "robustness", "Scores and accuracy of the model on test images with noises of several severities."))
