// The list of networks, and how they are selected on the command line.
#include "bench/networks.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "bench/pytorch_scripts.hpp"

using namespace hourglass;

namespace {

std::string problem(const std::string& name) {
  try {
    bench::networks_named({name});
  } catch (const base::UserError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("networks: a unique prefix of a name is enough") {
  const auto found = bench::networks_named({"mlp_784_1000_500_250_30/b2", "mlp_784_128"});
  REQUIRE(found.size() == 2);
  CHECK(found[0].name == "mlp_784_128/b128");
  CHECK(found[1].name == "mlp_784_1000_500_250_30/b256");
}

TEST_CASE("networks: without names, all are selected") {
  CHECK(bench::networks_named({}).size() == bench::networks().size());
}

TEST_CASE("networks: a shared prefix selects all its networks, a full name only itself") {
  const auto found = bench::networks_named({"mlp_784_1000"});
  REQUIRE(found.size() == 2);
  CHECK(found[0].name == "mlp_784_1000_500_250_30/b256");
  CHECK(found[1].name == "mlp_784_1000_500_250_30/b1000");
  CHECK(bench::networks_named({"mlp_784_1000_500_250_30/b1000"}).size() == 1);
}

TEST_CASE("networks: an unknown name is refused with the nearest one") {
  CHECK(problem("mlp_784_182/b128").ends_with("; did you mean 'mlp_784_128/b128'?"));
}

TEST_CASE("networks: the PyTorch script has every network") {
  for (const auto& network : bench::networks()) {
    const auto name = "\"" + network.name.substr(0, network.name.find('/')) + "\":";
    CHECK_MESSAGE(bench::pytorch_step().find(name) != std::string::npos, name);
  }
}
