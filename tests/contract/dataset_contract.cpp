// The contract of every dataset, with its default parameters. Datasets without files are skipped.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <thread>
#include <vector>

#include "host/data_access.hpp"
#include "hourglass/dataset.hpp"
#include "support/plugins.hpp"

using namespace hourglass;

namespace {

constexpr std::int64_t kImages = 64;  // looked at in each split

struct Opened {
  std::string name;
  std::unique_ptr<Dataset> dataset;
  std::unique_ptr<Samples> train, test;
};

/// All datasets that open, and their data access.
struct World {
  host::HostData data;
  std::vector<Opened> sets;

  World() {
    for (const auto& name : test::registry().names(Dataset::kKind)) {
      Opened opened{name, test::make<Dataset>(name), nullptr, nullptr};
      try {
        opened.train = opened.dataset->open(Split::train, data);
        opened.test = opened.dataset->open(Split::test, data);
      } catch (const std::exception& error) {
        MESSAGE(name << " is skipped: " << std::string(error.what()));
        continue;
      }
      sets.push_back(std::move(opened));
    }
    REQUIRE_MESSAGE(!sets.empty(), "no dataset could be opened");
  }
};

/// Opened once, for all checks that only read.
World& world() {
  static World opened;
  return opened;
}

template <class Check>
void for_every_split(Check check) {
  for (const auto& opened : world().sets) {
    for (const auto split : {Split::train, Split::test}) {
      CAPTURE(opened.name);
      CAPTURE(to_string(split));
      const auto& samples = split == Split::train ? opened.train : opened.test;
      if (samples) check(*samples);
    }
  }
}

/// Indices spread over the whole split.
std::vector<std::int64_t> some(const Samples& samples) {
  const auto count = std::min(kImages, samples.size());
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 0; i < count; ++i)
    indices.push_back(i * (samples.size() - 1) / std::max<std::int64_t>(1, count - 1));
  return indices;
}

std::vector<float> read(const Samples& samples, const std::vector<std::int64_t>& indices) {
  std::vector<float> images(indices.size() * static_cast<std::size_t>(samples.shape().size()), -1.0f);
  samples.read(indices, images);
  return images;
}

}  // namespace

TEST_CASE("every dataset: train exists, and all splits have images and the same shape, range and classes") {
  for (const auto& opened : world().sets) {
    CAPTURE(opened.name);
    REQUIRE(opened.train);
    CHECK(opened.train->size() >= 1);
    const auto validation = opened.dataset->open(Split::validation, world().data);
    for (const auto* samples : {opened.test.get(), validation.get()}) {
      if (samples == nullptr) continue;
      CHECK(samples->size() >= 1);
      CHECK(samples->shape() == opened.train->shape());
      CHECK(samples->range() == opened.train->range());
      CHECK(samples->class_names() == opened.train->class_names());
    }
  }
}

TEST_CASE("every dataset: values are finite and in the stated range, and images differ") {
  for_every_split([](const Samples& samples) {
    const auto images = read(samples, some(samples));
    const auto range = samples.range();
    CHECK(std::ranges::all_of(
        images, [&](float value) { return std::isfinite(value) && range.contains(static_cast<double>(value)); }));
    const auto size = static_cast<std::size_t>(samples.shape().size());
    CHECK(!std::equal(images.begin(), images.begin() + static_cast<std::ptrdiff_t>(size),
                      images.end() - static_cast<std::ptrdiff_t>(size)));
  });
}

TEST_CASE("every dataset: there are as many labels as images, each of a named class if classes have names, or none") {
  for_every_split([](const Samples& samples) {
    const auto labels = samples.labels();
    const auto classes = static_cast<std::int32_t>(samples.class_names().size());
    if (labels.empty()) {
      CHECK(classes == 0);
      return;
    }
    CHECK(static_cast<std::int64_t>(labels.size()) == samples.size());
    if (classes == 0) return;
    CHECK(std::ranges::all_of(labels, [&](std::int32_t label) { return label >= 0 && label < classes; }));
  });
}

TEST_CASE("every dataset: an image is the same alone, in any order and twice in a batch") {
  for_every_split([](const Samples& samples) {
    const auto indices = some(samples);
    const auto size = static_cast<std::size_t>(samples.shape().size());
    const auto whole = read(samples, indices);
    const std::vector<std::int64_t> backward(indices.rbegin(), indices.rend());
    const auto reversed = read(samples, backward);
    for (std::size_t i = 0; i < indices.size(); ++i) {
      const std::vector<float> image(whole.begin() + static_cast<std::ptrdiff_t>(i * size),
                                     whole.begin() + static_cast<std::ptrdiff_t>((i + 1) * size));
      REQUIRE(std::equal(image.begin(), image.end(),
                         reversed.begin() + static_cast<std::ptrdiff_t>((indices.size() - 1 - i) * size)));
      REQUIRE(read(samples, {indices[i]}) == image);
    }
    const auto twice = read(samples, {indices[0], indices[0]});
    CHECK(std::equal(twice.begin(), twice.begin() + static_cast<std::ptrdiff_t>(size),
                     twice.begin() + static_cast<std::ptrdiff_t>(size)));
  });
}

TEST_CASE("every dataset: a read of zero images is allowed, and writing stays within the destination") {
  for_every_split([](const Samples& samples) {
    std::vector<float> images(2 * static_cast<std::size_t>(samples.shape().size()), -7.0f);
    samples.read({}, std::span(images).first(0));
    CHECK(std::ranges::all_of(images, [](float value) { return value == -7.0f; }));
    const std::int64_t first[] = {0};
    samples.read(first, std::span(images).first(images.size() / 2));
    CHECK(std::all_of(images.begin() + static_cast<std::ptrdiff_t>(images.size() / 2), images.end(),
                      [](float value) { return value == -7.0f; }));
  });
}

TEST_CASE("every dataset: two threads read the same as one") {
  for_every_split([](const Samples& samples) {
    const auto indices = some(samples);
    const auto expected = read(samples, indices);
    std::vector<float> first, second;
    {
      const std::jthread one([&] { first = read(samples, indices); });
      const std::jthread two([&] { second = read(samples, indices); });
    }
    CHECK(first == expected);
    CHECK(second == expected);
  });
}

TEST_CASE("every dataset: has the same contents when opened again") {
  World first, second;
  REQUIRE(first.sets.size() == second.sets.size());
  for (std::size_t i = 0; i < first.sets.size(); ++i) {
    CAPTURE(first.sets[i].name);
    const auto of = [](const Opened& opened) -> const Samples& { return opened.test ? *opened.test : *opened.train; };
    const auto &a = of(first.sets[i]), &b = of(second.sets[i]);
    CHECK(read(a, some(a)) == read(b, some(b)));
    CHECK(std::ranges::equal(a.labels(), b.labels()));
  }
  CHECK(first.data.content_hash() == second.data.content_hash());
}

TEST_CASE("every dataset: an index out of range is an exception, not a crash") {
  for_every_split([](const Samples& samples) {
    std::vector<float> image(static_cast<std::size_t>(samples.shape().size()));
    for (const std::int64_t outside : {std::int64_t{-1}, samples.size()}) {
      const std::int64_t index[] = {outside};
      CHECK_THROWS_AS(samples.read(index, image), std::exception);
    }
  });
}

TEST_CASE("every dataset: true features, if it knows them, are directions of norm 1 that all splits share") {
  for_every_split([](const Samples& samples) {
    const auto features = samples.true_features();
    const auto size = static_cast<std::size_t>(samples.shape().size());
    CHECK(features.size() % size == 0);
    for (std::size_t first = 0; first < features.size(); first += size) {
      double squares = 0;
      for (const float value : features.subspan(first, size)) squares += static_cast<double>(value) * value;
      REQUIRE(std::abs(squares - 1) < 1e-5);
    }
  });
}

TEST_CASE("every dataset: downloads are below the data directory and have a full checksum and a source") {
  for (const auto& name : test::registry().names(Dataset::kKind)) {
    CAPTURE(name);
    for (const auto& download : test::make<Dataset>(name)->downloads()) {
      const std::filesystem::path file = download.file;
      CHECK(file.is_relative());
      CHECK(std::ranges::find(file, "..") == file.end());
      CHECK(download.sha256.size() == 64);
      CHECK(download.sha256.find_first_not_of("0123456789abcdef") == std::string::npos);
      REQUIRE(!download.sources.empty());
      for (const auto& source : download.sources) CHECK((source.starts_with("npm:") || source.starts_with("https://")));
    }
  }
}
