// The example dataset: what it reads, and its error for a damaged file.
#include <doctest/doctest.h>

#include "base/error.hpp"
#include "reach/examples.hpp"
#include "subject/data_splits.hpp"
#include "support/experiment.hpp"
#include "support/process.hpp"

using namespace hourglass;

namespace {

/// Records whose pixels all have the value of the class.
std::string records(const std::vector<int>& classes) {
  std::string text;
  for (const int one : classes) text += std::string(1 + 3 * 32 * 32, static_cast<char>(one));
  return text;
}

struct CifarFiles {
  CifarFiles() {
    test::write(folder / "train", records({3, 9, 0, 3}));
    test::write(folder / "test", records({5, 1}));
  }
  experiment::Config config() const {
    return test::resolve_experiment("[dataset]\nplugin = \"cifar\"\ntrain = \"" + (folder / "train").string() +
                                        "\"\ntest = \"" + (folder / "test").string() +
                                        "\"\n[architecture]\nplugin = \"mlp\"\n[train]\nvalidation = 0.25\n",
                                    {}, test::example_schema(), test::examples());
  }
  test::TemporaryFolder folder;
};

}  // namespace

TEST_CASE("reach: a dataset reads images and labels from files of records") {
  const CifarFiles files;
  const subject::Data data(files.config());
  CHECK(data.shape() == ImageShape{3, 32, 32});
  CHECK(data.classes() == 10);
  CHECK(data.split(Split::train).size() == 3);
  CHECK(data.split(Split::validation).size() == 1);
  const auto labels = data.split(Split::test).labels();
  CHECK(std::vector(labels.begin(), labels.end()) == std::vector<std::int32_t>{5, 1});
  std::vector<float> images(2 * 3 * 32 * 32);
  data.split(Split::train).read(std::vector<std::int64_t>{2, 1}, images);
  CHECK(images.front() == 0);
  CHECK(images.back() == 9.0F / 255);
}

TEST_CASE("reach: a damaged file is reported at the dataset's table") {
  const CifarFiles files;
  test::write(files.folder / "test", records({5}) + "x");
  try {
    const subject::Data data(files.config());
    FAIL("the file was accepted");
  } catch (const base::UserError& error) {
    const std::string message = error.what();
    CHECK(message.find("experiment.toml:2:10: [dataset] cifar: " + (files.folder / "test").string() +
                       ": expected records of 3073 bytes, but got 3074 bytes") != std::string::npos);
  }
}
