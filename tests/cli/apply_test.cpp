// `hourglass apply` as a user calls it: trained models on files of the user.
#include <doctest/doctest.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "results/csv.hpp"
#include "shared_workplace.hpp"
#include "support/npy.hpp"

using namespace hourglass::test;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kPixels = 64, kStart = 128;  ///< of an image; where the values of a .npy file begin

/// Images of 8 x 8 bytes with a bright row, another one for each image.
std::string bytes_of(int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) {
    std::string image(kPixels, '\x10');
    image.replace(static_cast<std::size_t>(i % 8) * 8, 8, 8, static_cast<char>(155 + i % 100));
    bytes += image;
  }
  return bytes;
}

std::string array_of(int count) { return npy_bytes(std::to_string(count) + ", 8, 8", bytes_of(count)); }

/// A folder with the trained run "a" on arrays of the user.
struct Trained : SharedWorkplace {
  explicit Trained(const std::string& more = "", std::vector<std::string> overrides = {}) {
    write(folder / "train.npy", array_of(90));
    write(folder / "test.npy", array_of(40));
    write(folder / "train_labels.npy", npy_bytes("90,", labels(90)));
    write(folder / "test_labels.npy", npy_bytes("40,", labels(40)));
    const auto trained =
        run("a.toml",
            "[dataset]\nplugin = \"npy\"\ntrain = \"train.npy\"\ntrain_labels = \"train_labels.npy\"\ntest = "
            "\"test.npy\"\ntest_labels = \"test_labels.npy\"\nnormalise = \"range\"\n[architecture]\nplugin = "
            "\"mlp\"\nhidden = [16]\n[bottleneck]\nsize = 4\n[[task]]\nplugin = \"reconstruction\"\n" +
                more,
            std::move(overrides));
    REQUIRE_MESSAGE(trained.code == 0, trained.err);
  }

  static std::string labels(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += static_cast<char>(i % 8 < 4 ? 0 : 1);
    return text;
  }
  /// Applies the model and returns the rows of the table, without the header.
  std::vector<std::vector<std::string>> table(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"apply", "a"});
    arguments.insert(arguments.end(), {"--format", "csv"});
    const auto done = (*this)(arguments);
    REQUIRE_MESSAGE(done.code == 0, done.err);
    auto rows = hourglass::results::parse_csv(done.out).value();
    rows.erase(rows.begin());
    return rows;
  }
  /// Applies the model and returns the message of its failure.
  std::string failure(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"apply", "a"});
    const auto done = (*this)(arguments);
    CHECK(done.code == 2);
    CHECK(done.out.empty());
    return done.err;
  }
  void put(const std::string& fixture, const std::string& name) const {
    write(folder / name, read(fs::path(HOURGLASS_SOURCE_DIR) / "tests/fixtures/pictures" / fixture));
  }
  bool has(const std::string& name) const { return fs::exists(folder / name); }
};

std::vector<float> values_of(const std::string& npy) {
  std::vector<float> values((npy.size() - kStart) / sizeof(float));
  std::memcpy(values.data(), npy.data() + kStart, npy.size() - kStart);
  return values;
}

}  // namespace

TEST_CASE("apply reconstruct: the errors of the run's test images are those of its task") {
  const Trained place;
  const auto rows = place.table({"reconstruct", "--input", "test.npy", "--output", "out"});
  REQUIRE(rows.size() == 40);
  CHECK(rows[3][0] == "test.npy[3]");
  CHECK(rows[3][1] == "test.npy");
  double sum = 0;
  for (const auto& row : rows) sum += std::stod(row[2]);
  const auto table = place({"table", "a", "--metrics", "mse", "--format", "json"});
  const auto at = table.out.find("\"reconstruction.mse\": ");
  REQUIRE_MESSAGE(at != std::string::npos, table.out);
  CHECK(sum / 40 == doctest::Approx(std::stod(table.out.substr(at + 22))));
  const auto written = values_of(read(place.folder / "out/test.npy"));
  REQUIRE(written.size() == 40 * kPixels);
  for (const float value : written) CHECK((value >= 0 && value <= 255));  // the range of the file
}

TEST_CASE("apply encode: the suffix says how codes are written, and an image alone has the same code") {
  const Trained place;
  for (const auto* file : {"all.npy", "all.npz", "all.csv"})
    CHECK(place.table({"encode", "--input", "test.npy", "--output", file}) ==
          std::vector<std::vector<std::string>>{{file, "40", "4"}});
  const auto npy = read(place.folder / "all.npy");
  const auto codes = values_of(npy);
  CHECK(says(read(place.folder / "all.npz"), npy));
  const auto csv = hourglass::results::parse_csv(read(place.folder / "all.csv")).value();
  CHECK(csv[0] == std::vector<std::string>{"image", "code_0", "code_1", "code_2", "code_3"});
  CHECK(std::stof(csv[30][2]) == codes[29 * 4 + 1]);
  write(place.folder / "one.npy", npy_bytes("8, 8", bytes_of(30).substr(29 * kPixels)));
  place.table({"encode", "--input", "one.npy", "--output", "one_code.npy"});
  const auto one = values_of(read(place.folder / "one_code.npy"));
  CHECK(one == std::vector<float>(codes.begin() + 29 * 4, codes.begin() + 30 * 4));
}

TEST_CASE("apply score, classify: results of an image do not depend on the others") {
  const Trained place;
  write(place.folder / "one.npy", npy_bytes("8, 8", bytes_of(30).substr(29 * kPixels)));
  write(place.folder / "odd.npy", npy_bytes("1, 64", std::string(kPixels, '\xff')));
  for (const auto* action : {"score", "classify"}) {
    CAPTURE(action);
    auto all = place.table({action, "--input", "test.npy"}), one = place.table({action, "--input", "one.npy"});
    REQUIRE(all.size() == 40);
    REQUIRE(one.size() == 1);
    all[29][0] = one[0][0];
    CHECK(all[29] == one[0]);
  }
  CHECK(std::stod(place.table({"score", "--input", "odd.npy"})[0][2]) == 100);  // no test image is as odd
}

TEST_CASE("apply classify: the classifier's accuracy is that of the linear probe") {
  const Trained place("[[task]]\nplugin = \"linear_probe\"\nbaselines = []\n");
  const auto rows = place.table({"classify", "--input", "test.npy"});
  int right = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) right += rows[i][1] == (i % 8 < 4 ? "0" : "1");
  const auto table = place({"table", "a", "--metrics", "accuracy", "--format", "json"});
  const auto at = table.out.find("\"linear_probe.accuracy\": ");
  REQUIRE_MESSAGE(at != std::string::npos, table.out);
  CHECK(right / 40.0 == doctest::Approx(std::stod(table.out.substr(at + 25))));
}

TEST_CASE("apply: pictures of another size or in colour need an option, and are written under their own names") {
  const Trained place("[noise]\nplugin = \"gaussian\"\n");
  place.put("grey.png", "in/b/grey.png");
  place.put("colour.jpg", "in/a.jpg");
  CHECK(
      says(place.failure({"denoise", "--input", "in", "--output", "out"}),
           "in/a.jpg: the picture has 16 x 16 pixels, but the model's images have 8 x 8; add --resize crop, which cuts "
           "the longer side, or --resize stretch\n"));
  CHECK(says(place.failure({"denoise", "--input", "in", "--output", "out", "--resize", "crop"}),
             "in/a.jpg: the picture is in colour, but the model's images are grey; add --grey\n"));
  CHECK_FALSE(place.has("out"));
  const std::vector<std::string> whole = {"denoise", "--input", "in", "--output", "out", "--resize", "crop", "--grey"};
  const auto rows = place.table(whole);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0][1] == "a.png");
  CHECK(rows[1][1] == "b/grey.png");
  CHECK(read(place.folder / "out/b/grey.png").starts_with("\x89PNG"));
  CHECK(says(place.failure(whole), "--output out: the folder exists; give another one, or add --force to replace"));
  write(place.folder / "out/notes.txt", "mine");
  auto again = whole;
  again.emplace_back("--force");
  place.table(again);
  CHECK(read(place.folder / "out/notes.txt") == "mine");
  place.put("colour.jpg", "in/a.png");
  CHECK(says(place.failure(again), "two images of the input would be written to"));
  std::size_t entries = 0;
  for (const auto& entry : fs::directory_iterator(place.folder.path())) entries += entry.path().extension() == ".tmp";
  CHECK(entries == 0);
}

TEST_CASE("apply: what a file or a model cannot do is one sentence") {
  const Trained place;
  write(place.folder / "wide.npy", npy_bytes("2, 9, 9", std::string(162, 'x')));
  write(place.folder / "text", "hello");
  for (
      const auto& [arguments, message] : std::vector<std::pair<std::vector<std::string>, std::string>>{
          {{"encode", "--input", "wide.npy", "--output", "a.npy"},
           "wide.npy: the array is [2, 9, 9], but the model's images are [1, 8, 8]; expected [n, 64] or [n, 1, 8, 8], "
           "or "
           "pictures with --resize\n"},
          {{"encode", "--input", "test.npy", "--output", "a.npy", "--range", "0,100"},
           "test.npy[0]: has a value of 155, outside [0, 100]; state the range of the file's values, as in --range "
           "0,255\n"},
          {{"score", "--input", "text"},
           "text: this is neither a PNG or JPEG picture nor an array in a .npy or IDX file; convert it to one of "
           "these\n"},
          {{"score", "--input", "absent"}, "--input absent: there is no such file or folder\n"},
          {{"encode", "--input", "test.npy", "--output", "a.txt"},
           "--output a.txt: codes are written to a .npy, .npz or .csv file; give a name with one of these suffixes\n"},
          {{"encode", "--input", "test.npy", "--output", "train.npy"},
           "--output train.npy: the file exists; give another name, or add --force to replace it\n"},
          {{"denoise", "--input", "test.npy", "--output", "out"},
           "the model was trained without noise, so it has not learnt to remove any; use `reconstruct`, or apply a run "
           "with [noise]\n"},
          {{"sample", "--output", "out"},
           "the model cannot sample: architecture mlp and bottleneck dense have no prior; apply a run whose bottleneck "
           "has a prior, such as `variational`\n"},
          {{"score", "--input", "test.npy", "--class", "0"},
           "--class: the model does not read labels for this; leave it out\n"},
          {{"score", "--input", "test.npy", "--count", "3"},
           "--count has no effect with 'score': it is for sample; leave it out\n"},
          {{"score"}, "'score' needs --input; give a picture, a folder of pictures or an array\n"},
          {{"scores", "--input", "test.npy"},
           "unknown action 'scores': expected one of reconstruct, denoise, encode, score, classify, sample; did you "
           "mean "
           "'score'?\n"}}) {
    CHECK(place.failure(arguments) == message);
  }
  CHECK_FALSE(place.has("out"));
}

TEST_CASE("apply: several runs are not one, and data that have changed are refused") {
  const Trained place("", {"seeds=2"});
  CHECK(says(place.failure({"score", "--input", "test.npy"}), "a: this selects 2 runs; give the id of one"));
  const Trained other;
  write(other.folder / "train.npy", npy_bytes("90, 8, 8", std::string(90 * kPixels, 'x')));
  CHECK(says(other.failure({"score", "--input", "test.npy"}), "its data have changed"));
}

TEST_CASE("apply sample: the first images of a larger count are those of a smaller one; each class has a folder") {
  const Trained place("", {"bottleneck.plugin=variational"});
  CHECK(place.table({"sample", "--output", "two", "--count", "2"}).size() == 2);
  CHECK(place.table({"sample", "--output", "five", "--count", "5"}).size() == 5);
  for (const auto* file : {"sample_0000.png", "sample_0001.png"})
    CHECK(read(place.folder / "two" / file) == read(place.folder / "five" / file));
  place.table({"sample", "--output", "other", "--count", "1", "--seed", "2"});
  CHECK(read(place.folder / "two/sample_0000.png") != read(place.folder / "other/sample_0000.png"));
  const auto scores = place.table({"score", "--input", "test.npy"});
  write(place.folder / "one.npy", npy_bytes("8, 8", bytes_of(30).substr(29 * kPixels)));
  CHECK(place.table({"score", "--input", "one.npy"})[0].back() == scores[29].back());  // the log-likelihood

  const Trained labelled("", {"bottleneck.plugin=conditional"});
  CHECK(labelled.table({"sample", "--output", "all", "--count", "1"}) ==
        std::vector<std::vector<std::string>>{{"class_0/sample_0000.png", "0"}, {"class_1/sample_0000.png", "1"}});
  CHECK(labelled.table({"sample", "--output", "some", "--count", "1", "--class", "1"}).size() == 1);
  CHECK(says(labelled.failure({"score", "--input", "test.npy"}),
             "the model reads labels; give the class of the images, as in --class \"0\""));
}
