// Which images are held out for validation.
#include "subject/validation_draw.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <vector>

using namespace hourglass;
using subject::draw_validation;

namespace {

std::vector<std::int64_t> counts(const std::vector<std::int64_t>& rows, const std::vector<std::int32_t>& labels,
                                 std::size_t classes) {
  std::vector<std::int64_t> result(classes);
  for (const auto row : rows) ++result[static_cast<std::size_t>(labels[static_cast<std::size_t>(row)])];
  return result;
}

/// Labels sorted by class.
std::vector<std::int32_t> sorted(const std::vector<int>& sizes) {
  std::vector<std::int32_t> labels;
  for (std::size_t i = 0; i < sizes.size(); ++i)
    labels.insert(labels.end(), static_cast<std::size_t>(sizes[i]), static_cast<std::int32_t>(i));
  return labels;
}

}  // namespace

TEST_CASE("validation draw: each class gives its share, also if the file is sorted by class") {
  const auto labels = sorted({40, 40, 40, 40, 40});
  const auto draw = draw_validation(200, labels, 5, 0.2);
  CHECK(counts(draw.validation, labels, 5) == std::vector<std::int64_t>(5, 8));
  CHECK(counts(draw.train, labels, 5) == std::vector<std::int64_t>(5, 32));
  const auto uneven = sorted({1000, 100, 10, 1});
  CHECK(counts(draw_validation(1111, uneven, 4, 0.1).validation, uneven, 4) ==
        std::vector<std::int64_t>{100, 10, 1, 0});
}

TEST_CASE("validation draw: every image is in exactly one part, in ascending order") {
  const auto draw = draw_validation(1000, {}, 0, 0.3);
  CHECK(draw.validation.size() == 300);
  CHECK(std::ranges::is_sorted(draw.train));
  CHECK(std::ranges::is_sorted(draw.validation));
  std::vector<std::int64_t> all(1000), expected(1000);
  std::ranges::merge(draw.train, draw.validation, all.begin());
  std::iota(expected.begin(), expected.end(), std::int64_t{0});
  CHECK(all == expected);
}

TEST_CASE("validation draw: without labels, images come from the whole file") {
  const auto draw = draw_validation(1000, {}, 0, 0.2);
  for (std::int64_t first = 0; first < 1000; first += 250) {
    const auto here =
        std::ranges::count_if(draw.validation, [&](auto row) { return row >= first && row < first + 250; });
    CHECK(here > 30);  // 50 on average, with a standard deviation of 5.5
    CHECK(here < 70);
  }
}

TEST_CASE("validation draw: a class keeps an image for training as long as others can give one") {
  const auto pairs = sorted(std::vector<int>(10, 2));
  CHECK(counts(draw_validation(20, pairs, 10, 0.5).train, pairs, 10) == std::vector<std::int64_t>(10, 1));
  const auto single = sorted(std::vector<int>(10, 1));
  CHECK(draw_validation(10, single, 10, 0.5).validation.size() == 5);
}

TEST_CASE("validation draw: the share is rounded down, but not below what its decimals say") {
  CHECK(draw_validation(100, {}, 0, 0.29).validation.size() == 29);
  CHECK(draw_validation(9, {}, 0, 0.1).validation.empty());
  CHECK(draw_validation(1, {}, 0, 0.9).train.size() == 1);
}

TEST_CASE("validation draw: a larger share contains a smaller one") {
  const auto labels = sorted({30, 50, 20});
  const auto small = draw_validation(100, labels, 3, 0.1).validation,
             large = draw_validation(100, labels, 3, 0.3).validation;
  CHECK(std::ranges::includes(large, small));
}

TEST_CASE("validation draw: a share always draws the same images") {
  // These rows identify trainings: if they change, so must subject::Data::identity().
  CHECK(fmt::format("{}", fmt::join(draw_validation(20, {}, 0, 0.2).validation, " ")) == "7 10 11 18");
  const auto labels = sorted({10, 10});
  CHECK(fmt::format("{}", fmt::join(draw_validation(20, labels, 2, 0.2).validation, " ")) == "3 7 11 18");
}
