// Datasets that are computed or come with the program: their published numbers, and what they are made of.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "host/data_access.hpp"
#include "hourglass/dataset.hpp"
#include "plugins/idx_files.hpp"
#include "support/plugins.hpp"
#include "support/process.hpp"

using namespace hourglass;

namespace {

std::unique_ptr<Samples> open_set(host::HostData& data, const std::string& name,
                                  const std::map<std::string, Value>& params = {}, Split split = Split::train) {
  return test::make<Dataset>(name, params)->open(split, data);
}

std::vector<float> image_of(const Samples& samples, std::int64_t index) {
  std::vector<float> image(static_cast<std::size_t>(samples.shape().size()));
  samples.read({&index, 1}, image);
  return image;
}

/// Writes MNIST as 60,000 and 10,000 images of 28 x 28, each of the grey value `pixel` in its middle and black
/// elsewhere, with the labels i % 10.
void write_mnist(const std::filesystem::path& folder) {
  const auto write = [&](const std::string& name, std::uint32_t count, std::uint32_t first) {
    std::string images(std::size_t{count} * 784, '\0'), classes;
    for (std::uint32_t i = 0; i < count; ++i) {
      // 4 pixels right of the centre hold the number of the image, 24 bits.
      for (std::uint32_t byte = 0; byte < 3; ++byte)
        images[std::size_t{i} * 784 + 100 + byte] = static_cast<char>((first + i) >> (8 * byte));
      classes += static_cast<char>((first + i) % 10);
    }
    test::write(folder / "mnist" / (name + "-images-idx3-ubyte"), test::header({count, 28, 28}) + images);
    test::write(folder / "mnist" / (name + "-labels-idx1-ubyte"), test::header({count}) + classes);
  };
  write("train", 60000, 0);
  write("t10k", 10000, 60000);
}

}  // namespace

TEST_CASE("mnist1d: seed 42 gives the numbers of the published program") {
  // Computed with the program of github.com/greydanus/mnist1d, NumPy 1.24.2 and SciPy 1.10.1.
  host::HostData data;
  const auto train = open_set(data, "mnist1d"), test = open_set(data, "mnist1d", {}, Split::test);
  CHECK(train->size() == 4000);
  CHECK(test->size() == 1000);
  const std::vector<std::int32_t> labels(train->labels().begin(), train->labels().begin() + 10);
  CHECK(labels == std::vector<std::int32_t>{2, 6, 4, 5, 6, 6, 6, 0, 3, 1});
  std::vector<int> counts(10);
  for (const auto label : train->labels()) ++counts[static_cast<std::size_t>(label)];
  CHECK(counts == std::vector<int>{398, 396, 411, 394, 394, 402, 401, 404, 402, 398});
  const std::vector<double> first = {-0.332005667, -0.471910366, -0.778697076, -1.00974083},
                            last = {0.447232885, 0.659875647, 0.87773435, 1.19315184};
  const auto begin = image_of(*train, 0), end = image_of(*test, 999);
  double cubes = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(begin[i] == doctest::Approx(first[i]).epsilon(1e-6));
    CHECK(end[36 + i] == doctest::Approx(last[i]).epsilon(1e-6));
  }
  for (std::int64_t i = 0; i < 4000; ++i) {
    for (const float value : image_of(*train, i)) cubes += std::pow(static_cast<double>(value), 3);
  }
  CHECK(cubes / 160000 == doctest::Approx(-0.06520006201932108).epsilon(1e-6));
}

TEST_CASE("digits: are the 1,797 images of scikit-learn's load_digits") {
  host::HostData data;
  const auto digits = open_set(data, "digits");
  CHECK(digits->size() == 1797);
  CHECK(open_set(data, "digits", {}, Split::test) == nullptr);
  std::vector<int> counts(10);
  for (const auto label : digits->labels()) ++counts[static_cast<std::size_t>(label)];
  CHECK(counts == std::vector<int>{178, 182, 177, 183, 181, 182, 181, 179, 174, 180});
  double sum = 0;
  for (std::int64_t i = 0; i < 1797; ++i) {
    for (const float value : image_of(*digits, i)) sum += 16 * static_cast<double>(value);
  }
  CHECK(sum == 561718);
  const auto first = image_of(*digits, 0);  // 0 0 5 13 9 1 0 0 / 0 0 13 15 10 15 5 0 / ...
  CHECK(std::vector<float>(first.begin() + 8, first.begin() + 16) ==
        std::vector<float>{0, 0, 13 / 16.0F, 15 / 16.0F, 10 / 16.0F, 15 / 16.0F, 5 / 16.0F, 0});
}

TEST_CASE("sparse_features: every vector is the positive sum of `active` different true features") {
  host::HostData data;
  const std::map<std::string, Value> params = {{"dimension", std::int64_t{64}}, {"features", std::int64_t{40}},
                                               {"active", std::int64_t{3}},     {"coefficient_min", 0.5},
                                               {"coefficient_max", 2.0},        {"train_size", std::int64_t{200}}};
  const auto samples = open_set(data, "sparse_features", params);
  const auto features = samples->true_features();
  REQUIRE(features.size() == 40 * 64);
  // Features that are fewer than the dimensions are independent: matching pursuit with corrections finds the factors.
  std::set<std::size_t> seen;
  for (std::int64_t i = 0; i < 200; ++i) {
    const auto vector = image_of(*samples, i);
    std::vector<double> residual(vector.begin(), vector.end()), factors(40);
    for (int step = 0; step < 2000; ++step) {
      std::size_t best = 0;
      double most = 0;
      for (std::size_t f = 0; f < 40; ++f) {
        double product = 0;
        for (std::size_t d = 0; d < 64; ++d) product += residual[d] * static_cast<double>(features[f * 64 + d]);
        if (std::abs(product) > std::abs(most)) {
          most = product;
          best = f;
        }
      }
      factors[best] += most;
      for (std::size_t d = 0; d < 64; ++d) residual[d] -= most * static_cast<double>(features[best * 64 + d]);
    }
    int active = 0;
    for (std::size_t f = 0; f < 40; ++f) {
      if (std::abs(factors[f]) < 0.01) continue;
      ++active;
      seen.insert(f);
      CHECK(factors[f] > 0.49);
      CHECK(factors[f] < 2.01);
    }
    CHECK(active == 3);
  }
  CHECK(seen.size() == 40);
}

TEST_CASE("sparse_features: without room for the active features the keys are refused") {
  CHECK_THROWS_WITH(
      test::make<Dataset>("sparse_features", {{"active", std::int64_t{9}}, {"features", std::int64_t{8}}}),
      doctest::Contains("active = 9 is more than the 8 features"));
}

TEST_CASE("mnist_variations: 10,000, 2,000 and 50,000 different images of the 70,000, with their labels") {
  const test::TemporaryFolder folder;
  write_mnist(folder.path());
  host::HostData data(folder.path(), folder / "cache");
  std::set<std::uint32_t> seen;
  std::size_t from_test = 0;
  for (const auto& [split, count] : {std::pair(Split::train, 10000), {Split::validation, 2000}, {Split::test, 50000}}) {
    const auto samples = open_set(data, "mnist_variations", {}, split);
    REQUIRE(samples->size() == count);
    for (std::int64_t i = 0; i < samples->size(); ++i) {
      const auto image = image_of(*samples, i);
      std::uint32_t number = 0;
      for (std::uint32_t byte = 0; byte < 3; ++byte)
        number |= static_cast<std::uint32_t>(std::lround(image[100 + byte] * 255)) << (8 * byte);
      seen.insert(number);
      from_test += number >= 60000 ? 1 : 0;
      if (samples->labels()[static_cast<std::size_t>(i)] != static_cast<std::int32_t>(number % 10)) FAIL(number);
    }
  }
  CHECK(seen.size() == 62000);
  CHECK(from_test > 8500);  // 6/7 of 70,000 are used, wherever they are from: 8,857 are expected
  CHECK(from_test < 9200);
}

TEST_CASE("mnist_variations: rot turns about the centre by all angles, and bg_rand keeps the brighter pixel") {
  const test::TemporaryFolder folder;
  write_mnist(folder.path());
  host::HostData data(folder.path(), folder / "cache");
  const auto plain = open_set(data, "mnist_variations"),
             rotated = open_set(data, "mnist_variations", {{"variant", "rot"}}),
             noisy = open_set(data, "mnist_variations", {{"variant", "bg_rand"}});
  double background = 0, count = 0;
  std::vector<int> quadrants(4);
  for (std::int64_t i = 0; i < 400; ++i) {
    const auto before = image_of(*plain, i), after = image_of(*rotated, i), front = image_of(*noisy, i);
    double mass = 0, x = 0, y = 0;
    for (std::size_t p = 0; p < 784; ++p) {
      const double value = after[p];
      mass += value;
      x += value * (static_cast<double>(p % 28) - 13.5);
      y += value * (static_cast<double>(p / 28) - 13.5);
      REQUIRE(front[p] >= before[p]);
      if (before[p] > 0) continue;
      background += static_cast<double>(front[p]);
      ++count;
    }
    ++quadrants[(x > 0 ? 1U : 0U) + (y > 0 ? 2U : 0U)];
    // The marks are 10.5 rows above the centre and 2.5 to 4.5 columns right of it: rotation keeps the distance.
    if (mass > 0.2) CHECK(std::hypot(x, y) / mass == doctest::Approx(std::hypot(10.5, 3.0)).epsilon(0.1));
  }
  for (const int n : quadrants) CHECK(n > 70);
  CHECK(background / count == doctest::Approx(0.5).epsilon(0.01));
}

TEST_CASE("cifar10: records of one label and 3,072 pixels; a file of another size is an error") {
  const test::TemporaryFolder folder;
  std::string batch;
  for (int i = 0; i < 10000; ++i) batch += static_cast<char>(i % 10) + std::string(3072, static_cast<char>(i % 256));
  for (int i = 1; i <= 5; ++i) test::write(folder / ("data_batch_" + std::to_string(i) + ".bin"), batch);
  test::write(folder / "test_batch.bin", batch.substr(1));
  host::HostData data(folder.path(), folder / "cache");
  const auto train = open_set(data, "cifar10", {{"folder", folder.path().string()}});
  CHECK(train->size() == 50000);
  CHECK(train->labels()[10003] == 3);
  CHECK(image_of(*train, 10003)[5] == doctest::Approx(3 / 255.0));
  CHECK_THROWS_WITH(open_set(data, "cifar10", {{"folder", folder.path().string()}}, Split::test),
                    doctest::Contains("test_batch.bin: byte 30729999: expected 30730000 bytes"));
  CHECK_THROWS_WITH(open_set(data, "cifar10"), doctest::Contains("data_batch_1.bin was not found in"));
}
