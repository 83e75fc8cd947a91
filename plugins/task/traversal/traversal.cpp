// Decodes a code while one unit moves over its range: what does each unit control?
#include <algorithm>
#include <cmath>
#include <numeric>

#include "hourglass/task.hpp"

namespace {

using namespace hourglass;

/// Images of train whose codes give the units' ranges.
constexpr std::int64_t kCodes = 8192;
/// A unit that changes the image by less than this share of what the strongest unit does is unused.
constexpr double kUnused = 0.01;

class Traversal final : public Task {
 public:
  struct Params {
    std::int64_t image = 0, units = 16, steps = 11;
    double tail = 0.05;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("image", &Params::image, {0, 1e9}, "test image from whose code the units are moved, counted from 0");
    table.add("units", &Params::units, {1, 1000}, "units in the picture, those first that change the image most");
    table.add("steps", &Params::steps, {2, 100}, "images of each row of the picture");
    table.add("tail", &Params::tail, {0, 0.49},
              "a unit moves between this quantile of its values over train and one minus it");
  }

  explicit Traversal(const Params& params) : params_(params) {}

  Needs needs() const override { return {.decoder = true}; }

  void run(TaskContext& context) const override {
    const auto& test = context.data.codes(Split::test);
    if (params_.image >= test.rows()) {
      throw std::runtime_error("'image' expects at most " + std::to_string(test.rows() - 1) +
                               ", the last test image, but got " + std::to_string(params_.image));
    }
    std::vector<float> code(static_cast<std::size_t>(test.columns()));
    test.read(params_.image, code);
    const auto ranges = ranges_of(context);
    const auto effects = effects_of(context, code, ranges);
    std::vector<std::size_t> order(effects.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, [&](auto a, auto b) { return effects[a] > effects[b]; });
    draw(context, code, ranges, order);
    report(context, ranges, effects, order);
  }

 private:
  using Ranges = std::vector<std::pair<float, float>>;

  Ranges ranges_of(TaskContext& context) const {
    const auto& rows = context.data.codes(Split::train);
    const auto units = static_cast<std::size_t>(rows.columns());
    const auto count = static_cast<std::size_t>(std::min(kCodes, rows.rows()));
    std::vector<float> codes(count * units), values(count);
    rows.read(0, codes);
    Ranges result;
    const auto low = static_cast<std::size_t>(params_.tail * static_cast<double>(count - 1));
    for (std::size_t unit = 0; unit < units; ++unit) {
      for (std::size_t i = 0; i < count; ++i) values[i] = codes[i * units + unit];
      std::ranges::sort(values);
      result.emplace_back(values[low], values[count - 1 - low]);
    }
    return result;
  }

  /// Decodes `code` with unit `unit` at `steps` evenly spaced values of its range.
  std::vector<float> move(TaskContext& context, const std::vector<float>& code, std::size_t unit,
                          std::pair<float, float> range, std::int64_t steps) const {
    std::vector<float> codes;
    for (std::int64_t step = 0; step < steps; ++step) {
      const auto share = static_cast<float>(step) / static_cast<float>(steps - 1);
      codes.insert(codes.end(), code.begin(), code.end());
      codes[codes.size() - code.size() + unit] = (1 - share) * range.first + share * range.second;
    }
    std::vector<float> images(static_cast<std::size_t>(steps * context.model.image_shape().size()));
    std::vector<std::int32_t> classes;
    if (context.model.reads_labels())
      classes.assign(static_cast<std::size_t>(steps), labels_for(context, Split::test, params_.image, 1)[0]);
    context.model.decode(codes, images, classes);
    return images;
  }

  /// Returns for each unit the mean squared difference between the images at both ends of its range, per pixel.
  std::vector<double> effects_of(TaskContext& context, const std::vector<float>& code, const Ranges& ranges) const {
    const auto size = static_cast<std::size_t>(context.model.image_shape().size());
    std::vector<double> result;
    for (std::size_t unit = 0; unit < ranges.size(); ++unit) {
      const auto ends = move(context, code, unit, ranges[unit], 2);
      double sum = 0;
      for (std::size_t i = 0; i < size; ++i) sum += std::pow(static_cast<double>(ends[i]) - ends[size + i], 2);
      result.push_back(sum / static_cast<double>(size));
    }
    return result;
  }

  void draw(TaskContext& context, const std::vector<float>& code, const Ranges& ranges,
            const std::vector<std::size_t>& order) const {
    Grid grid{context.model.image_shape(), {}, {}};
    for (std::size_t i = 0; i < std::min(order.size(), static_cast<std::size_t>(params_.units)); ++i) {
      grid.labels.push_back("unit " + std::to_string(order[i]));
      grid.rows.push_back(move(context, code, order[i], ranges[order[i]], params_.steps));
    }
    context.report.picture("traversal", grid);
  }

  void report(TaskContext& context, const Ranges& ranges, const std::vector<double>& effects,
              const std::vector<std::size_t>& order) const {
    std::vector<std::vector<std::string>> cells;
    for (const auto unit : order) {
      cells.push_back({std::to_string(unit), std::to_string(ranges[unit].first), std::to_string(ranges[unit].second),
                       std::to_string(effects[unit])});
    }
    context.report.table("units", {"unit", "from", "to", "mse"}, cells);
    const double most = effects[order.front()];
    const auto unused = std::ranges::count_if(effects, [&](double effect) { return effect <= kUnused * most; });
    const auto how = "test image " + std::to_string(params_.image) + ", each unit moved between its quantiles " +
                     std::to_string(params_.tail) + " and " + std::to_string(1 - params_.tail) + " over train";
    context.report.metric({"unused_units", Split::test,
                           static_cast<double>(unused) / static_cast<double>(effects.size()), "fraction",
                           Direction::lower, how + "; at most 1 % of the change that the strongest unit makes"});
    context.report.metric({"largest_change", Split::test, most, "1/px", Direction::higher,
                           how + "; squared difference of the two images, for the strongest unit"});
  }

  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Traversal>(
    "traversal", "Images decoded while one unit of a code moves over its range, and the share of unused units."))
