// The splits of a dataset as training sees them: classes, validation, noise and locations of errors.
#include "subject/data_splits.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "support/experiment.hpp"
#include "support/process.hpp"

using namespace hourglass;

namespace {

std::string word(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

/// An IDX file of images [n, 1, 1], whose value is their index.
std::string images(std::uint32_t count) {
  std::string text = std::string("\0\0\x08\x03", 4) + word(count) + word(1) + word(1);
  for (std::uint32_t i = 0; i < count; ++i) text += static_cast<char>(i);
  return text;
}

/// An IDX file of labels of 32 bits.
std::string label_file(const std::vector<std::int32_t>& labels) {
  std::string text = std::string("\0\0\x0c\x01", 4) + word(static_cast<std::uint32_t>(labels.size()));
  for (const auto label : labels) text += word(static_cast<std::uint32_t>(label));
  return text;
}

struct Files {
  Files(const std::vector<std::int32_t>& train, const std::vector<std::int32_t>& test) {
    write("train", images(static_cast<std::uint32_t>(train.size())));
    write("test", images(static_cast<std::uint32_t>(test.size())));
    write("train_labels", label_file(train));
    write("test_labels", label_file(test));
  }
  void write(const std::string& name, const std::string& text) const { test::write(folder / name, text); }
  experiment::Config config(const std::vector<std::string>& overrides = {}) const {
    const auto line = [&](const char* key, const char* name) {
      return fmt::format("{} = \"{}\"\n", key, (folder / name).string());
    };
    return test::resolve_experiment("[dataset]\nplugin = \"idx\"\n" + line("train_images", "train") +
                                        line("train_labels", "train_labels") + line("test_images", "test") +
                                        line("test_labels", "test_labels") +
                                        "[architecture]\nplugin = \"mlp\"\n[train]\nvalidation = 0\n",
                                    overrides);
  }
  /// Returns the error without the folder's name.
  std::string error() const {
    try {
      const subject::Data data(config());
    } catch (const base::UserError& error) {
      std::string text = error.what();
      const auto prefix = folder.path().string() + "/";
      for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) text.erase(at, prefix.size());
      return text.substr(text.find("experiment.toml"));
    }
    return "";
  }
  test::TemporaryFolder folder;
};

std::vector<std::int32_t> labels(const subject::Data& data, Split split) {
  const auto view = data.for_evaluation(split).labels();
  return {view.begin(), view.end()};
}

/// Returns the only pixel of an image, clean and noisy.
std::pair<float, float> read_noisy(const subject::SplitView& view, std::int64_t index, const Noise& noise) {
  float clean = 0, noisy = 0;
  view.read_noisy({&index, 1}, {&clean, 1}, {&noisy, 1}, noise, 1, base::Stream::noise, 0);
  return {clean, noisy};
}

}  // namespace

TEST_CASE("data: labels are any integers, and each that occurs is a class") {
  const Files files({160, 0, 40, -3, 40}, {40, -3});
  const subject::Data data(files.config());
  CHECK(data.class_names() == std::vector<std::string>{"-3", "0", "40", "160"});
  CHECK(labels(data, Split::train) == std::vector<std::int32_t>{3, 1, 2, 0, 2});
  CHECK(labels(data, Split::test) == std::vector<std::int32_t>{2, 0});
  std::vector<float> rows(2 * 4);
  data.split(Split::train).one_hot(std::vector<std::int64_t>{0, 3}, rows);
  CHECK(rows == std::vector<float>{0, 0, 0, 1, 1, 0, 0, 0});
  CHECK(data.note().empty());
}

TEST_CASE("data: labels that only test has do not change the classes of train, and are noted") {
  const Files files({1, 2, 5, 1}, {0, 5, 3, 3, 2});
  const subject::Data data(files.config());
  CHECK(data.class_names() == std::vector<std::string>{"1", "2", "5", "0", "3"});
  CHECK(labels(data, Split::train) == std::vector<std::int32_t>{0, 1, 2, 0});
  CHECK(labels(data, Split::test) == std::vector<std::int32_t>{3, 2, 4, 4, 1});
  CHECK(data.note().ends_with(
      "experiment.toml:2:10: [dataset] idx: 3 of 5 test images have labels that no training image has: 0 (1), 3 (2); "
      "no classifier can predict them, so accuracies on test are at most 0.4"));
}

TEST_CASE("data: validation is drawn from all classes, with their labels and the noise of the file's rows") {
  std::vector<std::int32_t> sorted;
  for (int i = 0; i < 200; ++i) sorted.push_back(i / 40);
  const Files files(sorted, {0});
  const auto config = files.config({"train.validation=0.2", "noise=gaussian"});
  const subject::Data data(config), whole(files.config());
  const auto noise = config.create<Noise>(Noise::kKind);
  std::set<int> seen;
  for (const auto split : {Split::train, Split::validation}) {
    const auto view = data.split(split);
    CHECK(view.size() == (split == Split::train ? 160 : 40));
    std::vector<int> counts(5);
    for (std::int64_t i = 0; i < view.size(); ++i) {
      const auto [clean, noisy] = read_noisy(view, i, *noise);
      const auto row = static_cast<std::int64_t>(clean * 255 + 0.5F);
      CHECK(seen.insert(static_cast<int>(row)).second);
      CHECK(view.labels()[static_cast<std::size_t>(i)] == sorted[static_cast<std::size_t>(row)]);
      CHECK(noisy == read_noisy(whole.split(Split::train), row, *noise).second);
      ++counts[static_cast<std::size_t>(view.labels()[static_cast<std::size_t>(i)])];
    }
    CHECK(counts == std::vector<int>(5, split == Split::train ? 32 : 8));
  }
  CHECK(seen.size() == 200);
}

TEST_CASE("data: the identity says how validation is drawn and which labels are classes") {
  const Files files({5, 5, 7, 7, 5, 5, 7, 7, 5, 5}, {5});
  const subject::Data none(files.config()), drawn(files.config({"train.validation=0.2"})),
      too_few(files.config({"train.validation=0.01"}));
  CHECK(none.identity() == "data " + none.content_hash() + "\nclasses 5 7\n");
  CHECK(drawn.identity() == "data " + none.content_hash() + "\nvalidation drawn\nclasses 5 7\n");
  CHECK(too_few.identity() == none.identity());
}

TEST_CASE("data: an error of a file has the location of the key that names it") {
  const struct {
    std::string file, place;
  } keys[] = {{"train", "experiment.toml:3:16: [dataset] idx: train_images = train"},
              {"train_labels", "experiment.toml:4:16: [dataset] idx: train_labels = train_labels"},
              {"test", "experiment.toml:5:15: [dataset] idx: test_images = test"},
              {"test_labels", "experiment.toml:6:15: [dataset] idx: test_labels = test_labels"}};
  for (const auto& key : keys) {
    const bool is_labels = key.file.ends_with("labels");
    const auto good = is_labels ? label_file({1, 2, 1}) : images(3);
    const std::vector<std::pair<std::string, std::string>> broken = {
        {"truncated", good.substr(0, good.size() - 1)},
        {"header only in part", good.substr(0, 6)},
        {"empty", ""},
        {"wrong magic", "PNG" + good},
        {"wrong type", std::string("\0\0\x07", 3) + good.substr(3)},
        {"too long", good + "x"},
        {"damaged gzip", "\x1f\x8b" + good},
        {"another number of images", is_labels ? label_file({1, 2}) : good.substr(0, 4) + "\xff" + good.substr(5)},
        {"another shape", is_labels ? label_file({}) : std::string("\0\0\x08\x02", 4) + word(3) + word(2) + "123456"}};
    for (const auto& [what, contents] : broken) {
      const Files files({1, 2, 1}, {2, 1, 1});
      files.write(key.file, contents);
      const auto error = files.error();
      // Of two shapes that differ, that of test is wrong.
      const auto& place = what == "another shape" && !is_labels ? keys[2].place : key.place;
      CHECK_MESSAGE(error.starts_with(place), what, ": ", error);
    }
    const Files missing({1, 2, 1}, {2, 1, 1});
    std::filesystem::remove(missing.folder / key.file);
    CHECK(missing.error() == key.place + ": cannot be read: No such file or directory");
    std::filesystem::create_directory(missing.folder / key.file);
    CHECK(missing.error() == key.place + ": cannot be read: Is a directory");
  }
}
