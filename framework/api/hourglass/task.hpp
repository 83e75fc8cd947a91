// Tasks measure a trained autoencoder. A task uses the interfaces of its context and never the compute engine.
//
// New methods are appended to an interface and new members to a struct, so a task compiles unchanged against a newer
// header. Only the host implements interfaces.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hourglass/dataset.hpp"
#include "hourglass/metric.hpp"
#include "hourglass/names.hpp"
#include "hourglass/noise.hpp"
#include "hourglass/plugin.hpp"
#include "hourglass/random.hpp"
#include "hourglass/rows.hpp"
#include "hourglass/shape.hpp"
#include "hourglass/statistics.hpp"

namespace hourglass {

/// What a task requires. Before training, the host refuses an experiment that cannot meet the needs, with the reason.
struct Needs {
  bool labels = false;              ///< for train and test
  bool decoder = false;             ///< a decoder that runs from a code (and labels) alone, without the image
  bool prior = false;               ///< a prior to draw codes from: TrainedModel::sample_codes()
  bool density = false;             ///< the likelihood of an image: TrainedModel::log_likelihood()
  std::int64_t label_budget = 0;    ///< the minimum number of labelled training images
  bool label_free_encoder = false;  ///< an encoder that reads no labels: joint and scratch classifiers
  bool noise = false;               ///< a noise model in [noise], for TaskData::noisy()
  bool true_features = false;       ///< a dataset that knows its features: TaskData::true_features()
  bool conditional = false;         ///< a model that reads labels: TrainedModel::reads_labels()
  bool excluded = false;            ///< classes that [dataset] leaves out: TaskData::excluded()
};

/// Maps images [n, C, H, W] to images of the same shape, for any n.
using ImageMap = std::function<void(std::span<const float> images, std::span<float> out)>;

/// The weights with which the units of a layer read an image.
struct ImageWeights {
  std::string layer;          ///< name of the parameter: "encoder.dense_0.weight"
  ImageShape shape;           ///< of one unit's weights: the image's for a dense layer, the kernel's for a convolution
  std::vector<float> values;  ///< [units, C, H, W] of `shape`
};

/// What represents an image: the model's code, or a baseline for it.
enum class Representation {
  codes,        ///< the trained model's codes
  pixels,       ///< the image itself
  pca,          ///< as many principal components of the training images as the code has units
  random_codes  ///< the codes of the same network with its initial parameters
};

/// Names a representation as Metric::baseline does: "" for codes, "pixels", "pca" or "random_encoder".
inline const char* baseline_of(Representation representation) {
  switch (representation) {
    case Representation::codes: return "";
    case Representation::pixels: return "pixels";
    case Representation::pca: return "pca";
    case Representation::random_codes: return "random_encoder";
  }
  return "";
}

/// The names of all baselines of a code, the choices and the default of a task's key `baselines`.
inline const std::vector<std::string>& code_baselines() {
  static const std::vector<std::string> names = {"pixels", "pca", "random_encoder"};
  return names;
}

/// The trained model. Call its methods from the task's thread, any number of times, with any n; they run on all cores.
/// The result for a row does not depend on the other rows of the call. Each method throws std::invalid_argument if the
/// sizes of its arguments do not match, if the model reads labels and `labels` does not hold one class per row, or if
/// the model does not support the operation (declare it in Needs, and the host refuses such a model before training). A
/// model that does not read labels ignores them, so a task may always pass those of the split.
class TrainedModel {
 public:
  virtual ~TrainedModel() = default;

  virtual ImageShape image_shape() const = 0;  ///< [C, H, W]
  virtual std::int64_t code_size() const = 0;  ///< K
  virtual bool reads_labels() const = 0;       ///< true if the encoder, the decoder or the prior does

  /// Writes the codes of images, [n, C, H, W] -> [n, K]. Deterministic: the same image gives the same code.
  virtual void encode(std::span<const float> images, std::span<float> codes, Labels labels = {}) = 0;

  /// Decodes codes, [n, K] -> [n, C, H, W]. Throws if the decoder also reads the image, for example through skip
  /// connections: see Needs::decoder.
  virtual void decode(std::span<const float> codes, std::span<float> images, Labels labels = {}) = 0;

  /// Encodes and decodes, [n, C, H, W] -> [n, C, H, W].
  virtual void reconstruct(std::span<const float> images, std::span<float> out, Labels labels = {}) = 0;

  /// Samples codes [n, K] from the prior; the same numbers of `rng` give the same codes. Throws if the model has no
  /// prior: see Needs::prior.
  virtual void sample_codes(std::span<float> codes, Rng& rng, Labels labels = {}) = 0;

  /// Estimates log p(x) of images [n, C, H, W], or log p(x|y) if the model reads labels, and writes it to `nats` [n].
  /// Uses importance sampling (Burda et al. 2016): log mean_k exp(log p(x|z_k) + log p(z_k) - log q(z_k|x)) over
  /// `samples` (at least 1) codes drawn per image, in expectation a lower bound that rises with `samples`. The training
  /// loss determines p(x|z) of a pixel: Bernoulli for bce, normal with variance 1/2 for mse, Laplace with scale 1 for
  /// l1. Throws if the model has no density: see Needs::density.
  virtual void log_likelihood(std::span<const float> images, std::span<double> nats, std::int64_t samples, Rng& rng,
                              Labels labels = {}) = 0;

  virtual bool has_prior() const = 0;    ///< true if sample_codes() works
  virtual bool has_density() const = 0;  ///< true if log_likelihood() works
  virtual bool has_decoder() const = 0;  ///< true if decode() works

  /// Returns the same network with the initial parameters of the run's seed, a baseline for codes. Valid while the task
  /// runs.
  virtual TrainedModel& initial() = 0;

  /// Returns the weights of the encoder's layers that read the image directly, in the order of the network; empty if no
  /// dense or convolutional layer does.
  virtual std::vector<ImageWeights> image_weights() const = 0;
};

/// Artificial images that belong to no class.
enum class Outliers {
  uniform,  ///< each pixel is uniform in [0, 1]
  shuffled  ///< an image of the split with its pixels in random order, another order for each image
};

/// Names them as in experiment files.
inline const Names<Outliers>& outlier_names() {
  static const Names<Outliers> names = {{"uniform", Outliers::uniform}, {"shuffled", Outliers::shuffled}};
  return names;
}

/// The data of the run. Call its methods from the task's thread, any number of times: results are cached for all tasks
/// of the run. References and spans are valid while the task runs.
class TaskData {
 public:
  virtual ~TaskData() = default;

  virtual std::int64_t classes() const = 0;                      ///< 0 without labels
  virtual std::span<const std::string> class_names() const = 0;  ///< [classes]

  virtual const Rows& clean(Split split) = 0;  ///< [size, C * H * W], values in range()
  /// The same images with the run's noise added; the corruption is the same for every model and task of a seed.
  virtual const Rows& noisy(Split split) = 0;
  /// [size, K], codes of the clean images, encoded with their true classes if the model reads labels. Throws
  /// std::runtime_error if it does and the split has no labels.
  virtual const Rows& codes(Split split) = 0;
  /// [size], in [0, classes). Throws std::runtime_error if the split has images but no labels: Needs::labels.
  virtual Labels labels(Split split) = 0;

  /// The range of clean images; not bounded for vectors such as activations.
  virtual ValueRange range() const = 0;
  /// The clean images of train or test whose classes `classes` in [dataset] leaves out; 0 rows if it leaves out none.
  virtual const Rows& excluded(Split split) = 0;
  /// The dataset's true features, [features, C * H * W], each of norm 1, as directions of what clean() returns. Empty:
  /// not known; see Needs::true_features.
  virtual std::span<const float> true_features() const = 0;
  /// The images of a split with `noise`, of a parameter Chosen<Noise>, in place of the run's; the same noise gives the
  /// same bytes for every model, task and run of a seed, and one of another severity gets the same random numbers.
  /// Throws std::invalid_argument if it cannot corrupt images of this shape.
  virtual std::unique_ptr<Rows> noisy(Split split, std::shared_ptr<const Noise> noise) = 0;
  /// The run's noise in a few words, as Chosen::text: "gaussian 0.3".
  virtual std::string noise_text() const = 0;
  /// Lists the representations that this run has: the codes first, then each baseline. `pca` is among them only if the
  /// code has fewer units than an image has pixels.
  virtual std::vector<Representation> representations() const = 0;
  /// [size, columns], what represents the clean images of a split; codes as in codes(). Throws std::invalid_argument if
  /// it is not one of representations().
  virtual const Rows& represent(Representation representation, Split split) = 0;
  /// [size, C * H * W], as many artificial images as the split has; the same for every model and task of a seed.
  virtual const Rows& outliers(Outliers kind, Split split) = 0;
  /// The test images of `dataset`, of a parameter Chosen<Dataset>, or all its images if it has no test split;
  /// normalised like those of the run. Throws std::runtime_error if it cannot be opened, or has images of another shape
  /// or range, which the host refuses before training.
  virtual std::unique_ptr<Rows> images(std::shared_ptr<const Dataset> dataset) = 0;
};

/// How close images are to their targets, averaged over the images.
struct ImageScores {
  double mse = 0, sse = 0;  ///< squared error, per pixel and per image
  /// Binary cross-entropy in nats, per pixel and per image. NaN unless the range of images is inside [0, 1].
  double bce = 0, bce_sum = 0;
  /// dB, from the mse of all images and the width of their range as the peak; infinite if there is no error. NaN
  /// without a bounded range.
  double psnr = 0;
  /// Structural similarity (Wang et al. 2004): 11 x 11 Gaussian window, sigma 1.5. NaN if the images are smaller, or
  /// without a bounded range.
  double ssim = 0;
  std::int64_t images = 0;  ///< number of images scored
};

/// Scores images in the same way for all tasks. Call its methods from the task's thread, any number of times; all rows
/// are [n, C * H * W] with the same n, else std::invalid_argument. Each call makes a pass over the rows.
class Scores {
 public:
  virtual ~Scores() = default;

  /// Scores images against targets.
  virtual ImageScores score(const Rows& images, const Rows& targets) = 0;

  /// Reconstructs `inputs` with the model and with every applicable baseline, scores the results against `targets`, and
  /// reports mse, sse and, as far as ImageScores has them, bce, bce_sum, psnr and ssim of each as metrics of
  /// `split`. Unless `inputs` and `targets` are the same object, the baselines are those of denoising, and all results,
  /// of the model and of the baselines, are clipped to the range of images if it is bounded. A model that reads labels
  /// gets the true classes of `split`; `inputs` must then be rows of it. `protocol` describes the measurement: "clean
  /// test images".
  virtual void compare(const Rows& inputs, const Rows& targets, Split split, std::string_view protocol) = 0;

  /// Names the baselines: "mean_image", "identity" and "pca" (one component per unit of the code, and only if the code
  /// has fewer units than an image has pixels). With `denoising`, "pca_denoiser" takes the place of "pca": noisy images
  /// projected onto the 1, 2, 4, ... or 256 components that restore the training images best. "linear_denoiser" is
  /// added, least squares from noisy to clean images, unless the images are too large for it.
  virtual std::vector<std::string> baselines(bool denoising) const = 0;

  /// Returns a baseline, fitted on train, like the model, at its first use in the run. Throws std::invalid_argument,
  /// which lists the names, for an unknown name.
  virtual ImageMap baseline(std::string_view name) = 0;

  /// Reconstructs `inputs`, rows of `split`, with the model and returns the scores against `targets`, with outputs
  /// clipped to [0, 1] as by compare().
  virtual ImageScores reconstruct(const Rows& inputs, const Rows& targets, Split split) = 0;

  /// Does the same as compare() for the images of `split` with `noise` in place of the run's, against the clean ones;
  /// baselines are fitted on training images with it. A pass over train for each baseline.
  virtual void compare(std::shared_ptr<const Noise> noise, Split split, std::string_view protocol) = 0;
};

/// How a classifier is fitted.
struct ClassifierOptions {
  enum class Training {
    frozen,  ///< multinomial logistic regression on standardised codes; the encoder does not change
    joint,   ///< a linear layer on the code, trained jointly with the trained encoder
    scratch  ///< the same, with an encoder that starts from its initial parameters
  };
  Training training = Training::frozen;
  double l2 = 1e-4;         ///< frozen: weight decay, the factor of the squared weights in the mean loss; at least 0
  std::int64_t labels = 0;  ///< number of labelled training images, drawn evenly from the classes; 0: all
  /// frozen: maximum number of L-BFGS steps, at least 1; it stops earlier once it has converged
  std::int64_t iterations = 500;
  std::int64_t epochs = 20;       ///< joint and scratch: epochs of Adam over the labelled images, at least 1
  double learning_rate = 1e-3;    ///< joint and scratch: at least 0
  std::int64_t batch_size = 128;  ///< joint and scratch: at least 1
  /// Each seed draws different labels and, if the encoder is trained, another order of images and other initial
  /// parameters. All tasks of a run share seed 0, for which `scratch` starts from the run's own initial parameters. At
  /// least 0.
  std::int64_t seed = 0;
  using Inputs = Representation;
  Inputs inputs = Inputs::codes;  ///< frozen: what the classifier reads
};

struct ClassifierResult {
  double train_accuracy = 0, test_accuracy = 0;  ///< in [0, 1], over all images of the split
  double train_loss = 0;                         ///< nats, mean over the labelled images used; for joint and
                                                 ///< scratch, measured during the last epoch
  std::int64_t iterations = 0;                   ///< number of steps taken
  std::int64_t images = 0;                       ///< number of labelled training images used
  bool converged = true;                         ///< frozen: false if the maximum number of steps ended the fit
};

/// A trained classifier of images: an encoder, whose code is called features here, with a linear layer on it. Use it
/// from the task's thread. The result for an image does not depend on the other images of a call.
class ImageClassifier {
 public:
  virtual ~ImageClassifier() = default;
  virtual const ClassifierResult& result() const = 0;
  virtual std::int64_t feature_count() const = 0;  ///< F
  /// Writes the features of images, [n, C, H, W] -> [n, F].
  virtual void features(std::span<const float> images, std::span<float> out) = 0;
  /// Writes p(y|x) of images, [n, C, H, W] -> [n, classes].
  virtual void probabilities(std::span<const float> images, std::span<float> out) = 0;
  /// Says in a few words what it is and how it was trained, for protocols.
  virtual std::string description() const = 0;
};

/// Fits classifiers on top of the model, which does not change. Call from the task's thread, any number of times.
class Fit {
 public:
  virtual ~Fit() = default;

  /// Fits a classifier on train and scores it on train and test. The same options give the same result. Throws
  /// std::runtime_error if there are no labels or the loss diverges, and std::invalid_argument if an option is out of
  /// range, `labels` exceeds the size of train or an encoder that reads labels would be trained: see Needs::labels,
  /// Needs::label_budget, Needs::label_free_encoder.
  virtual ClassifierResult classifier(const ClassifierOptions& options) = 0;

  /// Fits the same classifier, which must be frozen, and returns its accuracy on each of `inputs`, versions of the
  /// images of `split`, [size, C * H * W], such as noisy ones. Throws as classifier().
  virtual std::vector<double> accuracies(const ClassifierOptions& options, std::span<const Rows* const> inputs,
                                         Split split) = 0;
  /// Fits a classifier as classifier() does and returns it; its features are codes. Valid while the task runs. A frozen
  /// one must read codes, and does not work if the encoder reads labels. Throws as classifier().
  virtual std::unique_ptr<ImageClassifier> image_classifier(const ClassifierOptions& options) = 0;

  /// Returns a classifier whose features measure generated images. Its network, recipe and seed are fixed, so it
  /// depends on the training images and labels alone, and is the same for all models of a dataset; description() ends
  /// with its fingerprint. Trained at its first use in the run. Throws std::runtime_error if there are no labels.
  virtual ImageClassifier& reference() = 0;
};

/// A picture: labelled rows of images, one below another.
struct Grid {
  ImageShape shape;                      ///< each dimension at least 1
  std::vector<std::string> labels;       ///< one per row
  std::vector<std::vector<float>> rows;  ///< each [n, C, H, W]; values are clamped to `range`
  /// The values that are drawn black and white. Ends that are not finite: the least and the greatest value of the rows.
  ValueRange range = {};
};

/// Lines that share a horizontal axis.
struct Curve {
  std::string x_name, y_name;                                  ///< with units, such as "time [s]"
  std::vector<std::string> series;                             ///< name of each line
  std::vector<std::vector<std::pair<double, double>>> points;  ///< of each line, (x, y)
};

/// Receives the results of a task. Call its methods from the task's thread, any number of times. Names consist of a-z,
/// 0-9 and _, and no two pictures or curves and no two tables or curves of a task share one; otherwise
/// std::invalid_argument is thrown. Every task of a run has its own folder.
class Report {
 public:
  virtual ~Report() = default;

  /// Adds a metric. Throws std::runtime_error if its value is NaN.
  virtual void metric(Metric metric) = 0;
  /// Writes <name>.png. Vectors, [1, 1, D], of a range that is not bounded have no picture: nothing is written.
  virtual void picture(std::string_view name, const Grid& grid) = 0;
  /// Writes <name>.csv. `cells` holds rows, each with one cell per column.
  virtual void table(std::string_view name, const std::vector<std::string>& columns,
                     const std::vector<std::vector<std::string>>& cells) = 0;
  /// Writes <name>.csv with the columns `series`, x and y, one row per point, and a plot of it, <name>.png.
  virtual void curve(std::string_view name, const Curve& curve) = 0;
  /// Prints a sentence that users should know about the results, such as a fit that has not converged, and adds it to
  /// the run's log.
  virtual void note(std::string_view text) = 0;
};

/// Everything a task may use. The host owns it; it is valid while the task runs.
struct TaskContext {
  TrainedModel& model;
  TaskData& data;
  Scores& scores;
  Fit& fit;
  Report& report;
  Rng& rng;  ///< the task's own stream, keyed by the run's seed and the plugin's name
  Statistics& statistics;
};

/// Returns the labels to pass to the model with rows [first, first + count) of a split: their classes if the model
/// reads labels, else none. Throws std::runtime_error as TaskData::labels() does.
inline Labels labels_for(const TaskContext& context, Split split, std::int64_t first, std::int64_t count) {
  if (!context.model.reads_labels()) return {};
  return context.data.labels(split).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
}

/// Returns the codes and those baselines of the run whose baseline_of() is in `names`.
inline std::vector<Representation> compared(const TaskContext& context, const std::vector<std::string>& names) {
  auto result = context.data.representations();
  std::erase_if(result, [&](Representation each) {
    return each != Representation::codes && std::ranges::find(names, baseline_of(each)) == names.end();
  });
  return result;
}

class Task : public Component {
 public:
  static constexpr const char* kKind = "task";

  /// States what the task requires with these parameters. Called before training and before run().
  virtual Needs needs() const { return {}; }

  /// Measures the model. Called once per run, from one thread. An exception is reported as the task's error and does
  /// not affect the other tasks. When the user interrupts the run, a face throws an exception of the host to stop the
  /// task: do not swallow it.
  virtual void run(TaskContext& context) const = 0;
};

}  // namespace hourglass
