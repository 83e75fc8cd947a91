// Tasks: what a trained autoencoder is measured by. A task asks its context and never touches the engine.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/dataset.hpp"
#include "hourglass/metric.hpp"
#include "hourglass/plugin.hpp"
#include "hourglass/random.hpp"
#include "hourglass/shape.hpp"

namespace hourglass {

/// Rows of numbers that are read on demand: the images or the codes of a split.
class Rows {
 public:
  virtual ~Rows() = default;
  virtual std::int64_t rows() const = 0;
  virtual std::int64_t columns() const = 0;
  /// Writes rows [first, first + out.size() / columns) to `out`. One thread at a time.
  virtual void read(std::int64_t first, std::span<float> out) const = 0;
};

/// Maps images [n, C, H, W] to images of the same shape; any n.
using ImageMap = std::function<void(std::span<const float> images, std::span<float> out)>;

/// How a classifier is fitted to codes.
struct ClassifierOptions {
  double l2 = 1e-4;         ///< weight of the squared weights in the mean loss, on standardised codes
  std::int64_t labels = 0;  ///< how many labelled training images it may use; 0: all
  std::int64_t iterations = 200;
};

struct ClassifierResult {
  double train_accuracy = 0, test_accuracy = 0;  ///< in [0, 1]
  double train_loss = 0;                         ///< nats, mean
  std::int64_t iterations = 0;                   ///< until the gradient vanished
};

/// One picture: rows of images below one another, each row with a label.
struct Grid {
  ImageShape shape;
  std::vector<std::string> labels;       ///< of the rows
  std::vector<std::vector<float>> rows;  ///< each [n, C, H, W]; values are clamped to [0, 1]
};

/// What a task may ask for. One thread at a time.
class TaskContext {
 public:
  virtual ~TaskContext() = default;

  virtual ImageShape image_shape() const = 0;
  virtual std::int64_t code_size() const = 0;
  virtual std::int64_t classes() const = 0;  ///< 0 without labels

  virtual const Rows& clean(Split split) = 0;  ///< [size, C * H * W]
  /// The same images under the run's noise; the same corruption for every model and task of this seed.
  virtual const Rows& noisy(Split split) = 0;
  virtual const Rows& codes(Split split) = 0;                     ///< [size, K], of the clean images
  virtual std::span<const std::int32_t> labels(Split split) = 0;  ///< throws without labels

  virtual void encode(std::span<const float> images, std::span<float> codes) = 0;     ///< [n, C, H, W] -> [n, K]
  virtual void decode(std::span<const float> codes, std::span<float> images) = 0;     ///< [n, K] -> [n, C, H, W]
  virtual void reconstruct(std::span<const float> images, std::span<float> out) = 0;  ///< both at once

  /// Names the baselines of reconstruction: "mean_image", "identity" and "pca" (as many components as the code has, and
  /// only where that is fewer than an image has pixels).
  /// With `denoising`, also "linear_denoiser": least squares from noisy to clean, output clipped. Fitted on train.
  virtual std::vector<std::string> baselines(bool denoising) const = 0;
  /// Returns a baseline, fitted at the first call.
  virtual ImageMap baseline(std::string_view name) = 0;

  /// Fits multinomial logistic regression on frozen codes of train and scores it on train and test.
  virtual ClassifierResult fit_classifier(const ClassifierOptions& options) = 0;

  virtual Rng& rng() = 0;  ///< the task's own stream

  virtual void report(Metric metric) = 0;
  virtual void picture(std::string_view name, const Grid& grid) = 0;  ///< samples/<name>.png
  /// Keeps a table beside the metrics: tables/<name>.csv. `cells` are row-major, as many columns as `columns`.
  virtual void table(std::string_view name, const std::vector<std::string>& columns,
                     const std::vector<std::vector<std::string>>& cells) = 0;
};

class Task : public Component {
 public:
  static constexpr const char* kKind = "task";

  /// True when the task needs labels; the host refuses it at check time on a dataset without.
  virtual bool needs_labels() const { return false; }

  virtual void run(TaskContext& context) const = 0;
};

}  // namespace hourglass
