// Draws the weights with which the encoder reads the image, and what each unit of the code adds to the decoder's
// output.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "hourglass/task.hpp"

namespace {

using namespace hourglass;

/// Images of train whose codes give the units' means and deviations.
constexpr std::int64_t kCodes = 8192;

/// Returns the mean Hoyer sparseness (2004) of rows of `size` numbers: 0 if all have the same magnitude, 1 if only one
/// is not zero. Rows of zeros are left out; NaN if there are no others.
double sparseness(const std::vector<float>& rows, std::size_t size) {
  double sum = 0, count = 0;
  for (std::size_t first = 0; first < rows.size(); first += size) {
    double absolute = 0, squares = 0;
    for (std::size_t i = first; i < first + size; ++i) {
      absolute += std::abs(static_cast<double>(rows[i]));
      squares += static_cast<double>(rows[i]) * rows[i];
    }
    if (squares == 0) continue;
    const double root = std::sqrt(static_cast<double>(size));
    sum += (root - absolute / std::sqrt(squares)) / (root - 1);
    ++count;
  }
  return sum / count;
}

class Filters final : public Task {
 public:
  struct Params {
    std::int64_t units = 100, columns = 20;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("units", &Params::units, {1, 10000}, "largest number of units in a picture");
    table.add("columns", &Params::columns, {1, 100}, "images in a row of a picture");
  }

  explicit Filters(const Params& params) : params_(params) {}

  void run(TaskContext& context) const override {
    bool any = false;
    int layer = 0;
    for (const auto& weights : context.model.image_weights()) {
      const auto name = "encoder_" + std::to_string(layer++);
      draw(context, name, weights.shape, weights.values);
      any = measure(context, name, weights.values, weights.shape, "weights of " + weights.layer) || any;
    }
    if (context.model.has_decoder()) {
      const auto responses = decoder_responses(context);
      draw(context, "decoder", context.model.image_shape(), responses);
      any = measure(context, "decoder", responses, context.model.image_shape(),
                    "change of the decoded image when a unit rises from its mean by its deviation over train") ||
            any;
    }
    if (!any) {
      throw std::runtime_error(
          "no dense or convolutional layer reads the image, and no unit of the code changes the decoded image");
    }
  }

 private:
  static bool measure(TaskContext& context, const std::string& name, const std::vector<float>& values,
                      const ImageShape& shape, const std::string& what) {
    const auto value = shape.size() > 1 ? sparseness(values, static_cast<std::size_t>(shape.size())) : NAN;
    if (std::isnan(value)) return false;
    context.report.metric({name + "_sparseness", Split::test, value, "1", Direction::higher,
                           what + ", mean Hoyer sparseness; no images of test"});
    return true;
  }

  /// Draws units as images in which grey is zero, each scaled to its own largest magnitude.
  void draw(TaskContext& context, const std::string& name, const ImageShape& shape,
            const std::vector<float>& values) const {
    const auto size = static_cast<std::size_t>(shape.size());
    const auto count = std::min(values.size() / size, static_cast<std::size_t>(params_.units));
    Grid grid{shape, {}, {}};
    for (std::size_t unit = 0; unit < count; ++unit) {
      if (unit % static_cast<std::size_t>(params_.columns) == 0) {
        grid.labels.push_back(std::to_string(unit));
        grid.rows.emplace_back();
      }
      const auto row = std::span(values).subspan(unit * size, size);
      float most = 0;
      for (const float value : row) most = std::max(most, std::abs(value));
      for (const float value : row) grid.rows.back().push_back(0.5F + (most > 0 ? 0.5F * value / most : 0.0F));
    }
    context.report.picture(name, grid);
  }

  /// Returns the responses [K, C, H, W] of the decoder. A model that reads labels decodes with the first class.
  static std::vector<float> decoder_responses(TaskContext& context) {
    const auto& rows = context.data.codes(Split::train);
    const auto units = static_cast<std::size_t>(rows.columns());
    std::vector<float> codes(static_cast<std::size_t>(std::min(kCodes, rows.rows())) * units);
    rows.read(0, codes);
    const auto count = static_cast<double>(codes.size() / units);
    std::vector<double> means(units), squares(units);
    for (std::size_t i = 0; i < codes.size(); ++i) means[i % units] += codes[i] / count;
    for (std::size_t i = 0; i < codes.size(); ++i)
      squares[i % units] += std::pow(codes[i] - means[i % units], 2) / count;

    const std::vector<float> base(means.begin(), means.end());
    const std::vector<std::int32_t> classes(units, 0);
    const Labels labels = context.model.reads_labels() ? Labels(classes) : Labels();
    const auto size = static_cast<std::size_t>(context.model.image_shape().size());
    std::vector<float> raised, rest(size), result(units * size);
    for (std::size_t unit = 0; unit < units; ++unit) {
      raised.insert(raised.end(), base.begin(), base.end());
      raised[unit * units + unit] += static_cast<float>(std::sqrt(squares[unit]));
    }
    context.model.decode(raised, result, labels);
    context.model.decode(base, rest, labels.empty() ? labels : labels.first(1));
    for (std::size_t i = 0; i < result.size(); ++i) result[i] -= rest[i % size];
    return result;
  }

  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Filters>(
    "filters",
    "Pictures of the encoder's first weights and of the decoder's response to each unit, and their sparseness."))
