// Folders of pictures: every kind of PNG and JPEG, classes, sizes, and mistakes.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "host/data_access.hpp"
#include "hourglass/dataset.hpp"
#include "support/plugins.hpp"
#include "support/process.hpp"

using namespace hourglass;

namespace {

namespace fs = std::filesystem;

struct Folders {
  test::TemporaryFolder folder;
  host::HostData data{folder / "data", folder / "cache"};

  /// Copies a fixture.
  void put(const std::string& fixture, const std::string& name) const {
    test::write(folder / name, test::read(fs::path(HOURGLASS_SOURCE_DIR) / "tests/fixtures/pictures" / fixture));
  }
  std::unique_ptr<Samples> open(std::map<std::string, Value> params = {}, Split split = Split::train) {
    if (!params.contains("train")) params["train"] = (folder / "train").string();
    return test::make<Dataset>("image_folder", params)->open(split, data);
  }
  std::string error(const std::map<std::string, Value>& params = {}, Split split = Split::train) {
    try {
      open(params, split);
    } catch (const std::exception& error) {
      std::string text = error.what();
      const auto prefix = folder.path().string() + "/";
      for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) text.erase(at, prefix.size());
      return text;
    }
    return "";
  }
};

std::vector<float> picture(const Samples& samples, std::int64_t index = 0) {
  std::vector<float> image(static_cast<std::size_t>(samples.shape().size()));
  samples.read({&index, 1}, image);
  return image;
}

/// Returns the image of a fixture that is alone in its folder.
std::vector<float> alone(const std::string& fixture, std::map<std::string, Value> params = {}) {
  Folders folders;
  folders.put(fixture, "train/" + fixture);
  return picture(*folders.open(std::move(params)));
}

/// Of the pictures of 4 x 4 pixels, pixel (x, y) has the grey value 17 (4 y + x) of 255.
float grey(int x, int y) { return static_cast<float>(17 * (4 * y + x)) / 255; }

}  // namespace

TEST_CASE("image_folder: PNG files, grey, coloured, with 1 and 16 bits or a palette, have their exact values") {
  const auto one = alone("grey.png", {{"colour", false}}), bits = alone("bits.png", {{"colour", false}}),
             deep = alone("grey16.png", {{"colour", false}}), rgb = alone("rgb.png"), palette = alone("palette.png"),
             three = alone("grey.png");
  for (int y = 0; y < 4; ++y) {
    for (int x = 0; x < 4; ++x) {
      const auto at = static_cast<std::size_t>(4 * y + x);
      CAPTURE(x);
      CAPTURE(y);
      CHECK(one[at] == grey(x, y));
      CHECK(three[32 + at] == grey(x, y));
      CHECK(bits[at] == (17 * (4 * y + x) > 100 ? 1 : 0));
      CHECK(deep[at] == static_cast<float>((17 * (4 * y + x) * 257 + 3) % 65536) / 65535);
      CHECK(rgb[at] == grey(x, y));
      CHECK(rgb[16 + at] == doctest::Approx(1 - grey(x, y)));
      CHECK(rgb[32 + at] == grey(y, x));
      for (std::size_t c = 0; c < 3; ++c)
        CHECK(palette[16 * c + at] == (static_cast<std::size_t>(x + y) % 3 == c ? 1 : 0));
    }
  }
}

TEST_CASE("image_folder: transparent pixels show the background, and grey is the luma of BT.601") {
  const auto black = alone("rgba.png"), white = alone("rgba.png", {{"background", 1.0}});  // an alpha of 51 / 255
  CHECK(black[5] == doctest::Approx(0.2 * grey(1, 1)).epsilon(1e-4));
  CHECK(white[5] == doctest::Approx(0.2 * grey(1, 1) + 0.8).epsilon(1e-4));
  const auto luma = alone("rgb.png", {{"colour", false}});
  CHECK(luma[6] == doctest::Approx(0.299 * grey(2, 1) + 0.587 * (1 - grey(2, 1)) + 0.114 * grey(1, 2)).epsilon(1e-4));
}

TEST_CASE("image_folder: JPEG files have the values that libjpeg's exact transform gives") {
  // Read with Pillow 9.4: the first six pixels and the sums of all.
  const auto one = alone("grey.jpg", {{"colour", false}}), colour = alone("colour.jpg");
  const std::vector<int> first = {0, 8, 16, 23, 33, 40};
  for (std::size_t i = 0; i < first.size(); ++i) CHECK(std::lround(one[i] * 255) == first[i]);
  CHECK(std::lround(255 * std::accumulate(one.begin(), one.end(), 0.0)) == 30728);
  CHECK(std::lround(colour[3 * 16 + 5] * 255) == 63);
  CHECK(std::lround(colour[256 + 3 * 16 + 5] * 255) == 191);
  for (int c = 0; c < 3; ++c) {
    const auto begin = colour.begin() + 256 * c;
    CHECK(std::lround(255 * std::accumulate(begin, begin + 256, 0.0)) ==
          std::vector<int>{30808, 34524, 15385}[static_cast<std::size_t>(c)]);
  }
}

TEST_CASE(
    "image_folder: pictures are averaged when they become smaller, cut or stretched, and interpolated when larger") {
  const auto half = alone("grey.png", {{"colour", false}, {"height", std::int64_t{2}}, {"width", std::int64_t{2}}});
  CHECK(half[0] == doctest::Approx((grey(0, 0) + grey(1, 0) + grey(0, 1) + grey(1, 1)) / 4).epsilon(1e-4));
  CHECK(half[3] == doctest::Approx((grey(2, 2) + grey(3, 2) + grey(2, 3) + grey(3, 3)) / 4).epsilon(1e-4));
  std::map<std::string, Value> wide = {{"colour", false}, {"height", std::int64_t{1}}, {"width", std::int64_t{2}}};
  const auto cut = alone("grey.png", wide);  // of rows 1 and 2
  CHECK(cut[0] == doctest::Approx((grey(0, 1) + grey(1, 1) + grey(0, 2) + grey(1, 2)) / 4).epsilon(1e-4));
  wide["fit"] = "stretch";
  CHECK(alone("grey.png", wide)[0] == doctest::Approx((grey(0, 0) + grey(1, 3)) / 2).epsilon(1e-4));
  const auto twice = alone("grey.png", {{"colour", false}, {"height", std::int64_t{8}}, {"width", std::int64_t{8}}});
  CHECK(twice[0] == grey(0, 0));
  CHECK(twice[2] == doctest::Approx(0.25 * grey(0, 0) + 0.75 * grey(1, 0)).epsilon(1e-4));
}

TEST_CASE("image_folder: folders are classes in alphabetical order, the same for test; without folders, no labels") {
  Folders folders;
  folders.put("grey.png", "train/dog/a.png");
  folders.put("rgb.png", "train/cat/deep/b.PNG");
  test::write(folders.folder / "train/cat/notes.txt", "not a picture");
  folders.put("grey.png", "test/dog/c.png");
  folders.put("grey.png", "loose/c.png");
  const std::map<std::string, Value> params = {{"test", (folders.folder / "test").string()}};
  const auto train = folders.open(params), test = folders.open(params, Split::test);
  CHECK(train->class_names() == std::vector<std::string>{"cat", "dog"});
  CHECK(std::vector<std::int32_t>(train->labels().begin(), train->labels().end()) == std::vector<std::int32_t>{0, 1});
  CHECK(test->labels()[0] == 1);
  CHECK(folders.open({}, Split::test) == nullptr);
  CHECK(folders.open({{"train", (folders.folder / "loose").string()}})->labels().empty());
  folders.put("grey.png", "test/fish/c.png");
  CHECK(folders.error(params, Split::test) == "test = test/fish/c.png: the training images have no folder 'fish'");
  folders.put("grey.png", "loose/dog/c.png");
  CHECK(folders.error({{"train", (folders.folder / "loose").string()}})
            .starts_with("train = loose: has pictures both in folders and next to them"));
}

TEST_CASE("image_folder: pictures of several sizes and damaged files are errors with the file") {
  Folders folders;
  folders.put("grey.png", "train/a.png");
  folders.put("grey.jpg", "train/b.jpg");
  CHECK(folders.error() ==
        "train = train/b.jpg: has 16 x 16 pixels, but train/a.png has 4 x 4; set height and width to "
        "bring all to one size");
  CHECK(folders.error({{"height", std::int64_t{4}}, {"width", std::int64_t{4}}}).empty());
  CHECK(folders.error({{"height", std::int64_t{4}}}) == "image_folder: set both height and width or neither");
  const auto whole = test::read(folders.folder / "train/b.jpg");
  test::write(folders.folder / "train/b.jpg", whole.substr(0, whole.size() / 2));
  CHECK(folders.error().starts_with("train = train/b.jpg: cannot be decoded: "));
  test::write(folders.folder / "train/b.jpg", "GIF89a");
  CHECK(folders.error() == "train = train/b.jpg: byte 0: this is neither a PNG nor a JPEG file");
  const auto png = test::read(folders.folder / "train/a.png");
  test::write(folders.folder / "train/a.png", png.substr(0, png.size() - 20));
  CHECK(folders.error().starts_with("train = train/a.png: cannot be decoded: "));
}
