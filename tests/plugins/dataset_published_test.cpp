// The published datasets in the IDX format: where their files are found, and what they contain.
#include <doctest/doctest.h>

#include <exception>
#include <memory>
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
