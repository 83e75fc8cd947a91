// Samples images: from the model's prior if it has one, else from Gaussians fitted to its codes. Compares them with
// test images in the features of a reference classifier.
#include <algorithm>
#include <functional>

#include "hourglass/task.hpp"

namespace {

using namespace hourglass;

/// Images per call.
constexpr std::int64_t kBlock = 1024;
/// Images in a row of the picture.
constexpr std::int64_t kColumns = 10;

enum class Source { automatic, prior, mixture };

class Generation final : public Task {
 public:
  struct Params {
    Source source = Source::automatic;
    std::int64_t components = 10, samples = 10000, k = 3, images = 100;
    bool full = true, scores = true, pca = true;
  };
  static void declare(ParamTable<Params>& table) {
    table.add(
        "source", &Params::source,
        {{"automatic", Source::automatic}, {"prior", Source::prior}, {"mixture", Source::mixture}},
        "distribution of codes; prior: the model's; mixture: Gaussians fitted to the codes of train; automatic: the "
        "prior if the model has one");
    table.add("components", &Params::components, {1, 1000}, "number of Gaussians of a mixture");
    table.add("full", &Params::full,
              "full covariance matrices of a mixture instead of diagonal ones; for codes of hundreds of units, they "
              "take long");
    table.add("images", &Params::images, {0, 10000}, "number of samples in the picture; 0: no picture");
    table.add("scores", &Params::scores,
              "Fréchet distance, precision and recall in the features of a classifier trained on train's labels");
    table.add("samples", &Params::samples, {2, 1e6}, "samples and test images that scores compare, at most all of test")
        .acts_if({{"scores", Condition::Is::equal, true}});
    table.add("k", &Params::k, {1, 1000}, "neighbour that bounds the balls of precision and recall")
        .acts_if({{"scores", Condition::Is::equal, true}});
    table.add("pca", &Params::pca, "also score a mixture on as many principal components, as a baseline")
        .acts_if({{"scores", Condition::Is::equal, true}});
  }

  explicit Generation(const Params& params) : params_(params) {
    if (!params_.scores && params_.images == 0)
      throw std::invalid_argument("'scores' or 'images' expects another value: the task would report nothing");
  }

  Needs needs() const override {
    return {.labels = params_.scores, .decoder = true, .prior = params_.source == Source::prior};
  }

  void run(TaskContext& context) const override {
    const bool prior = params_.source != Source::mixture && context.model.has_prior();
    const auto sample = prior ? from_prior(context) : from_mixture(context);
    const std::string source = prior ? "samples from the prior" : "samples from " + mixture_text() + " codes of train";
    if (!prior && params_.source == Source::automatic)
      context.report.note("the model has no prior; codes are sampled from " + mixture_text() + " codes of train");
    if (params_.images > 0) draw(context, sample);
    if (params_.scores) score(context, sample, source);
  }

 private:
  /// Writes images [n, C, H, W] whose classes are `labels`, if the model reads any.
  using Sampler = std::function<void(std::span<float> images, Labels labels)>;

  std::string mixture_text() const {
    return std::to_string(params_.components) + (params_.full ? " full" : " diagonal") + " Gaussians fitted to the";
  }
  MixtureOptions options(const Rows& rows) const {
    return {.components = std::min(params_.components, rows.rows()), .full = params_.full};
  }

  static Sampler from_prior(TaskContext& context) {
    return [&context](std::span<float> images, Labels labels) {
      const auto size = context.model.image_shape().size();
      std::vector<float> codes(static_cast<std::size_t>(std::ssize(images) / size * context.model.code_size()));
      context.model.sample_codes(codes, context.rng, labels);
      context.model.decode(codes, images, labels);
    };
  }

  Sampler from_mixture(TaskContext& context) const {
    const auto& rows = context.data.codes(Split::train);
    const std::shared_ptr<Mixture> mixture = context.statistics.mixture(rows, options(rows), context.rng);
    return [&context, mixture](std::span<float> images, Labels labels) {
      const auto size = context.model.image_shape().size();
      std::vector<float> codes(static_cast<std::size_t>(std::ssize(images) / size * context.model.code_size()));
      mixture->sample(codes, context.rng);
      context.model.decode(codes, images, labels);
    };
  }

  /// Samples principal components, a linear model of the same code width.
  Sampler from_pca(TaskContext& context) const {
    const auto& rows = context.data.represent(Representation::pca, Split::train);
    const std::shared_ptr<Mixture> mixture = context.statistics.mixture(rows, options(rows), context.rng);
    const std::shared_ptr<Projection> pca =
        context.statistics.pca(context.data.clean(Split::train), context.model.code_size());
    return [&context, mixture, pca, columns = rows.columns()](std::span<float> images, Labels) {
      const auto size = context.model.image_shape().size();
      std::vector<float> components(static_cast<std::size_t>(std::ssize(images) / size * columns));
      mixture->sample(components, context.rng);
      pca->embed(components, images);
      for (auto& pixel : images) pixel = std::clamp(pixel, 0.0F, 1.0F);
    };
  }

  /// Draws all images in rows of ten, or one row per class if the model reads labels.
  void draw(TaskContext& context, const Sampler& sample) const {
    const auto size = static_cast<std::size_t>(context.model.image_shape().size());
    Grid grid{context.model.image_shape(), {}, {}};
    const bool labelled = context.model.reads_labels();
    const auto classes = std::max<std::int64_t>(context.data.classes(), 1);
    const auto rows = labelled ? classes : (params_.images + kColumns - 1) / kColumns;
    const auto columns = labelled ? std::max<std::int64_t>(1, params_.images / classes) : kColumns;
    for (std::int64_t row = 0; row < rows; ++row) {
      const auto count = labelled ? columns : std::min(columns, params_.images - row * columns);
      const std::vector<std::int32_t> labels(static_cast<std::size_t>(count), static_cast<std::int32_t>(row));
      auto& images = grid.rows.emplace_back(static_cast<std::size_t>(count) * size);
      sample(images, labelled ? Labels(labels) : Labels());
      if (labelled) grid.labels.push_back(context.data.class_names()[static_cast<std::size_t>(row)]);
    }
    context.report.picture("samples", grid);
  }

  /// Calls `body(first, images)` for blocks of samples; a model that reads labels gets those of test.
  template <class Body>
  void for_each_block(TaskContext& context, const Sampler& sample, std::int64_t count, const Body& body) const {
    const auto size = context.model.image_shape().size();
    std::vector<float> images;
    for (std::int64_t first = 0; first < count; first += kBlock) {
      const auto n = std::min(kBlock, count - first);
      images.resize(static_cast<std::size_t>(n * size));
      sample(images, labels_for(context, Split::test, first, n));
      body(first, images);
    }
  }

  void score(TaskContext& context, const Sampler& sample, const std::string& source) const {
    auto& reference = context.fit.reference();
    const auto width = reference.feature_count();
    const auto& test = context.data.clean(Split::test);
    const auto count = std::min(params_.samples, test.rows());
    const auto features = [&](const Sampler& images_of) {
      std::vector<float> values(static_cast<std::size_t>(count * width));
      for_each_block(context, images_of, count, [&](std::int64_t first, const auto& images) {
        const auto n = std::ssize(images) / test.columns();
        reference.features(images, std::span(values).subspan(static_cast<std::size_t>(first * width),
                                                             static_cast<std::size_t>(n * width)));
      });
      return MemoryRows(std::move(values), width);
    };
    const auto reading = [](const Rows& rows) {
      return [&rows, first = std::int64_t{0}](std::span<float> images, Labels) mutable {
        rows.read(first, images);
        first += std::ssize(images) / rows.columns();
      };
    };
    const auto real = features(reading(test));
    const auto compare = [&](const MemoryRows& generated, const std::string& what, const std::string& baseline) {
      const auto how = std::to_string(count) + " " + what + " against as many test images; features of the " +
                       reference.description();
      const auto report = [&](const char* name, double value, Direction better, const std::string& more) {
        context.report.metric({name, Split::test, value, "1", better, how + more, baseline});
      };
      report("frechet_distance", context.statistics.frechet_distance(real, generated), Direction::lower, "");
      if (params_.k >= count) return;
      const auto [precision, recall] = context.statistics.coverage(real, generated, params_.k);
      report("precision", precision, Direction::higher, ", k = " + std::to_string(params_.k));
      report("recall", recall, Direction::higher, ", k = " + std::to_string(params_.k));
    };
    compare(features(sample), source, "");
    const auto known = context.data.representations();
    if (params_.pca && std::ranges::find(known, Representation::pca) != known.end()) {
      compare(features(from_pca(context)),
              "samples from " + mixture_text() + " principal components of train, clipped to [0, 1]", "pca");
    }
    // What samples that are as good as real images reach.
    if (context.data.clean(Split::train).rows() >= count)
      compare(features(reading(context.data.clean(Split::train))), "training images", "training_images");
  }

  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Generation>(
    "generation",
    "Sampled images, their Fréchet distance from test images, precision and recall, and a picture of them."))
