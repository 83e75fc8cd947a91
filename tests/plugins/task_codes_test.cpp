// Tasks that describe codes: outlier, clustering, code_statistics.
#include <cmath>
#include <set>

#include "base/files.hpp"
#include "plugins/task_run.hpp"

using namespace hourglass;
using test::metric_of;
using test::TaskRun;

namespace {

/// The probability that an outlier scores higher than an inlier, by a loop over all pairs.
double auroc(const std::vector<double>& scores, Labels labels, std::int32_t inlier) {
  double wins = 0, pairs = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    for (std::size_t j = 0; j < scores.size(); ++j) {
      if (labels[i] == inlier || labels[j] != inlier) continue;
      wins += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
      ++pairs;
    }
  }
  return wins / pairs;
}

/// The squared errors of reconstructed images of 10 x 10 pixels.
std::vector<double> errors_of(TaskRun& run, const Rows& rows) {
  const auto images = test::all_of(rows);
  std::vector<float> out(images.size());
  run.model.reconstruct(images, out, {});
  std::vector<double> errors(static_cast<std::size_t>(rows.rows()));
  for (std::size_t i = 0; i < images.size(); ++i) errors[i / 100] += std::pow(images[i] - out[i], 2);
  return errors;
}

/// The probability that an image of `outliers` has a greater error than a test image.
double auroc(TaskRun& run, const Rows& outliers) {
  auto scores = errors_of(run, run.data.clean(Split::test));
  std::vector<std::int32_t> sides(scores.size(), 1);
  for (const double error : errors_of(run, outliers)) {
    scores.push_back(error);
    sides.push_back(0);
  }
  return auroc(scores, sides, 1);
}

}  // namespace

TEST_CASE("outlier: the mean over classes of the areas under the curves of reconstruction errors") {
  TaskRun run("outlier");
  const auto metrics = run.measure();
  const auto errors = errors_of(run, run.data.clean(Split::test));
  const auto labels = run.data.labels(Split::test);
  CHECK(metric_of(metrics, "auroc_reconstruction").value ==
        doctest::Approx((auroc(errors, labels, 0) + auroc(errors, labels, 1)) / 2));
  for (const char* name : {"auroc_reconstruction", "aupr_mixture", "fpr95_nearest"}) metric_of(metrics, name, "pca");
  metric_of(metrics, "auroc_nearest", "pixels");
  metric_of(metrics, "auroc_mixture", "random_encoder");
}

TEST_CASE("outlier: nearest is the distance from the inliers of train alone") {
  TaskRun run("outlier", "scores = [\"nearest\"]\nclasses = [\"tall\"]\nbaselines = []\nsetting = \"left_out\"\n");
  const auto names = run.data.class_names();
  const auto found = std::ranges::find(names, std::string("tall"));
  REQUIRE(found != names.end());
  const auto outlier = static_cast<std::int32_t>(found - names.begin());
  const auto known = test::all_of(run.data.codes(Split::train)), asked = test::all_of(run.data.codes(Split::test));
  const auto of_known = run.data.labels(Split::train), of_asked = run.data.labels(Split::test);
  std::vector<double> distances;
  for (std::size_t i = 0; i < 50; ++i) {
    double least = INFINITY;
    for (std::size_t j = 0; j < of_known.size(); ++j) {
      if (of_known[j] == outlier) continue;
      double sum = 0;
      for (std::size_t c = 0; c < 4; ++c) sum += std::pow(known[4 * j + c] - asked[4 * i + c], 2);
      least = std::min(least, sum);
    }
    distances.push_back(least);
  }
  const auto metrics = run.measure();
  CHECK(metrics.size() == 3);
  CHECK(metric_of(metrics, "auroc_nearest").value == doctest::Approx(auroc(distances, of_asked, 1 - outlier)));
}

TEST_CASE("outlier: a class that the dataset does not have is an error") {
  TaskRun run("outlier", "classes = [\"seven\"]\n");
  CHECK(run.outcome().error.ends_with("'classes' names 'seven', which is no class of the dataset"));
  CHECK_FALSE(TaskRun("outlier", "scores = [\"likelihood\"]\n").refusals().empty());
}

TEST_CASE("clustering: as many clusters as images agree with the classes as the definition says") {
  TaskRun run("clustering", "baselines = [\"pixels\"]\n");
  const auto metrics = run.measure();
  CHECK(metrics.size() == 6);
  for (const auto& metric : metrics) {
    CHECK(metric.value <= 1);
    CHECK((metric.value >= 0 || metric.name == "ari"));
  }
  // Two clusters of two classes: at least half of the images are matched.
  CHECK(metric_of(metrics, "cluster_accuracy").value >= 0.5);
}

TEST_CASE("code_statistics: zeros, dead and active units are counted over the test images") {
  TaskRun run("code_statistics", "", {"bottleneck.activation=relu"});
  const auto codes = test::all_of(run.data.codes(Split::test));
  double zeros = 0, dead = 0, active = 0;
  for (std::size_t unit = 0; unit < 4; ++unit) {
    std::set<float> values;
    double mean = 0, square = 0;
    for (std::size_t i = unit; i < codes.size(); i += 4) {
      values.insert(codes[i]);
      zeros += codes[i] == 0 ? 1.0 / 200 : 0;
      mean += codes[i] / 50.0;
      square += codes[i] * codes[i] / 50.0;
    }
    dead += values.size() == 1 ? 0.25 : 0;
    active += square - mean * mean > 0.01 ? 1 : 0;
  }
  const auto metrics = run.measure();
  CHECK(metric_of(metrics, "zeros").value == doctest::Approx(zeros));
  CHECK(metric_of(metrics, "dead_units").value == doctest::Approx(dead));
  CHECK(metric_of(metrics, "active_units").value == active);
  CHECK(metric_of(metrics, "mutual_information_gap").value <= metric_of(metrics, "class_information").value);
  CHECK(metric_of(metrics, "class_information").value <= 1);
}

TEST_CASE("outlier: artificial images are told from those of test, which needs no labels") {
  TaskRun run("outlier", "setting = \"shuffled\"\nscores = [\"reconstruction\"]\nbaselines = []\n");
  CHECK(run.refusals().empty());
  CHECK(metric_of(run.measure(), "auroc_reconstruction").value ==
        doctest::Approx(auroc(run, run.data.outliers(Outliers::shuffled, Split::test))));
}

TEST_CASE("outlier: classes that the run leaves out are told from those that it has") {
  const std::string keys = "setting = \"excluded\"\nscores = [\"reconstruction\"]\nbaselines = []\n";
  TaskRun run("outlier", keys, {"dataset.classes=[\"wide\"]"});
  CHECK(run.refusals().empty());
  CHECK(run.data.excluded(Split::test).rows() == 25);
  const auto metrics = run.measure();
  const auto measured = metric_of(metrics, "auroc_reconstruction");
  CHECK(measured.value == doctest::Approx(auroc(run, run.data.excluded(Split::test))));
  CHECK(measured.protocol ==
        "squared error; test images are inliers, test images of the classes that the run leaves out are outliers");
  CHECK(TaskRun("outlier", keys).refusals() ==
        std::vector<std::string>{"needs classes that the run leaves out, but there are none in the test split; remove "
                                 "the task or name the others in [dataset], as in classes = [\"0\", \"1\"]"});
}

TEST_CASE("outlier: images of another dataset are outliers, and the same images are not") {
  const std::string keys = "setting = \"dataset\"\nscores = [\"reconstruction\"]\nbaselines = []\ndataset = ";
  TaskRun run("outlier", keys + "{ plugin = \"shapes\", variant = \"convex\", test_size = 30, side = 10 }\n");
  const auto& section = *run.subject.config.all(Task::kKind).front();
  const auto values = section.values();
  const auto at = std::ranges::find(section.alternative->params, "dataset", &ParamSpec::name);
  const auto& choice = std::get<std::vector<PluginChoice>>(
      values[static_cast<std::size_t>(at - section.alternative->params.begin())])[0];
  const auto others = run.data.images(host::create<Dataset>(*choice.info, choice.values));
  CHECK(others->rows() == 30);
  const auto metrics = run.measure();
  CHECK(metric_of(metrics, "auroc_reconstruction").value == doctest::Approx(auroc(run, *others)));
  CHECK(metric_of(metrics, "auroc_reconstruction").protocol.find("images of shapes, variant = \"convex\"") !=
        std::string::npos);
  TaskRun same("outlier", keys + "{ plugin = \"shapes\", train_size = 200, test_size = 50, side = 10 }\n");
  CHECK(metric_of(same.measure(), "auroc_reconstruction").value == doctest::Approx(0.5));
}
