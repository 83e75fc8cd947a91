// Metrics of sparse codes, on known codes and images.
#include "evaluate/sparse_code.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "evaluate/evaluated.hpp"
#include "evaluate/faces/statistics_face.hpp"

using namespace hourglass;

namespace {

/// Returns the automatic metrics of a sparse code of an untrained model.
std::map<std::string, Metric> measured(const std::string& bottleneck) {
  test::Evaluated run(
      "[dataset]\nplugin = \"shapes\"\ntrain_size = 20\ntest_size = 300\nside = 8\n"
      "[architecture]\nplugin = \"sparse\"\n[bottleneck]\nsize = 30\n" +
      bottleneck);
  // Makes a unit that is never active.
  for (const auto& record : run.subject.autoencoder.network->parameters()) {
    if (record.dims == std::vector<std::int64_t>{30}) {
      run.model.parameters()[static_cast<std::size_t>(record.offset)] = -1000;
    }
  }
  std::map<std::string, Metric> found;
  for (const auto& task : run.tasks()) {
    if (task.name != "sparse_code") continue;
    for (const auto& metric : run.run(task).metrics) found[metric.name] = metric;
  }
  return found;
}

/// Three images of two pixels with codes of three units, and their reconstructions.
struct Known final : TrainedModel, TaskData, Report {
  struct Images final : Rows {
    std::int64_t rows() const override { return 3; }
    std::int64_t columns() const override { return 2; }
    void read(std::int64_t first, std::span<float> out) const override {
      constexpr float kPixels[] = {0, 0.5F, 0.3F, 0.5F, 0.6F, 0.5F};
      std::copy_n(kPixels + 2 * first, out.size(), out.begin());
    }
  } pictures;
  std::vector<Metric> metrics;
  std::vector<std::string> notes;

  ImageShape image_shape() const override { return {1, 1, 2}; }
  std::int64_t code_size() const override { return 3; }
  bool reads_labels() const override { return false; }
  void encode(std::span<const float>, std::span<float> codes, Labels) override {
    constexpr float kCodes[] = {1, -2, 0, 0, 3, 0, 0, 0, 0};
    std::ranges::copy(kCodes, codes.begin());
  }
  void decode(std::span<const float>, std::span<float>, Labels) override {}
  void reconstruct(std::span<const float>, std::span<float> out, Labels) override {
    constexpr float kOut[] = {0, 0.5F, 0.3F, 0.8F, 0.6F, 0.5F};
    std::ranges::copy(kOut, out.begin());
  }
  void sample_codes(std::span<float>, Rng&, Labels) override {}
  void log_likelihood(std::span<const float>, std::span<double>, std::int64_t, Rng&, Labels) override {}
  bool has_prior() const override { return false; }
  bool has_density() const override { return false; }
  bool has_decoder() const override { return false; }
  TrainedModel& initial() override { return *this; }
  std::vector<ImageWeights> image_weights() const override { return {}; }

  std::int64_t classes() const override { return 0; }
  std::span<const std::string> class_names() const override { return {}; }
  const Rows& clean(Split) override { return pictures; }
  const Rows& noisy(Split) override { return pictures; }
  const Rows& codes(Split) override { throw std::logic_error("not asked for"); }
  Labels labels(Split) override { return {}; }
  ValueRange range() const override { return {}; }
  const Rows& excluded(Split) override { throw std::logic_error("not asked for"); }
  std::span<const float> true_features() const override { return {}; }
  std::unique_ptr<Rows> noisy(Split, std::shared_ptr<const Noise>) override { return nullptr; }
  std::string noise_text() const override { return "none"; }
  std::vector<Representation> representations() const override { return {}; }
  const Rows& represent(Representation, Split) override { throw std::logic_error("not asked for"); }
  const Rows& outliers(Outliers, Split) override { throw std::logic_error("not asked for"); }
  std::unique_ptr<Rows> images(std::shared_ptr<const Dataset>) override { throw std::logic_error("not asked for"); }

  void metric(Metric metric) override { metrics.push_back(std::move(metric)); }
  void picture(std::string_view, const Grid&) override {}
  void table(std::string_view, const std::vector<std::string>&, const std::vector<std::vector<std::string>>&) override {
  }
  void curve(std::string_view, const Curve&) override {}
  void note(std::string_view text) override { notes.emplace_back(text); }
};

}  // namespace

TEST_CASE("sparse code: metrics equal their definitions") {
  Known known;
  test::Evaluated run;
  test::Faces faces(run);
  base::PhiloxRng rng(1, base::Stream::task, 0, 0);
  evaluate::StatisticsFace statistics({});
  TaskContext context{known, known, faces.scores, faces.fit, known, rng, statistics};
  evaluate::SparseCode().run(context);
  REQUIRE(known.metrics.size() == 3);
  CHECK(known.metrics[0].name == "l0");
  CHECK(known.metrics[0].value == doctest::Approx(3.0 / 3));
  CHECK(known.metrics[1].name == "dead_units");
  CHECK(known.metrics[1].value == doctest::Approx(1.0 / 3));
  CHECK(known.metrics[1].unit == "fraction");
  CHECK(known.metrics[2].name == "explained_variance");
  CHECK(known.metrics[2].value == doctest::Approx(1 - 0.09 / 0.18).epsilon(1e-6));  // floats in
  CHECK(known.metrics[2].direction == Direction::higher);
}

TEST_CASE("sparse code: every run with a sparse code is measured") {
  const auto found = measured("k = 4\n");
  REQUIRE(found.size() == 3);
  CHECK(found.at("l0").value == doctest::Approx(4));
  CHECK(found.at("dead_units").value * 30 >= 0.999);
  CHECK(found.at("explained_variance").value < 1);
}

TEST_CASE("sparse code: relu units can be exactly zero, so they are measured") {
  const auto found = measured("plugin = \"dense\"\nactivation = \"relu\"\n");
  REQUIRE(found.size() == 3);
  CHECK(found.at("l0").value > 0);
  CHECK(found.at("l0").value < 30);
}

TEST_CASE("sparse code: other codes are not measured") {
  CHECK(measured("plugin = \"dense\"\n").empty());
  CHECK(measured("plugin = \"dense\"\nactivation = \"sigmoid\"\n").empty());
}
