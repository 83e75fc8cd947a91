// Which networks train to the same bits, and under which conditions.
#include <doctest/doctest.h>

#include <cstring>

#include "compute/kernels/parallel.hpp"
#include "compute/networks.hpp"
#include "compute/threads.hpp"

namespace hourglass::compute::test {
namespace {

/// Losses and parameters after a few steps on `count` threads, as bytes.
std::string trained(const Kind& kind, int count) {
  set_threads(count);
  Trained network(kind);
  std::vector<double> losses;
  for (int step = 1; step <= 4; ++step) losses.push_back(network.step(step));
  std::string bytes(reinterpret_cast<const char*>(losses.data()), losses.size() * sizeof(double));
  bytes.append(reinterpret_cast<const char*>(network.parameters().data()), network.parameters().size_bytes());
  return bytes;
}

TEST_CASE("bits: networks without convolutions train to the same bits on 1, 2 and 4 threads") {
  const Threads restore;
  for (const Kind& kind : kinds()) {
    if (kind.convolutional) continue;
    CAPTURE(kind.name);
    const std::string expected = trained(kind, 1);
    CHECK((trained(kind, 2) == expected));
    CHECK((trained(kind, 4) == expected));
  }
}

TEST_CASE("bits: every network trains to the same bits again on the same number of threads") {
  const Threads restore;
  for (const Kind& kind : kinds()) {
    for (const int count : {1, 2, 3}) {
      CAPTURE(kind.name);
      CAPTURE(count);
      CHECK((trained(kind, count) == trained(kind, count)));
    }
  }
}

TEST_CASE("bits: updates during the backward pass give the same bits as updates after it") {
  const Threads restore;
  for (const Kind& kind : kinds()) {
    for (const char* optimizer : {"adam", "adamw", "sgd", "rmsprop"}) {
      CAPTURE(kind.name);
      CAPTURE(optimizer);
      Trained after(kind, 70, Trained::Updates::after, optimizer);
      Trained on_the_way(kind, 70, Trained::Updates::on_the_way, optimizer);
      for (int step = 1; step <= 3; ++step) CHECK(after.step(step) == on_the_way.step(step));
      const auto wanted = after.parameters(), got = on_the_way.parameters();
      CHECK(std::memcmp(got.data(), wanted.data(), wanted.size_bytes()) == 0);
    }
  }
}

TEST_CASE("bits: every network learns") {
  for (const Kind& kind : kinds()) {
    CAPTURE(kind.name);
    Trained network(kind);
    const double first = network.step(1);
    double last = first;
    for (int step = 2; step <= 15; ++step) last = network.step(step);
    CHECK(last < first);
  }
}

}  // namespace
}  // namespace hourglass::compute::test
