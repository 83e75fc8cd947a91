// Datasets that several configurations share.
#include "subject/opened_data.hpp"

#include <doctest/doctest.h>

#include "support/experiment.hpp"

using namespace hourglass;
using test::resolve_experiment;

TEST_CASE("opened data: configurations with the same dataset and validation share it, others do not") {
  const std::string text =
      "[dataset]\nplugin = \"shapes\"\ntrain_size = 50\ntest_size = 10\n[architecture]\nplugin = \"mlp\"\n";
  subject::OpenedData opened;
  const auto data = opened.of(resolve_experiment(text));
  CHECK(opened.of(resolve_experiment(text, {"noise=gaussian", "seed=2", "train.epochs=3"})) == data);
  CHECK(opened.of(resolve_experiment(text, {"dataset.train_size=60"})) != data);
  CHECK(opened.of(resolve_experiment(text, {"dataset.test_size=20"})) != data);
  CHECK(opened.of(resolve_experiment(text, {"train.validation=0.5"})) != data);
  CHECK(opened.of(resolve_experiment(text)) == data);
}

TEST_CASE("opened data: a dataset stays open as long as it is used, however many follow") {
  subject::OpenedData opened;
  std::shared_ptr<const subject::Data> first;
  for (int size = 50; size < 80; ++size) {
    const auto data = opened.of(resolve_experiment("[dataset]\nplugin = \"shapes\"\ntest_size = 10\ntrain_size = " +
                                                   std::to_string(size) + "\n[architecture]\nplugin = \"mlp\"\n"));
    if (!first) first = data;
  }
  CHECK(first->split(Split::test).size() == 10);
}
