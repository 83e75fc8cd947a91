// Labelled data in files of the user, run as a user would: sorted by class, with any integers as labels, damaged.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

#include "support/process.hpp"

using namespace hourglass;
using test::TemporaryFolder;

namespace {

/// An IDX file of 8 x 8 images: those of label k show a bright row of their own, k % 8, at changing brightness.
std::string image_file(const std::vector<int>& labels) {
  std::string text("\0\0\x08\x03\0\0\0", 7);
  text += static_cast<char>(labels.size());
  text += std::string("\0\0\0\x08\0\0\0\x08", 8);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    std::string image(64, '\0');
    for (std::size_t x = 0; x < 8; ++x)
      image[static_cast<std::size_t>(labels[i] % 8) * 8 + x] = static_cast<char>(128 + (i * 37 + x * 11) % 128);
    text += image;
  }
  return text;
}

std::string label_file(const std::vector<int>& labels) {
  std::string text("\0\0\x08\x01\0\0\0", 7);
  text += static_cast<char>(labels.size());
  for (const int label : labels) text += static_cast<char>(label);
  return text;
}

/// Runs `hourglass command` on an experiment with these training and test labels.
test::Finished launch(const TemporaryFolder& folder, const std::string& command, const std::vector<int>& train,
                      const std::vector<int>& test_labels) {
  test::write(folder / "train", image_file(train));
  test::write(folder / "train_labels", label_file(train));
  test::write(folder / "test", image_file(test_labels));
  test::write(folder / "test_labels", label_file(test_labels));
  test::write(folder / "own.toml",
              "[dataset]\nplugin = \"idx\"\ntrain_images = \"train\"\ntrain_labels = \"train_labels\"\n"
              "test_images = \"test\"\ntest_labels = \"test_labels\"\n[architecture]\nplugin = \"mlp\"\nhidden = []\n"
              "[bottleneck]\nsize = 16\n[train]\nepochs = 2\nvalidation = 0.2\nthreads = 1\n[[task]]\nplugin = "
              "\"linear_probe\"\n");
  return test::launch({.command = {test::program().string(), command, "own.toml"}, .folder = folder.path()});
}

/// `count` labels of each of these values, sorted.
std::vector<int> sorted(const std::vector<int>& values, int count) {
  std::vector<int> labels;
  for (const int value : values) labels.insert(labels.end(), static_cast<std::size_t>(count), value);
  return labels;
}

}  // namespace

TEST_CASE("labelled data: a training file that is sorted by class is learnt like any other") {
  const TemporaryFolder folder;
  const auto finished = launch(folder, "run", sorted({0, 1, 2, 3, 4}, 40), sorted({0, 1, 2, 3, 4}, 4));
  CHECK_MESSAGE(finished.code == 0, finished.err);
  CHECK_MESSAGE(finished.out.find("\nmodel          1.0                 1.0\n") != std::string::npos, finished.out);
}

TEST_CASE("labelled data: a file that is not next to the experiment is looked for in the data directory") {
  const TemporaryFolder folder, data;
  REQUIRE(launch(folder, "check", sorted({1, 2}, 10), {1, 2}).code == 0);
  std::filesystem::rename(folder / "train", data / "train");
  test::Launch how{.command = {test::program().string(), "check", "own.toml"}, .folder = folder.path()};
  CHECK(test::launch(how).code == 2);
  how.environment["HOURGLASS_DATA_DIR"] = data.path().string();
  const auto found = test::launch(how);
  CHECK_MESSAGE(found.code == 0, found.err);
}

TEST_CASE("labelled data: each label that occurs is one class, and one that only test has is noted once") {
  const TemporaryFolder folder;
  const auto checked = launch(folder, "check", sorted({1, 42, 123}, 10), {1, 42, 5, 5});
  CHECK_MESSAGE(checked.code == 0, checked.err);
  CHECK(checked.out.find("24 train, 6 validation, 4 test; images [1, 8, 8], 4 classes\n") != std::string::npos);
  const std::string note =
      "note: own.toml:2:10: [dataset] idx: 2 of 4 test images have labels that no training image has: 5 (2); no "
      "classifier can predict them, so accuracies on test are at most 0.5\n";
  CHECK(checked.err == note);
  const auto finished = launch(folder, "run", sorted({1, 42, 123}, 10), {1, 42, 5, 5});
  CHECK(finished.code == 0);
  CHECK(finished.err.find(note) == finished.err.rfind("note: "));
}

TEST_CASE("labelled data: an error of a published dataset has the location of its plugin and the path of the file") {
  const TemporaryFolder folder;
  test::write(folder / "own.toml", "[dataset]\nplugin = \"mnist\"\n[architecture]\nplugin = \"mlp\"\n");
  const std::vector<int> labels = {0, 1, 2};
  const auto images = image_file(labels), classes = label_file(labels);
  const std::string names[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
                               "t10k-labels-idx1-ubyte"};
  const auto has_labels = [](const std::string& name) { return name.find("labels") != std::string::npos; };
  for (const auto& broken : names) {
    for (const std::string fault : {"missing", "truncated", "magic", "labels"}) {
      for (const auto& name : names) test::write(folder / "mnist" / name, has_labels(name) ? classes : images);
      const auto file = folder / "mnist" / broken;
      const bool of_labels = has_labels(broken);
      const auto& good = of_labels ? classes : images;
      if (fault == "missing") std::filesystem::remove(file);
      if (fault == "truncated") test::write(file, good.substr(0, good.size() - 1));
      if (fault == "magic") test::write(file, "PNG" + good);
      if (fault == "labels") test::write(file, of_labels ? label_file({0, 1}) : good.substr(0, 5));
      const auto finished = test::launch({.command = {test::program().string(), "check", "own.toml"},
                                          .folder = folder.path(),
                                          .environment = {{"HOURGLASS_DATA_DIR", folder.path().string()}}});
      CAPTURE(broken + " " + fault);
      CHECK(finished.code == 2);
      const auto place =
          std::string("own.toml:2:10: [dataset] mnist: ") + (fault == "missing" ? broken : file.string());
      CHECK_MESSAGE(finished.err.starts_with(place), finished.err);
    }
  }
}

TEST_CASE("labelled data: a task that needs labels is refused if all are the same, as any accuracy would be 1") {
  const TemporaryFolder folder;
  const auto checked = launch(folder, "check", sorted({7}, 20), {7, 7});
  CHECK(checked.code == 2);
  CHECK_MESSAGE(
      checked.err.find("needs at least two classes, but all labels of dataset idx are the same") != std::string::npos,
      checked.err);
}
