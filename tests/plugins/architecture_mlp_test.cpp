// The fully connected architecture: what its parameters change.
#include <doctest/doctest.h>

#include "compute/graph/network.hpp"
#include "hourglass/architecture.hpp"
#include "support/plugins.hpp"

using namespace hourglass;

namespace {

constexpr ImageShape kMlpImage = {1, 28, 28};

/// Encoder and decoder around a code of 32 that is a dense layer on the features.
compute::Network described(const std::map<std::string, Value>& params) {
  const auto mlp = test::make<Architecture>("mlp", params);
  compute::Network network(kMlpImage, 0);
  network.begin_part("encoder");
  const auto encoding = mlp->encode(network, {.image = network.image(), .code_size = 8});
  network.begin_part("decoder");
  mlp->decode(network, {dense(encoding.features, 32), {}, kMlpImage, encoding});
  return network;
}

Value widths(std::vector<std::int64_t> values) { return values; }

}  // namespace

TEST_CASE("mlp: without hidden layers and with a code of 32 it is 784-32-784") {
  CHECK(described({{"hidden", widths({})}}).parameter_count() == 784 * 32 + 32 + 32 * 784 + 784);
}

TEST_CASE("mlp: the decoder mirrors the encoder") {
  CHECK(described({{"hidden", widths({128, 64})}}).parameter_count() ==
        784 * 128 + 128 + 128 * 64 + 64 + 64 * 32 + 32 + 32 * 64 + 64 + 64 * 128 + 128 + 128 * 784 + 784);
}

TEST_CASE("mlp: tied layers share weights, not biases") {
  CHECK(described({{"hidden", widths({128, 64})}, {"tied", true}}).parameter_count() ==
        784 * 128 + 128 + 128 * 64 + 64 + 64 * 32 + 32 + 32 * 64 + 64 + 128 + 784);
}

TEST_CASE("mlp: weights are initialised for the layer's activation, biases with zero") {
  for (const auto& [activation, kind] : {std::pair{"relu", Init::Kind::normal}, std::pair{"elu", Init::Kind::normal},
                                         std::pair{"tanh", Init::Kind::uniform}}) {
    CAPTURE(activation);
    const auto network = described({{"activation", std::string(activation)}});
    CHECK(network.parameters().front().init.kind == kind);
    // The output is linear.
    CHECK(network.parameters()[network.parameters().size() - 2].init.kind == Init::Kind::uniform);
    for (const auto& record : network.parameters()) {
      if (record.dims.size() == 1) CHECK(record.init.kind == Init::Kind::constant);
    }
  }
}
