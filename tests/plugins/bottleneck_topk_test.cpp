// The top-k bottleneck: the number of units that it keeps, in training and afterwards.
#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>

#include "compute/graph/plan.hpp"
#include "hourglass/bottleneck.hpp"
#include "support/plugins.hpp"

using namespace hourglass;

namespace {

constexpr std::int64_t kBatch = 8;

/// Returns the number of nonzero units of `size` for each of eight samples, on features that differ.
std::vector<std::int64_t> active(const std::map<std::string, Value>& params, std::int64_t size, bool training) {
  const auto topk = test::make<Bottleneck>("topk", params);
  compute::Network network({1, 2, 3}, 0);
  const auto code = topk->constrain(network, {.encoding = {flatten(network.image())}, .size = size});
  CHECK(code.sparse);
  compute::Model model(network, true);
  model.initialise(network, 1);
  compute::Plan plan(network, model,
                     {.batch = kBatch, .training = training, .feeds = {}, .outputs = {code.code}, .objective = {}});
  auto image = plan.feed(network.image());
  for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<float>((i * 37) % 11) - 5;
  plan.forward();
  std::vector<std::int64_t> counts;
  for (std::int64_t n = 0; n < kBatch; ++n) {
    const auto row = plan.value(code.code).subspan(static_cast<std::size_t>(n * size), static_cast<std::size_t>(size));
    counts.push_back(std::ranges::count_if(row, [](float unit) { return unit != 0; }));
  }
  return counts;
}

std::vector<std::int64_t> each(std::int64_t count) { return std::vector<std::int64_t>(kBatch, count); }

std::int64_t sum(const std::vector<std::int64_t>& counts) {
  std::int64_t total = 0;
  for (const auto count : counts) total += count;
  return total;
}

}  // namespace

TEST_CASE("topk: each sample keeps k units, in training and afterwards") {
  CHECK(active({{"k", std::int64_t{7}}}, 40, true) == each(7));
  CHECK(active({{"k", std::int64_t{7}}}, 40, false) == each(7));
}

TEST_CASE("topk: without k a twentieth of the units is kept, at least one") {
  CHECK(active({}, 60, true) == each(3));
  CHECK(active({}, 4, true) == each(1));
}

TEST_CASE("topk: alpha scales the number of kept units after training, up to all") {
  const std::map<std::string, Value> params = {{"k", std::int64_t{3}}, {"alpha", 1.5}};
  CHECK(active(params, 40, true) == each(3));
  CHECK(active(params, 40, false) == each(5));
  CHECK(active({{"k", std::int64_t{3}}, {"alpha", 100.0}}, 10, false) == each(10));
}

TEST_CASE("topk: scopes unit and batch keep k of a sample on average") {
  const auto won = active({{"k", std::int64_t{10}}, {"scope", "unit"}}, 40, true);
  CHECK(sum(won) == kBatch * 10);
  CHECK(won != each(10));
  const auto shared = active({{"k", std::int64_t{5}}, {"scope", "batch"}}, 40, true);
  CHECK(sum(shared) == kBatch * 5);
  CHECK(shared != each(5));
}

TEST_CASE("topk: units that are already the code get no further layer") {
  const auto topk = test::make<Bottleneck>("topk");
  compute::Network network({1, 4, 5}, 0);
  topk->constrain(network, {.encoding = {.features = flatten(network.image()), .is_code = true}, .size = 20});
  CHECK(network.parameters().empty());
}

TEST_CASE("topk: refuses to keep more units than there are") {
  const auto topk = test::make<Bottleneck>("topk", {{"k", std::int64_t{9}}});
  compute::Network network({1, 4, 5}, 0);
  CHECK_THROWS_WITH_AS(topk->constrain(network, {.encoding = {flatten(network.image())}, .size = 8}),
                       "k = 9 is larger than the code's size = 8; set k to at most 8, or use a larger size",
                       std::invalid_argument);
}
