// Detects outliers, such as images of classes that a detector has not been fitted on, by scores for which a higher
// value means "less usual". No threshold is chosen: metrics cover all of them.
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "hourglass/task.hpp"

namespace {

using namespace hourglass;

/// Images per read.
constexpr std::int64_t kBlock = 1024;

enum class Setting { one_class, left_out, excluded, dataset, uniform, shuffled };

/// One detector's task: which training images it may use, and which of the images that it judges are outliers.
struct Trial {
  std::string name;                 ///< of the class, or of the outliers
  std::vector<std::int64_t> known;  ///< rows of train
  std::vector<bool> outlier;        ///< of each judged image
};

/// The images that detectors judge: those of test and, unless outliers are classes of test, further ones.
struct Judged {
  std::vector<const Rows*> parts;
  std::int64_t columns = 0;

  std::int64_t rows() const {
    std::int64_t sum = 0;
    for (const auto* part : parts) sum += part->rows();
    return sum;
  }
  /// Calls `body(first, images)` for blocks of all images.
  template <class Body>
  void for_each_block(const Body& body) const {
    std::vector<float> values;
    std::int64_t before = 0;
    for (const auto* part : parts) {
      for (std::int64_t first = 0; first < part->rows(); first += kBlock) {
        values.resize(static_cast<std::size_t>(std::min(kBlock, part->rows() - first) * columns));
        part->read(first, values);
        body(before + first, std::span<const float>(values));
      }
      before += part->rows();
    }
  }
};

class Outlier final : public Task {
 public:
  struct Params {
    Setting setting = Setting::one_class;
    std::vector<std::string> classes;
    Chosen<Dataset> dataset;
    std::vector<std::string> scores = {"reconstruction", "mixture", "nearest"};
    std::vector<std::string> baselines = code_baselines();
    std::int64_t components = 5, k = 1, samples = 16;
    bool full = true;
  };
  static void declare(ParamTable<Params>& table) {
    table.add(
        "setting", &Params::setting,
        {{"one_class", Setting::one_class},
         {"left_out", Setting::left_out},
         {"excluded", Setting::excluded},
         {"dataset", Setting::dataset},
         {"uniform", Setting::uniform},
         {"shuffled", Setting::shuffled}},
        "one_class: images of one class are inliers, of all others outliers; left_out: the reverse; the others: all of "
        "test are inliers, and outliers are test images of the classes that [dataset] leaves out (excluded), those of "
        "another dataset, images with uniform pixels in [0, 1], or test images with their pixels in random order");
    table.add("classes", &Params::classes, Choices{}, "classes that are the one class, in turn; empty: every class")
        .acts_if({{"setting", Condition::Is::equal, "one_class"}})
        .acts_if({{"setting", Condition::Is::equal, "left_out"}});
    table
        .add("dataset", &Params::dataset,
             "dataset whose test images, or all if it has no test split, are the outliers; of the same shape and range")
        .acts_if({{"setting", Condition::Is::equal, "dataset"}});
    table.add("scores", &Params::scores, Choices{{"reconstruction", "likelihood", "mixture", "nearest"}},
              "reconstruction: squared error; likelihood: negative log p(x) of the model; mixture: negative "
              "log-density of the code under Gaussians fitted to the inliers' training codes; nearest: distance of the "
              "code from the k-th nearest of those");
    table.add("baselines", &Params::baselines, Choices{code_baselines()},
              "what else is scored: principal components of the inliers by reconstruction, and all of them "
              "by mixture (except pixels) and nearest");
    table.add("components", &Params::components, {1, 1000}, "mixture: number of Gaussians");
    table.add(
        "full", &Params::full,
        "mixture: full covariance matrices instead of diagonal ones; for codes of hundreds of units, they take long");
    table.add("k", &Params::k, {1, 1000}, "nearest: which neighbour");
    table.add("samples", &Params::samples, {1, 1e6}, "likelihood: importance samples per image");
  }

  explicit Outlier(const Params& params) : params_(params) {
    if (params_.scores.empty()) throw std::invalid_argument("'scores' expects at least one score");
    if (params_.setting == Setting::dataset && !params_.dataset) {
      throw std::invalid_argument(
          "'dataset' is not set, but setting = \"dataset\" needs it; write dataset = { plugin = \"NAME\" }");
    }
  }

  Needs needs() const override {
    return {.labels = by_class(),
            .density = scores("likelihood"),
            .label_free_encoder = true,
            .excluded = params_.setting == Setting::excluded};
  }

  void run(TaskContext& context) const override {
    Judged judged{{&context.data.clean(Split::test)}, context.model.image_shape().size()};
    std::unique_ptr<Rows> others;
    if (!by_class()) {
      if (params_.setting == Setting::dataset) others = context.data.images(params_.dataset.object);
      judged.parts.push_back(others ? others.get() : &outliers(context.data));
      if (context.model.reads_labels()) throw std::runtime_error("the model reads labels, which outliers do not have");
    }
    const auto all = by_class() ? trials_by_class(context) : std::vector{trial_of_all(context, judged)};
    std::vector<double> errors, nats;
    if (scores("reconstruction")) errors = reconstruction_errors(context, judged);
    if (scores("likelihood")) nats = negative_likelihoods(context, judged);
    const auto representations = compared(context, params_.baselines);
    std::vector<MemoryRows> codes;
    for (const auto each : representations) codes.push_back(represent(context, judged, each));
    Summary summary;
    for (const auto& trial : all) {
      const auto add = [&](const std::string& score, const std::string& baseline, const std::vector<double>& values) {
        summary.add(context, trial, score, baseline, values);
      };
      if (!errors.empty()) add("reconstruction", "", errors);
      if (!errors.empty() && baseline("pca")) add("reconstruction", "pca", pca_errors(context, judged, trial));
      if (!nats.empty()) add("likelihood", "", nats);
      for (std::size_t i = 0; i < representations.size(); ++i) {
        const auto* name = baseline_of(representations[i]);
        const SelectedRows known(context.data.represent(representations[i], Split::train), trial.known);
        if (scores("mixture") && representations[i] != Representation::pixels)
          add("mixture", name, densities(context, known, codes[i]));
        if (scores("nearest")) add("nearest", name, distances(context, known, codes[i]));
      }
    }
    summary.report(context, [&](const std::string& score) { return protocol(context, score, all.size()); });
  }

 private:
  /// Means over trials, and a table of all of them.
  class Summary {
   public:
    void add(TaskContext& context, const Trial& trial, const std::string& score, const std::string& baseline,
             const std::vector<double>& values) {
      std::vector<double> outliers, inliers;
      for (std::size_t i = 0; i < values.size(); ++i) (trial.outlier[i] ? outliers : inliers).push_back(values[i]);
      const auto found = context.statistics.detection(outliers, inliers);
      const auto key = std::pair(score, baseline);
      if (means_.count(key) == 0) order_.push_back(key);
      auto& sum = means_[key];
      sum = {sum.auroc + found.auroc, sum.aupr + found.aupr, sum.fpr95 + found.fpr95};
      cells_.push_back({trial.name, score, baseline.empty() ? "model" : baseline, std::to_string(inliers.size()),
                        std::to_string(outliers.size()), std::to_string(found.auroc), std::to_string(found.aupr),
                        std::to_string(found.fpr95)});
      trials_.insert(trial.name);
    }

    template <class Protocol>
    void report(TaskContext& context, const Protocol& protocol) const {
      const auto count = static_cast<double>(trials_.size());
      for (const auto& [score, baseline] : order_) {
        const auto& sum = means_.at({score, baseline});
        const auto how = protocol(score);
        const auto metric = [&](const std::string& name, double value, Direction better) {
          context.report.metric({name + "_" + score, Split::test, value / count, "1", better, how, baseline});
        };
        metric("auroc", sum.auroc, Direction::higher);
        metric("aupr", sum.aupr, Direction::higher);
        metric("fpr95", sum.fpr95, Direction::lower);
      }
      context.report.table("classes", {"class", "score", "by", "inliers", "outliers", "auroc", "aupr", "fpr95"},
                           cells_);
    }

   private:
    std::map<std::pair<std::string, std::string>, Detection> means_;
    std::vector<std::pair<std::string, std::string>> order_;
    std::vector<std::vector<std::string>> cells_;
    std::set<std::string> trials_;
  };

  bool scores(const std::string& name) const { return std::ranges::find(params_.scores, name) != params_.scores.end(); }
  bool baseline(const std::string& name) const {
    return std::ranges::find(params_.baselines, name) != params_.baselines.end();
  }

  bool by_class() const { return params_.setting == Setting::one_class || params_.setting == Setting::left_out; }

  /// Returns the outliers of a setting without classes and without another dataset.
  const Rows& outliers(TaskData& data) const {
    if (params_.setting == Setting::excluded) return data.excluded(Split::test);
    return data.outliers(params_.setting == Setting::uniform ? Outliers::uniform : Outliers::shuffled, Split::test);
  }

  /// Names them.
  std::string outlier_text() const {
    switch (params_.setting) {
      case Setting::excluded: return "test images of the classes that the run leaves out";
      case Setting::dataset: return "images of " + params_.dataset.text;
      case Setting::uniform: return "images with uniform pixels";
      default: return "test images with shuffled pixels";
    }
  }

  static Trial trial_of_all(TaskContext& context, const Judged& judged) {
    Trial trial{
        "all", std::vector<std::int64_t>(static_cast<std::size_t>(context.data.clean(Split::train).rows())), {}};
    std::iota(trial.known.begin(), trial.known.end(), std::int64_t{0});
    trial.outlier.resize(static_cast<std::size_t>(judged.rows()), true);
    std::fill_n(trial.outlier.begin(), context.data.clean(Split::test).rows(), false);
    return trial;
  }

  /// Returns one trial per class of the key, of those that have inliers in train, and inliers and outliers in test.
  std::vector<Trial> trials_by_class(TaskContext& context) const {
    const auto names = context.data.class_names();
    for (const auto& name : params_.classes) {
      if (std::ranges::find(names, name) == names.end())
        throw std::runtime_error("'classes' names '" + name + "', which is no class of the dataset");
    }
    const Labels train = context.data.labels(Split::train), test = context.data.labels(Split::test);
    std::vector<Trial> result;
    for (std::size_t c = 0; c < names.size(); ++c) {
      if (!params_.classes.empty() && std::ranges::find(params_.classes, names[c]) == params_.classes.end()) continue;
      const auto is_inlier = [&](std::int32_t label) {
        return (label == static_cast<std::int32_t>(c)) == (params_.setting == Setting::one_class);
      };
      Trial trial{names[c], {}, {}};
      for (std::size_t i = 0; i < train.size(); ++i)
        if (is_inlier(train[i])) trial.known.push_back(static_cast<std::int64_t>(i));
      for (const auto label : test) trial.outlier.push_back(!is_inlier(label));
      const auto outliers = std::ranges::count(trial.outlier, true);
      if (!trial.known.empty() && outliers > 0 && outliers < std::ssize(trial.outlier))
        result.push_back(std::move(trial));
    }
    if (result.empty()) throw std::runtime_error("no class has both inliers and outliers among the test images");
    return result;
  }

  /// Returns the squared error of each image; `map(first, images, out)` reconstructs a block of them.
  template <class Map>
  static std::vector<double> errors_of(const Judged& judged, const Map& map) {
    std::vector<double> errors(static_cast<std::size_t>(judged.rows()));
    std::vector<float> out;
    judged.for_each_block([&](std::int64_t first, std::span<const float> images) {
      out.resize(images.size());
      map(first, images, out);
      for (std::size_t i = 0; i < images.size(); ++i) {
        errors[static_cast<std::size_t>(first) + i / static_cast<std::size_t>(judged.columns)] +=
            std::pow(static_cast<double>(out[i]) - static_cast<double>(images[i]), 2);
      }
    });
    return errors;
  }

  static std::vector<double> reconstruction_errors(TaskContext& context, const Judged& judged) {
    return errors_of(judged, [&](std::int64_t first, std::span<const float> images, std::vector<float>& out) {
      context.model.reconstruct(images, out,
                                labels_for(context, Split::test, first, std::ssize(images) / judged.columns));
    });
  }

  static std::vector<double> pca_errors(TaskContext& context, const Judged& judged, const Trial& trial) {
    const SelectedRows known(context.data.clean(Split::train), trial.known);
    const auto pca = context.statistics.pca(known, std::min(context.model.code_size(), judged.columns));
    return errors_of(judged, [&](std::int64_t, std::span<const float> images, std::vector<float>& out) {
      pca->reconstruct(images, out);
    });
  }

  std::vector<double> negative_likelihoods(TaskContext& context, const Judged& judged) const {
    std::vector<double> result(static_cast<std::size_t>(judged.rows()));
    judged.for_each_block([&](std::int64_t first, std::span<const float> images) {
      const auto count = std::ssize(images) / judged.columns;
      context.model.log_likelihood(
          images, std::span(result).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)),
          params_.samples, context.rng, labels_for(context, Split::test, first, count));
    });
    for (auto& value : result) value = -value;
    return result;
  }

  /// Returns what represents the judged images, as TaskData::represent() does for those of a split.
  static MemoryRows represent(TaskContext& context, const Judged& judged, Representation representation) {
    const auto columns = context.data.represent(representation, Split::train).columns();
    std::unique_ptr<Projection> pca;
    if (representation == Representation::pca) pca = context.statistics.pca(context.data.clean(Split::train), columns);
    std::vector<float> values(static_cast<std::size_t>(judged.rows() * columns));
    judged.for_each_block([&](std::int64_t first, std::span<const float> images) {
      const auto count = std::ssize(images) / judged.columns;
      const auto out = std::span(values).subspan(static_cast<std::size_t>(first * columns),
                                                 static_cast<std::size_t>(count * columns));
      if (representation == Representation::pixels) std::ranges::copy(images, out.begin());
      if (representation == Representation::pca) pca->project(images, out);
      if (representation == Representation::codes)
        context.model.encode(images, out, labels_for(context, Split::test, first, count));
      if (representation == Representation::random_codes)
        context.model.initial().encode(images, out, labels_for(context, Split::test, first, count));
    });
    return {std::move(values), columns};
  }

  std::vector<double> densities(TaskContext& context, const Rows& known, const MemoryRows& codes) const {
    const MixtureOptions options{.components = std::min(params_.components, known.rows()), .full = params_.full};
    std::vector<double> result(static_cast<std::size_t>(codes.rows()));
    context.statistics.mixture(known, options, context.rng)->log_density(codes.values(), result);
    for (auto& value : result) value = -value;
    return result;
  }

  std::vector<double> distances(TaskContext& context, const Rows& known, const MemoryRows& codes) const {
    const auto k = std::min(params_.k, known.rows());
    const auto near = context.statistics.nearest(known, codes, k);
    std::vector<double> result;
    for (auto i = static_cast<std::size_t>(k - 1); i < near.squared_distances.size(); i += static_cast<std::size_t>(k))
      result.push_back(std::sqrt(near.squared_distances[i]));
    return result;
  }

  std::string protocol(TaskContext& context, const std::string& score, std::size_t trials) const {
    const std::map<std::string, std::string> how = {
        {"reconstruction", "squared error"},
        {"likelihood", "-log p(x), " + std::to_string(params_.samples) + " samples"},
        {"mixture", "-log-density of " + std::to_string(params_.components) + (params_.full ? " full" : " diagonal") +
                        " Gaussians fitted to the inliers of train"},
        {"nearest", "distance from neighbour " + std::to_string(params_.k) + " among the inliers of train"}};
    if (!by_class()) {
      return how.at(score) + "; test images are inliers, " + outlier_text() + " are outliers";
    }
    return how.at(score) + "; " +
           (params_.setting == Setting::one_class ? "one class is inliers, the others outliers"
                                                  : "one class is outliers, the others inliers") +
           ", mean over " + std::to_string(trials) + " classes; the model is trained on all " +
           std::to_string(context.data.classes()) + " classes";
  }

  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Outlier>(
    "outlier",
    "AUROC, AUPR and FPR at 95 % TPR of outliers by reconstruction, density or distance, compared with PCA."))
