// The published datasets in the IDX format: where their files are found, and what they contain.
#include <doctest/doctest.h>

#include <cmath>
#include <exception>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "host/data_access.hpp"
#include "hourglass/dataset.hpp"
#include "plugins/idx_files.hpp"
#include "support/plugins.hpp"
#include "support/process.hpp"

using namespace hourglass;
using test::array;
using test::gzip;
using test::labels;

TEST_CASE("mnist: the error for missing files names the folder and the command that fetches them") {
  const test::TemporaryFolder folder;
  host::HostData data(folder / "data", folder / "cache");
  try {
    test::make<Dataset>("mnist")->open(Split::train, data);
    FAIL("opened");
  } catch (const std::exception& error) {
    CHECK(std::string(error.what()) == "train-images-idx3-ubyte was not found in " + (folder / "data/mnist").string() +
                                           ", plain or with .gz; run `hourglass data fetch mnist`");
  }
}

TEST_CASE("mnist: files are found under each of their usual names") {
  for (const std::string name :
       {"t10k-images-idx3-ubyte", "t10k-images.idx3-ubyte", "t10k-images-idx3-ubyte.gz", "t10k-images.idx3-ubyte.gz"}) {
    const test::TemporaryFolder folder;
    const auto images = array({2, 28, 28});
    test::write(folder / "mnist" / name, name.ends_with(".gz") ? gzip(images) : images);
    test::write(folder / "mnist/t10k-labels-idx1-ubyte", labels({3, 9}));
    host::HostData data(folder.path(), folder / "cache");
    CHECK(test::make<Dataset>("mnist")->open(Split::test, data)->size() == 2);
  }
}

TEST_CASE("mnist: a label above 9 is an error at its byte") {
  const test::TemporaryFolder folder;
  test::write(folder / "mnist/t10k-images-idx3-ubyte", array({3, 28, 28}));
  test::write(folder / "mnist/t10k-labels-idx1-ubyte", labels({3, 9, 10}));
  host::HostData data(folder.path(), folder / "cache");
  try {
    test::make<Dataset>("mnist")->open(Split::test, data);
    FAIL("opened");
  } catch (const std::exception& error) {
    CHECK(std::string(error.what()) ==
          (folder / "mnist/t10k-labels-idx1-ubyte").string() + ": byte 10: expected labels 0 to 9, but got 10");
  }
}

TEST_CASE("mnist and fashion_mnist: if installed, have 70,000 images in ten classes of the known sizes") {
  host::HostData data;
  for (const std::string name : {"mnist", "fashion_mnist"}) {
    const auto dataset = test::make<Dataset>(name);
    std::unique_ptr<Samples> train, test;
    try {
      train = dataset->open(Split::train, data);
      test = dataset->open(Split::test, data);
    } catch (const std::exception& error) {
      MESSAGE("skipped: " << std::string(error.what()));
      continue;
    }
    CHECK(train->size() == 60000);
    CHECK(test->size() == 10000);
    CHECK(test->shape() == ImageShape{1, 28, 28});
    std::vector<int> counts(10);
    for (const auto label : test->labels()) ++counts[static_cast<std::size_t>(label)];
    CHECK(counts == (name == "mnist" ? std::vector<int>{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009}
                                     : std::vector<int>(10, 1000)));
    CHECK(test->class_names()[9] == (name == "mnist" ? "9" : "Ankle boot"));
  }
}

TEST_CASE(
    "mnist: binarise makes pixels 0 or 1, by a threshold or by draws that depend on the seed and the image alone") {
  const test::TemporaryFolder folder;
  // Two images of grey 102, 0.4, and one of grey 204, 0.8, of 4,000 pixels.
  const std::string pixels = std::string(8000, static_cast<char>(102)) + std::string(4000, static_cast<char>(204));
  test::write(folder / "mnist/t10k-images-idx3-ubyte", test::header({3, 50, 80}) + pixels);
  test::write(folder / "mnist/t10k-labels-idx1-ubyte", labels({3, 9, 1}));
  host::HostData data(folder.path(), folder / "cache");
  const auto read = [&](const std::map<std::string, Value>& params, std::vector<std::int64_t> indices) {
    const auto samples = test::make<Dataset>("mnist", params)->open(Split::test, data);
    std::vector<float> images(indices.size() * 4000);
    samples->read(indices, images);
    return images;
  };
  const auto mean = [](std::span<const float> image) {
    double sum = 0;
    for (const float pixel : image) {
      CHECK((pixel == 0 || pixel == 1));
      sum += pixel;
    }
    return sum / static_cast<double>(image.size());
  };
  const auto threshold = read({{"binarise", std::string("threshold")}}, {0, 2});
  CHECK(mean(std::span(threshold).first(4000)) == 0);
  CHECK(mean(std::span(threshold).last(4000)) == 1);
  const std::map<std::string, Value> drawn = {{"binarise", std::string("bernoulli")}};
  const auto images = read(drawn, {0, 1, 2});
  constexpr double kFourDeviations = 4 * 0.5 / 63;  // of a mean of 4,000 draws, at most
  CHECK(std::abs(mean(std::span(images).first(4000)) - 0.4) < kFourDeviations);
  CHECK(std::abs(mean(std::span(images).last(4000)) - 0.8) < kFourDeviations);
  CHECK(read(drawn, {0}) != read(drawn, {1}));
  CHECK(read(drawn, {1}) == std::vector<float>(images.begin() + 4000, images.begin() + 8000));
  CHECK(read({{"binarise", std::string("bernoulli")}, {"binarise_seed", std::int64_t{2}}}, {0}) != read(drawn, {0}));
}
