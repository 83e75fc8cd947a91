// Initial values that depend on the data.
#include "subject/initialise.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "subject/subject.hpp"
#include "support/experiment.hpp"

using namespace hourglass;

TEST_CASE("initialise: the pre-bias of a sparse dictionary starts as the mean of the images that training sees") {
  const subject::Subject subject(
      test::resolve_experiment("[dataset]\nplugin = \"shapes\"\ntrain_size = 700\ntest_size = 10\n"
                               "[architecture]\nplugin = \"sparse\"\n[train]\nvalidation = 0.1\n"),
      1);
  const auto& network = *subject.autoencoder.network;
  compute::Model model(network, false);
  subject::initialise(model, network, subject.data, 1);
  const auto bias =
      std::ranges::find(network.parameters(), "encoder.sparse_0.pre_bias", &compute::ParameterRecord::name);
  REQUIRE(bias != network.parameters().end());

  const auto train = subject.data.split(Split::train);
  REQUIRE(train.size() == 630);
  std::vector<float> image(static_cast<std::size_t>(bias->size));
  std::vector<double> sums(image.size());
  for (std::int64_t index = 0; index < train.size(); ++index) {
    train.read(std::vector<std::int64_t>{index}, image);
    for (std::size_t i = 0; i < image.size(); ++i) sums[i] += static_cast<double>(image[i]);
  }
  for (std::size_t i = 0; i < image.size(); ++i) {
    const auto value = model.parameters()[static_cast<std::size_t>(bias->offset) + i];
    CHECK(static_cast<double>(value) == doctest::Approx(sums[i] / 630).epsilon(1e-6));
  }
  CHECK(*std::ranges::max_element(sums) > 0);
}
