// Arrays in NumPy's formats: values of each type, shards, archives, and the places of mistakes.
#include <doctest/doctest.h>

#include <bit>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "host/data_access.hpp"
#include "hourglass/dataset.hpp"
#include "support/plugins.hpp"
#include "support/process.hpp"

using namespace hourglass;

namespace {

namespace fs = std::filesystem;

/// A file as numpy.save() writes it in version 1.0 of the format.
template <class T>
std::string npy(const std::string& descr, const std::string& shape, const std::vector<T>& values,
                const std::string& order = "False") {
  auto header = "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
  header.resize(117, ' ');
  header += '\n';
  auto text = std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header;
  text.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  return text;
}

struct ArrayWorld {
  test::TemporaryFolder folder;
  host::HostData data{folder / "data", folder / "cache"};

  std::string put(const std::string& name, const std::string& text) const {
    test::write(folder / name, text);
    return (folder / name).string();
  }
  std::unique_ptr<Samples> open(const std::string& plugin, const std::map<std::string, Value>& params,
                                Split split = Split::train) {
    return test::make<Dataset>(plugin, params)->open(split, data);
  }
  /// Returns the error without the folder's name.
  std::string error(const std::string& plugin, const std::map<std::string, Value>& params, Split split = Split::train) {
    try {
      const auto samples = open(plugin, params, split);
      std::vector<float> image(static_cast<std::size_t>(samples->shape().size()));
      for (std::int64_t i = 0; i < samples->size(); ++i) samples->read({&i, 1}, image);
    } catch (const std::exception& error) {
      std::string text = error.what();
      const auto prefix = folder.path().string() + "/";
      for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) text.erase(at, prefix.size());
      return text;
    }
    return "";
  }
};

std::vector<float> values_of(const Samples& samples) {
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 0; i < samples.size(); ++i) indices.push_back(i);
  std::vector<float> values(indices.size() * static_cast<std::size_t>(samples.shape().size()));
  samples.read(indices, values);
  return values;
}

std::string fixture(const std::string& name) {
  return (fs::path(HOURGLASS_SOURCE_DIR) / "tests/fixtures/arrays" / name).string();
}

}  // namespace

TEST_CASE("npy: values of each type are read exactly, and the range is any unless they are bytes") {
  ArrayWorld world;
  const std::vector<float> expected = {1, 2, 3, 120};
  const auto check = [&]<class T>(const std::string& descr, T, bool bounded = false) {
    CAPTURE(descr);
    const auto file = world.put(descr, npy<T>(descr, "(2, 2)", {1, 2, 3, 120}));
    const auto samples = world.open("npy", {{"train", file}});
    CHECK(values_of(*samples) == expected);
    CHECK(samples->shape() == ImageShape{1, 1, 2});
    CHECK(samples->range().bounded() == bounded);
  };
  check("|u1", std::uint8_t{}, true);
  check("|i1", std::int8_t{}, true);
  check("<u2", std::uint16_t{});
  check("<i2", std::int16_t{});
  check("<u4", std::uint32_t{});
  check("<i4", std::int32_t{});
  check("<u8", std::uint64_t{});
  check("<i8", std::int64_t{});
  check("<f4", float{});
  check("<f8", double{});
}

TEST_CASE("npy: f16 has the values that NumPy 1.24 gives, subnormal ones included") {
  ArrayWorld world;
  const auto samples = world.open("npy", {{"train", fixture("half.npy")}});
  CHECK(values_of(*samples) ==
        std::vector<float>{1, -2, 65504, 5.960464477539063e-08F, 6.097555160522461e-05F, 0.333251953125F});
}

TEST_CASE("npy: bf16 is the upper half of an f32, as <u2 or |V2, and must be stated") {
  ArrayWorld world;
  const std::vector<std::uint16_t> values = {0x3f80, 0xc049, 0x0000, 0x7f7f};
  for (const std::string descr : {"<u2", "|V2"}) {
    const auto file = world.put("b", npy(descr, "(1, 4)", values));
    CHECK(values_of(*world.open("npy", {{"train", file}, {"bf16", true}})) ==
          std::vector<float>{1, -3.140625F, 0, std::bit_cast<float>(0x7f7f0000U)});
  }
  CHECK(world.error("npy", {{"train", world.put("b", npy("|V2", "(1, 4)", values))}}) ==
        "train = b: byte 20: values of type '|V2' have 16 bits of unknown meaning; set bf16 = true if they are "
        "bfloat16");
  CHECK(world.error("npy", {{"train", world.put("f", npy<float>("<f4", "(1, 1)", {1}))}, {"bf16", true}}) ==
        "train = f: byte 20: bf16 = true needs values of type '<u2' or '|V2', but got '<f4'; remove bf16");
}

TEST_CASE("npy: shapes [n, h, w] and [n, c, h, w] are images; labels come from a second file") {
  ArrayWorld world;
  const std::vector<std::uint8_t> bytes = {0, 51, 102, 153, 204, 255, 1, 2, 3, 4, 5, 6};
  const auto images = world.put("i", npy("|u1", "(2, 2, 3)", bytes));
  const auto labels = world.put("l", npy<std::int64_t>("<i8", "(2,)", {7, -1}));
  const auto samples = world.open("npy", {{"train", images}, {"train_labels", labels}});
  CHECK(samples->shape() == ImageShape{1, 2, 3});
  CHECK(samples->labels()[0] == 7);
  CHECK(samples->labels()[1] == -1);
  CHECK(samples->range() == ValueRange{0, 255});
  CHECK(world.open("npy", {{"train", world.put("c", npy("|u1", "(1, 3, 2, 2)", bytes))}})->shape() ==
        ImageShape{3, 2, 2});
  CHECK(world.open("npy", {{"train", images}}, Split::test) == nullptr);
}

TEST_CASE("npy: the files of a folder continue one another in the order of their names") {
  ArrayWorld world;
  world.put("shards/b.npy", npy<float>("<f4", "(1, 2)", {5, 6}));
  world.put("shards/a.npy", npy<float>("<f4", "(2, 2)", {1, 2, 3, 4}));
  world.put("shards/notes.txt", "not an array");
  const auto folder = (world.folder / "shards").string();
  const auto samples = world.open("npy", {{"train", folder}});
  CHECK(samples->size() == 3);
  CHECK(values_of(*samples) == std::vector<float>{1, 2, 3, 4, 5, 6});
  world.put("shards/c.npy", npy<float>("<f4", "(1, 3)", {1, 2, 3}));
  CHECK(world.error("npy", {{"train", folder}}) ==
        "train = shards/c.npy: has samples of [1, 1, 3], but shards/a.npy has [1, 1, 2]");
}

TEST_CASE("npy: an error names the key, the file and the byte") {
  ArrayWorld world;
  const std::vector<float> values = {1, 2, 3, 4};
  const auto good = npy("<f4", "(2, 2)", values);
  const auto refusal = [&](const std::string& text) { return world.error("npy", {{"train", world.put("x", text)}}); };
  CHECK(refusal("PNG") == "train = x: byte 0: this is not an array in NumPy's format (.npy)");
  CHECK(refusal(good.substr(0, 9)) == "train = x: byte 9: the file ends within its header");
  CHECK(refusal(good.substr(0, 60)) == "train = x: byte 60: the file ends within its header of 128 bytes");
  CHECK(refusal(good + "1") == "train = x: byte 145: the header states 16 bytes of values, but the file has 17");
  CHECK(refusal(npy("<f4", "(2, 2)", values, "True")) ==
        "train = x: byte 44: the array is in Fortran order; save it in C order, as by numpy.ascontiguousarray(a)");
  CHECK(refusal(npy(">f4", "(2, 2)", values)).starts_with("train = x: byte 20: values of type '>f4' are big-endian"));
  CHECK(refusal(npy("<c8", "(2, 1)", values)) ==
        "train = x: byte 20: values of type '<c8' cannot be read; expected numbers of type f2, f4, f8, u1 to u8, i1 to "
        "i8 or b1");
  CHECK(refusal(npy("<f4", "(4,)", values)) == "train = x: byte 61: expected an array of rank 2 to 4, but got rank 1");
  CHECK(refusal(npy("<f4", "(0, 2)", std::vector<float>())) ==
        "train = x: byte 61: each dimension must be at least 1, but one is 0");
  CHECK(refusal(npy("<f4", "(2, 2", values)) ==
        "train = x: byte 67: the header of the array is damaged: expected a number");
  CHECK(world.error("npy", {{"train", world.put("x", good)},
                            {"train_labels", world.put("y", npy<float>("<f4", "(2,)", {1, 1.5F}))}}) ==
        "train_labels = y: byte 132: expected a label that is an integer of 32 bits, but got 1.5");
  CHECK(world.error("npy", {{"train", world.put("x", good)},
                            {"train_labels", world.put("y", npy<float>("<f4", "(3,)", {1, 2, 3}))}}) ==
        "train_labels = y: byte 0: the array has 3 labels for 2 samples");
}

TEST_CASE("npy: a value outside the stated range, or one that is not finite, is an error at its byte") {
  ArrayWorld world;
  const auto file = world.put("x", npy<double>("<f8", "(2, 2)", {0, 0.5, 1.25, 1}));
  CHECK(world.error("npy", {{"train", file}, {"range", std::vector<double>{0, 1}}}) ==
        "x: byte 144: expected a value in [0, 1], but got 1.25");
  CHECK(world.error("npy", {{"train", file}}) == "");
  CHECK(world.error("npy", {{"train", world.put("y", npy<double>("<f8", "(1, 2)", {0, 1e300}))}}) ==
        "y: byte 136: expected a finite number of 32 bits, but got inf");
  CHECK(world.error("npy", {{"train", file}, {"range", std::vector<double>{1, 0}}}) ==
        "range must be a lower and a higher value, such as [0, 1], or empty");
}

TEST_CASE("npz: arrays of stored and of compressed archives are found by name") {
  for (const std::string name : {"stored.npz", "deflated.npz"}) {
    CAPTURE(name);
    ArrayWorld world;
    const auto train = world.open("npz", {{"file", fixture(name)}});
    CHECK(values_of(*train) == std::vector<float>{-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6});
    CHECK(std::vector<std::int32_t>(train->labels().begin(), train->labels().end()) ==
          std::vector<std::int32_t>{3, 1, 3, 1});
    const auto test = world.open("npz", {{"file", fixture(name)}}, Split::test);
    CHECK(values_of(*test) == std::vector<float>{7, 8, 9, 1, 2, 3});
    CHECK(world.open("npz", {{"file", fixture(name)}, {"test", ""}}, Split::test) == nullptr);
  }
}

TEST_CASE("npz: an unknown array and a damaged archive are errors that name the file") {
  ArrayWorld world;
  const auto file = world.put("a.npz", test::read(fixture("deflated.npz")));
  CHECK(world.error("npz", {{"file", file}, {"train", "images"}}) ==
        "file = a.npz: has no array 'images'; its arrays are x_train, y_train, x_test, y_test");
  CHECK(world.error("npz", {{"file", world.put("b.npz", "not a ZIP file")}})
            .starts_with("file = b.npz: byte 0: this is not an archive of arrays (.npz)"));
  auto damaged = test::read(file);
  damaged[70] = static_cast<char>(damaged[70] ^ 0x55);
  CHECK(world.error("npz", {{"file", world.put("c.npz", damaged)}}).starts_with("file = c.npz: byte"));
}
