// The values of files as a model sees them.
#include "apply/value_map.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/experiment.hpp"

using namespace hourglass;

namespace {

subject::Data data_of(const std::string& keys = "") {
  return subject::Data(
      test::resolve_experiment("[dataset]\nplugin = \"shapes\"\ntrain_size = 40\ntest_size = 10\nside = 8\n" + keys +
                               "[architecture]\nplugin = \"mlp\"\n"));
}

std::vector<float> to_model(const apply::ValueMap& map, std::vector<float> values) {
  map.to_model(values);
  return values;
}

}  // namespace

TEST_CASE("value map: bytes become [0, 1], inverted or not, and come back") {
  const auto data = data_of();
  std::vector<float> image(64, 51);
  CHECK(to_model(apply::ValueMap(data, {0, 255}, false), image) == std::vector<float>(64, 0.2F));
  const apply::ValueMap inverted(data, {0, 255}, true);
  auto seen = to_model(inverted, image);
  CHECK(seen == std::vector<float>(64, 0.8F));
  inverted.to_file(seen);
  for (const float value : seen) CHECK(value == doctest::Approx(51));
}

TEST_CASE("value map: values of the dataset's range are kept to the bit, and what leaves it is limited") {
  const auto data = data_of();
  const apply::ValueMap map(data, {}, false);
  std::vector<float> image(64, 0.1F);
  CHECK(to_model(map, image) == image);
  image.assign(64, 1.5F);
  map.to_file(image);
  CHECK(image == std::vector<float>(64, 1.0F));
}

TEST_CASE("value map: a run's normalisation is applied and undone") {
  const auto data = data_of("normalise = \"features\"\n");
  const apply::ValueMap map(data, {}, false);
  std::vector<float> image(64);
  for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<float>(i) / 64;
  auto seen = to_model(map, image);
  const auto shift = data.normalisation().shift();
  REQUIRE_FALSE(shift.empty());
  CHECK(seen[5] == doctest::Approx((image[5] - shift[5 % shift.size()]) *
                                   data.normalisation().factor()[5 % data.normalisation().factor().size()]));
  map.to_file(seen);
  for (std::size_t i = 0; i < image.size(); ++i) CHECK(seen[i] == doctest::Approx(image[i]));
}
