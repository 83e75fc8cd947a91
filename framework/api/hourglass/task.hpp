// Tasks: what a trained autoencoder is measured by. A task asks the faces of its context and never touches the engine.
//
// A face may get further methods at its end, a struct further members at its end: a task that is compiled against the
// newer header need not change. Only the host implements faces.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hourglass/dataset.hpp"
#include "hourglass/metric.hpp"
#include "hourglass/plugin.hpp"
#include "hourglass/random.hpp"
#include "hourglass/shape.hpp"

namespace hourglass {

/// Classes of images, one each, in [0, classes); empty where there are none or where the model does not read them.
using Labels = std::span<const std::int32_t>;

/// What a task cannot do without. The host asks before training and refuses what cannot be met, with the reason.
struct Needs {
  bool labels = false;              ///< of train and test
  bool decoder = false;             ///< a decoder that runs from a code (and labels) alone, without the image
  bool prior = false;               ///< a prior to draw codes from: TrainedModel::sample_codes()
  bool density = false;             ///< the likelihood of an image: TrainedModel::log_likelihood()
  std::int64_t label_budget = 0;    ///< at least so many labelled images in train
  bool label_free_encoder = false;  ///< an encoder that reads no labels: joint and scratch classifiers
};

/// Rows of numbers that are read on demand: the images or the codes of a split. They live as long as the task runs.
class Rows {
 public:
  virtual ~Rows() = default;
  virtual std::int64_t rows() const = 0;     ///< 0 for a split that the dataset does not have
  virtual std::int64_t columns() const = 0;  ///< C * H * W of images, K of codes

  /// Writes rows [first, first + out.size() / columns) to `out`, [n, columns]. Any number at once; a thousand or so
  /// keeps all cores busy. Throws std::invalid_argument when `out` is not a whole number of rows. One thread at a time.
  virtual void read(std::int64_t first, std::span<float> out) const = 0;
};

/// Maps images [n, C, H, W] to images of the same shape; any n.
using ImageMap = std::function<void(std::span<const float> images, std::span<float> out)>;

/// The trained model. All methods are called from the task's thread, any number of times, with any n; they use all
/// cores inside. What a row becomes does not depend on the other rows of the call. Each throws std::invalid_argument
/// when the sizes of its arguments do not agree, when the model reads labels there and `labels` is not one class for
/// each row, or when the model cannot do what is asked (Needs makes the host refuse that before training). A model that
/// does not read labels ignores them, so that a task may pass those of the split always.
class TrainedModel {
 public:
  virtual ~TrainedModel() = default;

  virtual ImageShape image_shape() const = 0;  ///< [C, H, W]
  virtual std::int64_t code_size() const = 0;  ///< K
  virtual bool reads_labels() const = 0;       ///< the encoder, the decoder or the prior reads them

  /// Writes the codes of images, [n, C, H, W] -> [n, K]. Nothing is drawn: the same image gives the same code.
  virtual void encode(std::span<const float> images, std::span<float> codes, Labels labels = {}) = 0;

  /// Decodes codes, [n, K] -> [n, C, H, W]. Throws for a decoder that reads the image, as one with skip connections:
  /// Needs::decoder.
  virtual void decode(std::span<const float> codes, std::span<float> images, Labels labels = {}) = 0;

  /// Encodes and decodes, [n, C, H, W] -> [n, C, H, W].
  virtual void reconstruct(std::span<const float> images, std::span<float> out, Labels labels = {}) = 0;

  /// Draws codes [n, K] from the prior; the same numbers of `rng` give the same codes. Throws for a model without a
  /// prior: Needs::prior.
  virtual void sample_codes(std::span<float> codes, Rng& rng, Labels labels = {}) = 0;

  /// Estimates log p(x) of images [n, C, H, W], or log p(x|y) of a model that reads labels, written to `nats` [n], by
  /// importance weights (Burda et al. 2016): log mean_k exp(log p(x|z_k) + log p(z_k) - log q(z_k|x)) over `samples`
  /// (at least 1) codes drawn for each image. A lower bound in expectation that rises with `samples`. p(x|z) belongs to
  /// the loss that the model was trained with: each pixel has a Bernoulli distribution for bce, a normal one of
  /// variance 1/2 for mse, a Laplace one of scale 1 for l1. Throws where there is no density: Needs::density.
  virtual void log_likelihood(std::span<const float> images, std::span<double> nats, std::int64_t samples, Rng& rng,
                              Labels labels = {}) = 0;
};

/// The data of the run. Called from the task's thread, any number of times: what is computed is kept for all tasks of
/// the run. References and spans live as long as the task runs.
class TaskData {
 public:
  virtual ~TaskData() = default;

  virtual std::int64_t classes() const = 0;                      ///< 0 without labels
  virtual std::span<const std::string> class_names() const = 0;  ///< [classes]

  virtual const Rows& clean(Split split) = 0;  ///< [size, C * H * W], pixels in [0, 1]
  /// The same images under the run's noise; the same corruption for every model and task of this seed.
  virtual const Rows& noisy(Split split) = 0;
  /// [size, K], of the clean images and, where the model reads labels, their true classes. Throws std::runtime_error
  /// when it does and the split has none.
  virtual const Rows& codes(Split split) = 0;
  /// [size], in [0, classes). Throws std::runtime_error when the split has images but no labels: Needs::labels.
  virtual Labels labels(Split split) = 0;
};

/// How close images come to their targets, means over the images.
struct ImageScores {
  double mse = 0, sse = 0;      ///< squared error, per pixel and per image
  double bce = 0, bce_sum = 0;  ///< binary cross-entropy in nats, per pixel and per image; targets in [0, 1]
  double psnr = 0;              ///< dB, of the mse of all images; infinite when there is no error
  double ssim = 0;              ///< structural similarity (Wang et al. 2004), 11 x 11 Gaussian window of deviation 1.5
  std::int64_t images = 0;      ///< how many were scored
};

/// Scores of images, the host's, the same for all tasks. Called from the task's thread, any number of times; all rows
/// are [n, C * H * W] with the same n, else std::invalid_argument. A pass over the rows at each call.
class Scores {
 public:
  virtual ~Scores() = default;

  /// Scores images against targets.
  virtual ImageScores score(const Rows& images, const Rows& targets) = 0;

  /// Reconstructs `inputs` by the model and by every baseline that fits, scores the results against `targets`, and
  /// reports mse, sse, bce, bce_sum, psnr (unless infinite) and ssim of each as metrics of `split`. The baselines are
  /// those of denoising unless `inputs` and `targets` are the same object. A model that reads labels gets the true
  /// classes of `split`, whose rows `inputs` must then be. `protocol` says how it was measured, as "clean test images".
  virtual void compare(const Rows& inputs, const Rows& targets, Split split, std::string_view protocol) = 0;

  /// Names the baselines: "mean_image", "identity" and "pca" (as many components as the code has, and only where that
  /// is fewer than an image has pixels). With `denoising`, also "linear_denoiser": least squares from noisy to clean,
  /// output clipped, unless the images are too large for it.
  virtual std::vector<std::string> baselines(bool denoising) const = 0;

  /// Returns a baseline, fitted on train and validation at the first call of the run. Throws std::invalid_argument,
  /// with the names there are, for any other name.
  virtual ImageMap baseline(std::string_view name) = 0;
};

/// How a classifier is fitted.
struct ClassifierOptions {
  enum class Training {
    frozen,  ///< multinomial logistic regression on standardised codes; the encoder stays as it is
    joint,   ///< a linear layer on the code, trained together with the trained encoder
    scratch  ///< the same with an encoder that starts from its initial values
  };
  Training training = Training::frozen;
  double l2 = 1e-4;         ///< frozen: weight of the squared weights in the mean loss
  std::int64_t labels = 0;  ///< how many labelled images of train it may use, drawn evenly from the classes; 0: all
  std::int64_t iterations = 200;  ///< frozen: most steps of L-BFGS; it stops earlier when the gradient vanishes
  std::int64_t epochs = 20;       ///< joint and scratch: passes of Adam over the labelled images
  double learning_rate = 1e-3;    ///< joint and scratch
  std::int64_t batch_size = 128;  ///< joint and scratch
  /// Each seed draws other labels and, where the encoder is trained, another order of images and other new parameters.
  /// The tasks of a run share the draw of 0, with which an encoder from scratch starts where the run's own started.
  std::int64_t seed = 0;
};

struct ClassifierResult {
  double train_accuracy = 0, test_accuracy = 0;  ///< in [0, 1], of all images of the split
  double train_loss = 0;                         ///< nats, mean over the labelled images that it used; joint and
                                                 ///< scratch: as measured during the last epoch
  std::int64_t iterations = 0;                   ///< steps that were taken
};

/// Classifiers on the model. Called from the task's thread, any number of times; the model stays as it is.
class Fit {
 public:
  virtual ~Fit() = default;

  /// Fits a classifier on train and scores it on train and test. The same options give the same result. Throws
  /// std::runtime_error without labels and when the loss diverges, std::invalid_argument when more labels are asked for
  /// than train has and when an encoder that reads labels is to be trained: Needs::labels, Needs::label_budget,
  /// Needs::label_free_encoder.
  virtual ClassifierResult classifier(const ClassifierOptions& options) = 0;
};

/// One picture: rows of images below one another, each row with a label.
struct Grid {
  ImageShape shape;
  std::vector<std::string> labels;       ///< of the rows
  std::vector<std::vector<float>> rows;  ///< each [n, C, H, W]; values are clamped to [0, 1]
};

/// Lines over one horizontal axis.
struct Curve {
  std::string x_name, y_name;                                  ///< with units: "false positive rate"
  std::vector<std::string> series;                             ///< of the lines
  std::vector<std::vector<std::pair<double, double>>> points;  ///< of each line, (x, y)
};

/// Where results go. Called from the task's thread, any number of times. Names are made of a-z, 0-9 and _; each picture
/// and each table or curve of a task has a name of its own: else std::invalid_argument. Every task of a run has a
/// folder of its own.
class Report {
 public:
  virtual ~Report() = default;

  /// Adds a metric. Throws std::runtime_error for a value that is NaN or infinite.
  virtual void metric(Metric metric) = 0;
  /// Writes <name>.png.
  virtual void picture(std::string_view name, const Grid& grid) = 0;
  /// Writes <name>.csv. `cells` are rows, each as long as `columns`.
  virtual void table(std::string_view name, const std::vector<std::string>& columns,
                     const std::vector<std::vector<std::string>>& cells) = 0;
  /// Writes <name>.csv with the columns `series`, x and y, one row for each point.
  virtual void curve(std::string_view name, const Curve& curve) = 0;
};

/// What a task may ask for. All of it is the host's and lives while the task runs.
struct TaskContext {
  TrainedModel& model;
  TaskData& data;
  Scores& scores;
  Fit& fit;
  Report& report;
  Rng& rng;  ///< the task's own stream: keyed by the run's seed and the plugin's name
};

/// Returns the classes of rows [first, first + count) of a split where the model reads labels, else none: what a task
/// passes to the model with these rows. Throws std::runtime_error as TaskData::labels() does.
inline Labels labels_for(const TaskContext& context, Split split, std::int64_t first, std::int64_t count) {
  if (!context.model.reads_labels()) return {};
  return context.data.labels(split).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
}

class Task : public Component {
 public:
  static constexpr const char* kKind = "task";

  /// Names what the task cannot do without, from its parameters. Called before training and before run().
  virtual Needs needs() const { return {}; }

  /// Measures the model. Called once for each run, from one thread. What it throws is reported as the task's error and
  /// leaves the other tasks alone. A face may throw an exception of the host's to stop the task when the user
  /// interrupts the run: let it pass.
  virtual void run(TaskContext& context) const = 0;
};

}  // namespace hourglass
