// The keys that all datasets share: classes, sizes, drawn splits and normalisation; and who may read the test split.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "subject/data_splits.hpp"
#include "subject/split_record.hpp"
#include "subject/subject.hpp"
#include "support/experiment.hpp"

using namespace hourglass;

namespace {

/// 40 samples of two numbers, i and -2 i, with the labels i % 4 as texts; 8 test samples with greater numbers.
struct Tables {
  Tables() {
    std::string train = "x,y,kind\n", test = train;
    for (int i = 0; i < 40; ++i) train += fmt::format("{},{},{}\n", i, -2 * i, name(i));
    for (int i = 0; i < 8; ++i) test += fmt::format("{},{},{}\n", 100 + i, -300, name(i));
    test::write(folder / "train.csv", train);
    test::write(folder / "test.csv", test);
  }
  static std::string name(int i) {
    return std::vector<std::string>{"ant", "bee", "cat", "dog"}[static_cast<std::size_t>(i % 4)];
  }
  experiment::Config config(const std::vector<std::string>& overrides = {}, bool own_test = true) const {
    auto text = "[dataset]\nplugin = \"csv\"\nlabel = \"kind\"\ntrain = \"" + (folder / "train.csv").string() + "\"\n";
    if (own_test) text += "test = \"" + (folder / "test.csv").string() + "\"\n";
    return test::resolve_experiment(text + "[architecture]\nplugin = \"mlp\"\n[train]\nvalidation = 0\n", overrides);
  }
  std::string error(const std::vector<std::string>& overrides, bool own_test = true) const {
    try {
      const subject::Data data(config(overrides, own_test));
    } catch (const base::UserError& error) {
      return error.what();
    }
    return "";
  }
  test::TemporaryFolder folder;
};

std::vector<float> values(const subject::SplitView& view) {
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 0; i < view.size(); ++i) indices.push_back(i);
  std::vector<float> read(indices.size() * 2);
  view.read(indices, read);
  return read;
}

std::set<int> firsts(const subject::SplitView& view) {
  const auto all = values(view);
  std::set<int> result;
  for (std::size_t i = 0; i < all.size(); i += 2) result.insert(static_cast<int>(all[i]));
  return result;
}

}  // namespace

TEST_CASE("dataset keys: classes are selected by name or label, and the others are kept for evaluation") {
  const Tables tables;
  const subject::Data data(tables.config({"dataset.classes=[\"3\", \"bee\"]"}));
  CHECK(data.class_names() == std::vector<std::string>{"bee", "dog"});
  const auto train = data.split(Split::train);
  CHECK(train.size() == 20);
  CHECK(train.labels()[0] == 0);
  CHECK(train.labels()[1] == 1);
  CHECK(values(train)[2] == 3);
  CHECK(data.for_evaluation(Split::test).size() == 4);
  CHECK(data.excluded(Split::test).size() == 4);
  CHECK(values(data.excluded(Split::test))[0] == 100);
  CHECK(values(data.excluded(Split::train))[2] == 2);
  CHECK(
      tables.error({"dataset.classes=[\"bees\"]"}) ==
      "command line: dataset.classes=[\"bees\"]: [dataset] 'classes' has \"bees\", but the classes are ant, bee, cat, "
      "dog; did you mean 'bee'?");
}

TEST_CASE("dataset keys: limit and per_class draw evenly, the same images for every seed") {
  const Tables tables;
  const auto drawn = [&](const std::string& key) {
    const subject::Data data(tables.config({key}));
    std::vector<int> counts(4);
    for (const auto label : data.split(Split::train).labels()) ++counts[static_cast<std::size_t>(label)];
    return std::pair(counts, firsts(data.split(Split::train)));
  };
  CHECK(drawn("dataset.limit=8").first == std::vector<int>(4, 2));
  CHECK(drawn("dataset.per_class=3").first == std::vector<int>(4, 3));
  CHECK(drawn("dataset.limit=8") == drawn("dataset.limit=8"));
  const subject::Data other(tables.config({"dataset.limit=8", "dataset.split_seed=1"}));
  CHECK(firsts(other.split(Split::train)) != drawn("dataset.limit=8").second);
  CHECK(
      tables.error({"dataset.limit=41"}) ==
      "command line: dataset.limit=41: [dataset] limit = 41 is more than the 40 training images; use at most 40, or 0 "
      "for all");
  CHECK(
      tables.error({"dataset.per_class=11"}) ==
      "command line: dataset.per_class=11: [dataset] per_class = 11 is more than the 10 training images of class ant; "
      "use at most 10");
}

TEST_CASE("dataset keys: a dataset without a test split gets one, drawn evenly, that no training image is in") {
  const Tables tables;
  const subject::Data data(tables.config({"dataset.test_share=0.2", "train.validation=0.25"}, false));
  const auto train = firsts(data.split(Split::train)), validation = firsts(data.split(Split::validation)),
             test = firsts(data.for_evaluation(Split::test));
  CHECK(train.size() == 24);
  CHECK(validation.size() == 8);
  CHECK(test.size() == 8);
  std::set<int> all = train;
  all.insert(validation.begin(), validation.end());
  all.insert(test.begin(), test.end());
  CHECK(all.size() == 40);
  std::vector<int> counts(4);
  for (const auto label : data.for_evaluation(Split::test).labels()) ++counts[static_cast<std::size_t>(label)];
  CHECK(counts == std::vector<int>(4, 2));
}

TEST_CASE("dataset keys: the test split is sealed for everything but evaluation") {
  const Tables tables;
  const subject::Data data(tables.config());
  const auto sealed = data.split(Split::test);
  CHECK(sealed.size() == 8);
  CHECK_THROWS_AS(values(sealed), std::logic_error);
  CHECK_THROWS_AS(sealed.labels(), std::logic_error);
  CHECK(values(data.for_evaluation(Split::test)).size() == 16);
}

TEST_CASE("dataset keys: normalise measures the training images only") {
  // Of x = 0, ..., 39: mean 19.5, deviation sqrt((40^2 - 1) / 12); y = -2 x.
  const Tables tables;
  const double mean = 19.5, deviation = std::sqrt((40.0 * 40 - 1) / 12);
  const auto first_test = [&](const std::string& mode, const std::string& scale = "1") {
    const subject::Data data(tables.config({"dataset.normalise=" + mode, "dataset.scale=" + scale}));
    const auto all = values(data.for_evaluation(Split::test));
    return std::pair(static_cast<double>(all[0]), static_cast<double>(all[1]));  // of (100, -300)
  };
  const auto check = [](std::pair<double, double> got, double x, double y) {
    CHECK(got.first == doctest::Approx(x).epsilon(1e-5));
    CHECK(got.second == doctest::Approx(y).epsilon(1e-5));
  };
  check(first_test("features"), (100 - mean) / deviation, (-300 + 2 * mean) / (2 * deviation));
  // All 80 numbers: mean -9.75; mean square (E x^2 + 4 E x^2) / 2 with E x^2 = 39 * 79 / 6 = 513.5.
  const double all_mean = -9.75, mean_square = 2.5 * 513.5;
  const double all_deviation = std::sqrt(mean_square - all_mean * all_mean);
  check(first_test("standard"), (100 - all_mean) / all_deviation, (-300 - all_mean) / all_deviation);
  check(first_test("rms"), 100 / std::sqrt(mean_square), -300 / std::sqrt(mean_square));
  check(first_test("rms", "3.0"), 300 / std::sqrt(mean_square), -900 / std::sqrt(mean_square));
  check(first_test("range"), 1, 0);  // from -78 to 39, limited
  check(first_test("none", "0.5"), 50, -150);
  const subject::Data data(tables.config({"dataset.normalise=range"}));
  CHECK(data.range() == ValueRange{0, 1});
  CHECK(values(data.split(Split::train))[2] == doctest::Approx((1.0 + 78) / (39 + 78)));
}

TEST_CASE("dataset keys: a loss, an output or a noise that does not fit the range is refused at its place") {
  const Tables tables;
  const auto error = [&](const std::vector<std::string>& overrides) -> std::string {
    try {
      check(subject::Subject(tables.config(overrides), 1));
    } catch (const base::UserError& error) {
      return error.what();
    }
    return "";
  };
  const std::string values =
      "needs values in [0, 1], but dataset csv has values of any size; use loss = \"mse\" with "
      "output = \"linear\", or normalise = \"range\" in [dataset]";
  CHECK(error({"train.loss=bce"}) == "command line: train.loss=bce: [train] loss = \"bce\" " + values);
  CHECK(error({"train.output=sigmoid"}) ==
        "command line: train.output=sigmoid: [train] output = \"sigmoid\" " + values);
  CHECK(error({"train.loss=bce", "dataset.normalise=range"}).empty());
  CHECK(error({"train.loss=mse"}).empty());
  CHECK(
      error({"noise=gaussian"}) ==
      "command line: noise=gaussian: [noise] gaussian with these keys needs values of a bounded range, but dataset csv "
      "has values of any size; choose other keys or another noise model, or normalise = \"range\" in [dataset]");
  CHECK(error({"noise=gaussian", "noise.clip=false"}).empty());
  CHECK(error({"noise=masking"}).empty());
}

TEST_CASE("dataset keys: noise for values in [0, 1] is mapped to another bounded range") {
  const Tables tables;
  const auto config = tables.config({"dataset.range=[-400, 400]", "noise=salt_pepper", "noise.fraction=1.0"});
  const subject::Data data(config);
  const auto noise = config.create<Noise>(Noise::kKind);
  float clean[2], noisy[2];
  for (std::int64_t i = 0; i < 8; ++i) {
    data.split(Split::train).read_noisy({&i, 1}, clean, noisy, *noise, 1, base::Stream::noise, 0);
    for (const float value : noisy) CHECK((value == -400 || value == 400));
  }
}

TEST_CASE("split record: rows of each split, with their runs shortened") {
  const std::vector<std::int64_t> rows = {0, 1, 2, 5, 7, 8};
  CHECK(subject::row_text(rows) == "0-2,5,7-8");
  CHECK(subject::row_text({}) == "");
  const Tables tables;
  const subject::Data data(tables.config({"dataset.classes=[\"ant\"]", "dataset.scale=2.0"}));
  CHECK(subject::split_record(data).dump(-1) ==
        R"({"train":{"images":10,"from":"train","rows":"0,4,8,12,16,20,24,28,32,36"},)"
        R"("test":{"images":2,"from":"test","rows":"0,4"},"normalisation":{"shift":[0.0],"factor":[2.0]}})");
}
