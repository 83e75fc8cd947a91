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
  const auto labels = data.for_evaluation(Split::test).labels();
  CHECK(std::vector(labels.begin(), labels.end()) == std::vector<std::int32_t>{5, 1});
  std::vector<float> images(2 * 3 * 32 * 32);
  data.split(Split::train).read(std::vector<std::int64_t>{2, 1}, images);
  const auto of_train = data.split(Split::train).labels();
  CHECK(images.front() == static_cast<float>(of_train[2]) / 255);
  CHECK(images.back() == static_cast<float>(of_train[1]) / 255);
  CHECK(data.split(Split::validation).labels()[0] == 3);  // the only class of which an image remains for training
}

TEST_CASE("reach: a damaged or missing file is reported at the key that names it") {
  for (const std::string name : {"train", "test"}) {
    const CifarFiles files;
    const auto file = files.folder / name;
    const auto place = std::string("experiment.toml:") + (name == "train" ? "3:9" : "4:8") +
                       ": [dataset] cifar: " + file.string() + ": ";
    const auto error = [&] {
      try {
        const subject::Data data(files.config());
      } catch (const base::UserError& error) {
        return std::string(error.what());
      }
      return std::string("no error");
    };
    test::write(file, records({5}) + "x");
    CHECK(error().ends_with(place + "expected records of 3073 bytes, but got 3074 bytes"));
    std::filesystem::remove(file);
    CHECK(error().ends_with(place + "cannot be read: No such file or directory"));
  }
}
