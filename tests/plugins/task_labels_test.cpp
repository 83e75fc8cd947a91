// Tasks that predict labels: knn, fine_tune, supervised.
#include <cmath>

#include "base/files.hpp"
#include "plugins/task_run.hpp"

using namespace hourglass;
using test::metric_of;
using test::TaskRun;

TEST_CASE("knn: the accuracy is that of a naive vote, of codes and of each baseline") {
  for (const std::size_t k : {1, 3}) {
    CAPTURE(k);
    TaskRun run("knn", "k = " + std::to_string(k) + "\n");
    for (auto& value : run.network.parameters()) value *= 1.5F;  // now the random encoder differs
    const auto metrics = run.measure();
    CHECK(metrics.size() == 4);
    for (const auto representation : run.data.representations()) {
      CAPTURE(baseline_of(representation));
      const auto &train = run.data.represent(representation, Split::train),
                 &test = run.data.represent(representation, Split::test);
      const auto known = test::all_of(train), asked = test::all_of(test);
      const auto of_known = run.data.labels(Split::train), of_asked = run.data.labels(Split::test);
      const auto width = static_cast<std::size_t>(train.columns());
      double right = 0;
      for (std::size_t i = 0; i < of_asked.size(); ++i) {
        std::vector<std::pair<double, int>> near;
        for (std::size_t j = 0; j < of_known.size(); ++j) {
          double distance = 0;
          for (std::size_t c = 0; c < width; ++c) distance += std::pow(known[width * j + c] - asked[width * i + c], 2);
          near.emplace_back(distance, of_known[j]);
        }
        std::ranges::sort(near);
        int ones = 0;
        for (std::size_t n = 0; n < k; ++n) ones += near[n].second;
        right += (2 * ones > static_cast<int>(k) ? 1 : 0) == of_asked[i] ? 1 : 0;
      }
      CHECK(metric_of(metrics, "accuracy", baseline_of(representation)).value == doctest::Approx(right / 50));
    }
  }
}

TEST_CASE("knn: more neighbours than training images are refused before training") {
  CHECK(TaskRun("knn", "k = 181\n").refusals() ==
        std::vector<std::string>{"needs 181 labelled training images, but dataset shapes has 180 after validation is "
                                 "split off; request at most 180"});
}

TEST_CASE("fine_tune: each accuracy is the mean over draws of the classifier with those labels") {
  TaskRun run("fine_tune", "labels = [20, 60, 500, 0]\ndraws = 2\nepochs = 3\nsteps = 10\n");
  for (auto& value : run.network.parameters()) value *= 1.5F;
  const auto outcome = run.outcome();
  REQUIRE_MESSAGE(outcome.error.empty(), outcome.error);
  CHECK(outcome.metrics.size() == 12);
  for (const auto& [baseline, training] : {std::pair{"", ClassifierOptions::Training::joint},
                                           std::pair{"from_scratch", ClassifierOptions::Training::scratch},
                                           std::pair{"frozen", ClassifierOptions::Training::frozen}}) {
    CAPTURE(baseline);
    double accuracy = 0;
    for (const int seed : {0, 1}) {
      // Ten updates on 60 images are ten epochs of one update.
      accuracy += run.fit.classifier({.training = training, .l2 = 1e-2, .labels = 60, .epochs = 10, .seed = seed})
                      .test_accuracy /
                  2;
    }
    CHECK(metric_of(outcome.metrics, "accuracy_60", baseline).value == doctest::Approx(accuracy));
  }
  CHECK(metric_of(outcome.metrics, "accuracy_20").protocol == "20 labels, fine-tuned for 10 epochs, mean of 2 draws");
  CHECK(metric_of(outcome.metrics, "accuracy_all", "frozen").protocol ==
        "all 180 labels, logistic regression on frozen codes, 1 draw");
  CHECK(outcome.notes ==
        std::vector<std::string>{"500 labels are left out, because there are only 180 training images"});
  CHECK(base::read_file(run.folder / "accuracies.csv")
            .starts_with("training,labels,accuracy,deviation,draws\njoint,20,"));
}

TEST_CASE("supervised: scores are those of the classifier from scratch, and confidence is measured on no class") {
  TaskRun run("supervised", "epochs = 5\n");
  const auto metrics = run.measure();
  const auto options = ClassifierOptions{.training = ClassifierOptions::Training::scratch, .epochs = 5};
  const auto classifier = run.fit.image_classifier(options);
  CHECK(metric_of(metrics, "accuracy").value == doctest::Approx(classifier->result().test_accuracy));
  const auto confidence = [&](const Rows& images) {
    std::vector<float> probabilities(100);
    classifier->probabilities(test::all_of(images), probabilities);
    double sum = 0;
    for (std::size_t i = 0; i < 50; ++i) sum += std::max(probabilities[2 * i], probabilities[2 * i + 1]);
    return sum / 50;
  };
  for (const auto& [name, kind] : outlier_names()) {
    CHECK(metric_of(metrics, "confidence_" + name).value ==
          doctest::Approx(confidence(run.data.outliers(kind, Split::test))));
    CHECK(metric_of(metrics, "auroc_" + name).value >= 0);
  }
  CHECK(metric_of(metrics, "nll").value > 0);
}

TEST_CASE("supervised: confidence on another dataset; on the run's own test images it is that on the inliers") {
  const auto metrics =
      TaskRun("supervised",
              "epochs = 1\noutliers = []\ndataset = { plugin = \"shapes\", train_size = 200, test_size "
              "= 50, side = 10 }\n")
          .measure();
  CHECK(metric_of(metrics, "auroc_dataset").value == doctest::Approx(0.5));
  CHECK(metric_of(metrics, "confidence_dataset").protocol.find("images of shapes, train_size = 200") !=
        std::string::npos);
  CHECK(TaskRun("supervised", "outliers = [\"excluded\"]\n").refusals().size() == 1);
}
