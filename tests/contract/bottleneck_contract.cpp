// The contract of every bottleneck, on given features, with default parameters.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "contract/autoencoder_trial.hpp"

using namespace hourglass;

namespace {

template <class Check>
void for_every_bottleneck(Check check) {
  const auto names = test::registry().names(Bottleneck::kKind);
  REQUIRE(!names.empty());
  for (const auto& name : names) {
    CAPTURE(name);
    check(*test::make<Bottleneck>(name));
  }
}

/// Describes a code computed from the image's pixels.
Code constrain(const Bottleneck& bottleneck, compute::Network& network, std::int64_t size) {
  const Encoding encoding{flatten(network.image())};
  return bottleneck.constrain(network, {encoding, bottleneck.reads_labels() ? network.labels() : Node{}, size});
}

}  // namespace

TEST_CASE("every bottleneck: features of any width give a code and a decoder input of the requested width") {
  for_every_bottleneck([](const Bottleneck& bottleneck) {
    for (const std::int64_t features : {1, 6, 300}) {
      for (const std::int64_t size : {1, 2, 100}) {
        compute::Network network({1, 1, features}, 2);
        const auto code = constrain(bottleneck, network, size);
        CHECK(code.code.shape() == Shape{{size}});
        if (code.decoded) CHECK(code.decoded.shape() == Shape{{size}});
        if (code.decoder_input) CHECK(code.decoder_input.shape().dims.size() == 1);
        if (code.prior.sample) CHECK(code.prior.sample.shape() == Shape{{size}});
      }
    }
  });
}

TEST_CASE("every bottleneck: the code depends on the features, sample by sample") {
  for_every_bottleneck([](const Bottleneck& bottleneck) {
    compute::Network network({1, 1, 6}, 2);
    const auto code = constrain(bottleneck, network, 4).code;
    compute::Model model(network, false);
    model.initialise(network, 1);
    compute::Plan plan(network, model,
                       {.batch = 2, .training = false, .feeds = {}, .outputs = {code}, .objective = {}});
    const auto image = plan.feed(network.image());
    const auto code_of_first = [&](float first, float second) {
      std::fill(image.begin(), image.begin() + 6, first);
      std::fill(image.begin() + 6, image.end(), second);
      plan.forward();
      return std::vector<float>(plan.value(code).begin(), plan.value(code).begin() + 4);
    };
    CHECK(code_of_first(0.5F, 0.1F) == code_of_first(0.5F, 0.9F));
    // Of the other sign, because a relu may give zeros for one of them.
    CHECK(code_of_first(0.5F, 0.1F) != code_of_first(-0.5F, 0.1F));
  });
}

TEST_CASE("every bottleneck: penalties have unique names and finite values") {
  for (const auto& name : test::registry().names(Bottleneck::kKind)) {
    CAPTURE(name);
    test::Trial trial(test::registry().names(Architecture::kKind).at(0), name, {1, 9, 7});
    std::set<std::string> names;
    for (const auto& penalty : trial.autoencoder.network->penalties()) {
      CHECK(!penalty.name.empty());
      names.insert(penalty.name);
    }
    CHECK(names.size() == trial.autoencoder.network->penalties().size());
    auto plan = trial.plan(true, {}, {});
    const auto losses = plan.forward();
    CHECK(losses.penalties.size() == names.size());
    CHECK(std::ranges::all_of(losses.penalties, [](double value) { return std::isfinite(value); }));
  }
}
