// The IDX datasets: what they read, and errors with file and byte for broken or hostile files.
#include <doctest/doctest.h>

#include <filesystem>
#include <limits>
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
using test::header;
using test::labels;
using test::numbers;
namespace fs = std::filesystem;

namespace {

/// A data directory with a small set: 4 training and 2 test images of 2 x 3, labels 0 to 2.
class SmallSet {
 public:
  SmallSet() {
    write("train", array({4, 2, 3}));
    write("train-labels", labels({0, 1, 2, 1}));
    write("test", array({2, 2, 3}, 100));
    write("test-labels", labels({1, 0}));
    params = {{"train_images", path("train").string()},
              {"train_labels", path("train-labels").string()},
              {"test_images", path("test").string()},
              {"test_labels", path("test-labels").string()}};
  }

  void write(const std::string& name, const std::string& text) { test::write(folder_ / "data" / name, text); }
  fs::path path(const std::string& name) const { return folder_ / "data" / name; }
  fs::path cache() const { return folder_ / "cache"; }
  host::HostData data() const { return host::HostData(folder_ / "data", cache()); }

  std::unique_ptr<Samples> open(Split split = Split::train) {
    access_ = std::make_unique<host::HostData>(folder_ / "data", cache());
    return test::make<Dataset>("idx", params)->open(split, *access_);
  }
  /// Returns the error message without the folder's name, "" on success.
  std::string error(Split split = Split::train) {
    try {
      open(split);
    } catch (const std::exception& error) {
      std::string text = error.what();
      const std::string prefix = (folder_ / "data").string() + "/";
      for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) text.erase(at, prefix.size());
      return text;
    }
    return "";
  }

  std::map<std::string, Value> params;

 private:
  test::TemporaryFolder folder_;
  std::unique_ptr<host::HostData> access_;
};

std::vector<float> read(const Samples& samples, const std::vector<std::int64_t>& indices) {
  std::vector<float> images(indices.size() * static_cast<std::size_t>(samples.shape().size()));
  samples.read(indices, images);
  return images;
}

std::size_t files_below(const fs::path& folder) {
  if (!fs::exists(folder)) return 0;
  std::size_t count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) count += entry.is_regular_file();
  return count;
}

}  // namespace

TEST_CASE("idx: images, shape, labels and classes are those of the files, pixels divided by 255") {
  SmallSet set;
  const auto samples = set.open();
  CHECK(samples->size() == 4);
  CHECK(samples->shape() == ImageShape{1, 2, 3});
  CHECK(std::vector<std::int32_t>(samples->labels().begin(), samples->labels().end()) ==
        std::vector<std::int32_t>{0, 1, 2, 1});
  CHECK(samples->class_names().empty());
  CHECK(read(*samples, {2, 0}) == std::vector<float>{12 / 255.0f, 13 / 255.0f, 14 / 255.0f, 15 / 255.0f, 16 / 255.0f,
                                                     17 / 255.0f, 0, 1 / 255.0f, 2 / 255.0f, 3 / 255.0f, 4 / 255.0f,
                                                     5 / 255.0f});
  CHECK(set.open(Split::validation) == nullptr);
}

TEST_CASE("idx: the darkest and the brightest byte become exactly 0 and 1") {
  SmallSet set;
  set.write("train", header({4, 1, 1}) + std::string("\x00\xff\x00\xff", 4));
  CHECK(read(*set.open(), {0, 1}) == std::vector<float>{0.0f, 1.0f});
}

TEST_CASE("idx: rank 2 is a row of values, rank 4 has channels") {
  SmallSet set;
  set.write("train", array({4, 7}));
  CHECK(set.open()->shape() == ImageShape{1, 1, 7});
  set.write("train", array({4, 3, 2, 5}));
  CHECK(set.open()->shape() == ImageShape{3, 2, 5});
}

TEST_CASE("idx: gzipped files are recognised under any name and unpacked once") {
  SmallSet set;
  const auto plain = read(*set.open(), {0, 1, 2, 3});
  CHECK(files_below(set.cache()) == 0);
  set.write("train", gzip(array({4, 2, 3})));
  CHECK(read(*set.open(), {0, 1, 2, 3}) == plain);
  CHECK(read(*set.open(), {0, 1, 2, 3}) == plain);
  CHECK(files_below(set.cache()) == 1);
}

TEST_CASE("idx: a gzip file of several members is one file") {
  SmallSet set;
  const auto text = array({4, 2, 3});
  set.write("train", gzip(text.substr(0, 10)) + gzip(text.substr(10)));
  CHECK(read(*set.open(), {0})[1] == 1 / 255.0f);
}

TEST_CASE("idx: train_size and test_size take the first images, 0 takes all, more than exist is an error") {
  SmallSet set;
  set.params["train_size"] = std::int64_t{3};
  CHECK(set.open()->size() == 3);
  CHECK(set.open()->labels().size() == 3);
  CHECK(set.open(Split::test)->size() == 2);
  set.params["test_size"] = std::int64_t{3};
  CHECK(set.error(Split::test) == "test_size = 3 is more than the 2 images of test; use at most 2, or 0 for all");
}

TEST_CASE("idx: labels may be omitted, but not for only one split") {
  SmallSet set;
  set.params["train_labels"] = "";
  CHECK(set.error() == "test_labels is set, but train_labels is empty; set both or neither");
  set.params["test_labels"] = "";
  CHECK(set.open()->labels().empty());
  CHECK(set.open()->class_names().empty());
}

TEST_CASE("idx: image files must be given and exist") {
  SmallSet set;
  set.params["test_images"] = "";
  CHECK(set.error() == "test_images is empty; set it to an IDX file of images");
  set.params["test_images"] = set.path("nowhere").string();
  CHECK(set.error(Split::test) == "test_images = nowhere: cannot be read: No such file or directory");
}

TEST_CASE("idx: broken and hostile files are errors that name file and byte") {
  const auto good = array({4, 2, 3});
  const auto bomb = header({4, 2, 3}) + std::string(std::size_t{1} << 20, '\0');
  struct Case {
    const char* file;
    std::string contents, message;
  };
  const Case cases[] = {
      {"train", "", "train: byte 0: the file ends within the 4 bytes of type and rank with which an IDX file starts"},
      {"train", std::string("\0\0\x08", 3),
       "train: byte 3: the file ends within the 4 bytes of type and rank with which an IDX file starts"},
      {"train", "\x89PNG\r\n\x1a\n",
       "train: byte 0: this is not an IDX file: expected 0x00 0x00 at its start, but got 0x89 0x50"},
      {"train", header({4, 2, 3}, 0x0a) + good,
       "train: byte 2: expected values of type 0x08 (unsigned bytes), 0x09, 0x0b, 0x0c (integers of 8, 16, 32 bits), "
       "0x0d or 0x0e (floating-point numbers of 32, 64 bits), but got type 0x0a"},
      {"train", header({4, 2, 3}, 0x0c) + good, "train: byte 56: the file ends here, but its header states 112 bytes"},
      {"train", header({0x80000000, 4}, 0x0e),
       "train: byte 8: the header states 2147483648 x 4 values, but at most 2147483648 can be read"},
      {"train", header({4}) + "abcd", "train: byte 3: expected an array of rank 2 to 4, but got rank 1"},
      {"train", header({4, 1, 1, 1, 1}) + "abcd", "train: byte 3: expected an array of rank 2 to 4, but got rank 5"},
      {"train", std::string("\0\0\x08\xff", 4), "train: byte 3: expected an array of rank 2 to 4, but got rank 255"},
      {"train", std::string("\0\0\x08\0", 4), "train: byte 3: expected an array of rank 2 to 4, but got rank 0"},
      {"train", good.substr(0, 15), "train: byte 15: the file ends within its header of 16 bytes"},
      {"train", header({0, 2, 3}), "train: byte 4: dimension 1 must be at least 1, but is 0"},
      {"train", header({4, 2, 0}), "train: byte 12: dimension 3 must be at least 1, but is 0"},
      {"train", good.substr(0, 20), "train: byte 20: the file ends here, but its header states 40 bytes"},
      {"train", good + "x", "train: byte 40: 1 extra bytes follow the last value that the header states"},
      {"train", header({0x7fffffff, 2, 3}) + "abc",
       "train: byte 19: the file ends here, but its header states 12884901898 bytes"},
      {"train", header({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}),
       "train: byte 8: the header states 4294967295 x 4294967295 values, but at most 17179869184 can be read"},
      // 2^32 * 2^32 would wrap around to 0 in 64 bits.
      {"train", header({0x80000000, 0x80000000, 4}),
       "train: byte 8: the header states 2147483648 x 2147483648 values, but at most 17179869184 can be read"},
      {"train", gzip(good).substr(0, 20), "train: byte 20: the compressed data end too early"},
      {"train", gzip(good) + "rubbish",
       "train: byte " + std::to_string(gzip(good).size()) + ": 7 extra bytes follow the compressed data"},
      {"train", std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03\xff\xff\xff\xff", 14),
       "train: byte 11: the compressed data are damaged: invalid block type"},
      {"train", gzip(bomb), "train: byte 40: the unpacked file is longer than the 40 bytes that its header states"},
      {"train", gzip(header({0x10000000, 2, 3}) + "abc"),
       "train: byte 4: the header states 1610612752 bytes, more than " +
           std::to_string(gzip(header({0x10000000, 2, 3}) + "abc").size()) + " compressed bytes can hold"},
      {"train", gzip(header({100, 2, 3}) + "abc"),
       "train: byte 19: the unpacked file ends here, but its header states 616 bytes"},
      {"train", gzip("no IDX at all"),
       "train: byte 0: this is not an IDX file: expected 0x00 0x00 at its start, but got 0x6e 0x6f"},
      {"train", gzip(""),
       "train: byte 0: the file ends within the 4 bytes of type and rank with which an IDX file starts"},
      {"train", gzip(gzip(good)),
       "train: byte 0: this is not an IDX file: expected 0x00 0x00 at its start, but got 0x1f 0x8b"},
      {"train-labels", labels({0, 1, 2}), "train-labels: byte 4: the header states 3 labels, but train has 4 images"},
      {"train-labels", array({4, 1, 1}), "train-labels: byte 3: expected an array of rank 1 to 2, but got rank 3"},
      {"train-labels", labels({}), "train-labels: byte 4: dimension 1 must be at least 1, but is 0"},
  };
  for (const auto& broken : cases) {
    SmallSet set;
    set.write(broken.file, broken.contents);
    const std::string parameter = broken.file == std::string("train") ? "train_images = " : "train_labels = ";
    CHECK(set.error() == parameter + broken.message);
    CHECK(files_below(set.cache()) == 0);
  }
}

TEST_CASE("idx: labels are integers of any type, and a column of a table holds them") {
  SmallSet set;
  const auto read_labels = [&] {
    const auto samples = set.open();
    return std::vector<std::int32_t>(samples->labels().begin(), samples->labels().end());
  };
  const std::vector<std::int32_t> values = {-7, 0, 300, 5};
  set.write("train-labels", header({4}, 0x0c) + numbers<std::int32_t>({-7, 0, 300, 5}));
  CHECK(read_labels() == values);
  set.write("train-labels", header({4}, 0x0b) + numbers<std::int16_t>({-7, 0, 300, 5}));
  CHECK(read_labels() == values);
  set.write("train-labels", header({4}, 0x0d) + numbers<float>({-7, 0, 300, 5}));
  CHECK(read_labels() == values);
  set.write("train-labels", gzip(header({4}, 0x0e) + numbers<double>({-7, 0, 300, 5})));
  CHECK(read_labels() == values);
  set.write("train-labels", header({4}, 0x09) + numbers<std::int8_t>({-7, 0, 127, 5}));
  CHECK(read_labels() == std::vector<std::int32_t>{-7, 0, 127, 5});
  set.write("train-labels", header({4, 2}, 0x0c) + numbers<std::int32_t>({-7, 1, 0, 2, 300, 3, 5, 4}));
  CHECK(read_labels() == values);
  set.write("test-labels", array({2, 2}));
  set.params["label_column"] = std::int64_t{1};
  CHECK(read_labels() == std::vector<std::int32_t>{1, 2, 3, 4});
  set.params["label_column"] = std::int64_t{2};
  CHECK(set.error() == "label_column = 2 is not a column of train-labels, which has 2; use 0 to 1");
  set.params["label_column"] = std::int64_t{1};
  set.write("train-labels", labels({0, 1, 2, 1}));
  CHECK(set.error() == "label_column = 1 is not a column of train-labels, which has 1; use 0");
}

TEST_CASE("idx: a label that is no integer of 32 bits is an error at its byte") {
  SmallSet set;
  set.write("train-labels", header({4}, 0x0d) + numbers<float>({1, 2, 0.5F, 3}));
  CHECK(set.error() ==
        "train_labels = train-labels: byte 16: expected a label that is an integer of 32 bits, but got 0.5");
  set.write("train-labels", header({4}, 0x0e) + numbers<double>({1, 3e9, 2, 3}));
  CHECK(set.error() ==
        "train_labels = train-labels: byte 16: expected a label that is an integer of 32 bits, but got 3e+09");
}

TEST_CASE("idx: images of any type are scaled to [0, 1] by `range`") {
  SmallSet set;
  set.write("train", header({4, 1}, 0x0d) + numbers<float>({0, 0.25F, 1, 0.5F}));
  set.write("test", array({2, 1}));
  CHECK(read(*set.open(), {0, 1, 2, 3}) == std::vector<float>{0, 0.25F, 1, 0.5F});
  set.params["range"] = std::vector<double>{-1, 1};
  set.write("train", header({4, 1}, 0x0e) + numbers<double>({-1, 1, 0, 0.5}));
  CHECK(read(*set.open(), {0, 1, 2, 3}) == std::vector<float>{0, 1, 0.5F, 0.75F});
  set.write("train", header({4, 1}, 0x0b) + numbers<std::int16_t>({-1, 1, 0, 1}));
  CHECK(read(*set.open(), {0, 1, 2, 3}) == std::vector<float>{0, 1, 0.5F, 1});
  set.write("train", array({4, 1}));
  set.params["range"] = std::vector<double>{0, 4};
  CHECK(read(*set.open(), {0, 1, 2, 3}) == std::vector<float>{0, 0.25F, 0.5F, 0.75F});
}

TEST_CASE("idx: a value outside the range, and a type without one, are errors that name `range`") {
  SmallSet set;
  const std::string fix = "; set `range` to the values that become 0 and 1";
  set.write("train", header({4, 1}, 0x0d) + numbers<float>({0, 1, 1.5F, 0}));
  CHECK(set.error() == "train_images = train: byte 20: expected a value in the range [0, 1], but got 1.5" + fix);
  set.write("train", header({4, 1}, 0x0d) + numbers<float>({0, std::numeric_limits<float>::quiet_NaN(), 1, 0}));
  CHECK(set.error() == "train_images = train: byte 16: expected a value in the range [0, 1], but got nan" + fix);
  set.write("train", header({4, 1}, 0x0b) + numbers<std::int16_t>({0, 1, 2, 3}));
  CHECK(set.error() ==
        "train_images = train: byte 2: integers of 16 bits have no usual range" + fix + ", such as [0, 255]");
  set.params["range"] = std::vector<double>{0, 2};
  CHECK(set.error() == "train_images = train: byte 18: expected a value in the range [0, 2], but got 3" + fix);
  set.params["range"] = std::vector<double>{1, 1};
  CHECK(set.error() == "range must be a lower and a higher value, such as [0, 255], or empty");
}

TEST_CASE("idx: test images of another shape than the training images are an error at test_images") {
  SmallSet set;
  set.write("test", array({2, 3, 2}));
  CHECK(set.error(Split::test) == "test_images = test: has images of [1, 3, 2], but train_images has [1, 2, 3]");
}

TEST_CASE("idx: a gzip file with a wrong checksum is not kept") {
  SmallSet set;
  auto packed = gzip(array({4, 2, 3}));
  packed[packed.size() - 8] = static_cast<char>(packed[packed.size() - 8] ^ 1);
  set.write("train", packed);
  CHECK(set.error().find("the compressed data are damaged: incorrect data check") != std::string::npos);
  CHECK(files_below(set.cache()) == 0);
}
