// The sparse dictionary: what its parameters change.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "compute/graph/plan.hpp"
#include "hourglass/architecture.hpp"
#include "support/plugins.hpp"

using namespace hourglass;

namespace {

constexpr ImageShape kSparseImage = {1, 4, 5};
constexpr std::int64_t kUnits = 30;

/// The whole network, with the units as the code.
struct Described {
  compute::Network network{kSparseImage, 0};
  Node code, output;

  explicit Described(const std::map<std::string, Value>& params) {
    const auto sparse = test::make<Architecture>("sparse", params);
    network.begin_part("encoder");
    const auto encoding = sparse->encode(network, {.image = network.image(), .code_size = kUnits});
    CHECK(encoding.is_code);
    code = encoding.features;
    network.begin_part("decoder");
    output = sparse->decode(network, {code, {}, kSparseImage, encoding});
  }
};

std::int64_t parameters(const std::map<std::string, Value>& params) {
  return Described(params).network.parameter_count();
}

}  // namespace

TEST_CASE("sparse architecture: encoder and decoder have one weight each and share a bias") {
  CHECK(parameters({}) == 20 * 30 + 30 + 30 * 20 + 20);
}

TEST_CASE("sparse architecture: tied, it has one weight") { CHECK(parameters({{"tied", true}}) == 20 * 30 + 30 + 20); }

TEST_CASE("sparse architecture: without a pre-bias, the decoder has its own bias") {
  CHECK(parameters({{"pre_bias", false}}) == parameters({}));
  Described with({}), without({{"pre_bias", false}});
  // If the image equals the bias, nothing is left to explain.
  for (auto* described : {&with, &without}) {
    auto& network = described->network;
    compute::Model model(network, false);
    model.initialise(network, 1);
    compute::Plan plan(network, model,
                       {.batch = 1, .training = false, .feeds = {}, .outputs = {described->code}, .objective = {}});
    for (const auto& record : network.parameters()) {
      if (record.dims == std::vector<std::int64_t>{20}) {
        std::fill_n(model.parameters().begin() + record.offset, 20, 0.5F);
      }
    }
    std::ranges::fill(plan.feed(network.image()), 0.5F);
    plan.forward();
    const bool silent = std::ranges::all_of(plan.value(described->code), [](float unit) { return unit == 0; });
    CHECK(silent == (described == &with));
  }
}

TEST_CASE("sparse architecture: with unit_norm, the decoder's directions start at norm 1 and keep it") {
  for (const bool unit_norm : {true, false}) {
    Described described({{"unit_norm", unit_norm}});
    compute::Model model(described.network, false);
    model.initialise(described.network, 1);
    const auto& records = described.network.parameters();
    const auto decoder = std::ranges::find_if(
        records, [](const auto& record) { return record.name.starts_with("decoder") && record.dims.size() == 2; });
    REQUIRE(decoder != records.end());
    CHECK(decoder->unit_rows == unit_norm);
    double furthest = 0;
    for (std::int64_t row = 0; row < kUnits; ++row) {
      double squares = 0;
      for (const float w : model.parameters().subspan(static_cast<std::size_t>(decoder->offset + row * 20), 20)) {
        squares += static_cast<double>(w) * w;
      }
      furthest = std::max(furthest, std::abs(squares - 1));
    }
    CHECK((furthest < 1e-5) == unit_norm);
  }
}

TEST_CASE("sparse architecture: the decoder starts as the encoder's transpose") {
  const Described described({{"unit_norm", false}});
  compute::Model model(described.network, false);
  model.initialise(described.network, 1);
  std::vector<std::span<const float>> weights;
  for (const auto& record : described.network.parameters()) {
    if (record.dims.size() == 2) {
      weights.push_back(std::span<const float>(model.parameters())
                            .subspan(static_cast<std::size_t>(record.offset), static_cast<std::size_t>(record.size)));
    }
  }
  REQUIRE(weights.size() == 2);
  CHECK(std::ranges::equal(weights[0], weights[1]));
}

TEST_CASE("sparse architecture: its default bottleneck is topk") {
  CHECK(test::make<Architecture>("sparse")->default_bottleneck() == "topk");
}
