// Counts the engine's allocations and the oneDNN primitives it creates during execution. oneDNN's internal allocations
// are not counted.
#include <dlfcn.h>
#include <doctest/doctest.h>
#include <oneapi/dnnl/dnnl.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string_view>

#include "compute/networks.hpp"

namespace {

std::atomic<bool> counting{false};
std::atomic<int> allocations{0};
std::atomic<int> primitives{0};

void* allocate(std::size_t size, const void* caller) {
  if (counting) {
    Dl_info where{};
    const bool known = dladdr(caller, &where) != 0 && where.dli_fname != nullptr;
    if (!known || std::string_view(where.dli_fname).find("dnnl") == std::string_view::npos) ++allocations;
  }
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}

}  // namespace

// Not inlined: the caller's address identifies who allocates.
[[gnu::noinline]] void* operator new(std::size_t size) { return allocate(size, __builtin_return_address(0)); }
[[gnu::noinline]] void* operator new[](std::size_t size) { return allocate(size, __builtin_return_address(0)); }
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size, __builtin_return_address(0));
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

// Replaces the library's own function, which it calls.
extern "C" dnnl_status_t dnnl_primitive_create(dnnl_primitive_t* primitive, const_dnnl_primitive_desc_t description) {
  if (counting) ++primitives;
  static const auto create =
      reinterpret_cast<decltype(&dnnl_primitive_create)>(dlsym(RTLD_NEXT, "dnnl_primitive_create"));
  return create(primitive, description);
}

namespace hourglass::compute::test {
namespace {

TEST_CASE("plan: after the first step, no network allocates memory or creates primitives") {
  for (const Kind& kind : kinds()) {
    for (const auto updates : {Trained::Updates::after, Trained::Updates::on_the_way}) {
      CAPTURE(kind.name);
      Trained network(kind, 70, updates);
      network.step(1);
      allocations = primitives = 0;
      counting = true;
      for (int step = 2; step <= 5; ++step) network.step(step);
      counting = false;
      CHECK(allocations.load() == 0);
      CHECK(primitives.load() == 0);
    }
  }
}

TEST_CASE("the counter of primitives counts") {
  primitives = 0;
  counting = true;
  // Some networks need none: dense ones, where products are tiled.
  for (const Kind& kind : kinds()) const Trained network(kind);
  counting = false;
  CHECK(primitives.load() > 0);
}

TEST_CASE("plan: after the first step, no optimiser allocates memory") {
  for (const auto& alternative : optimizer_alternatives()) {
    CAPTURE(alternative.name);
    Training training;
    const auto optimizer = make_optimizer(training.network, alternative.name, optimizer_values(alternative.name));
    training.step(1);  // oneDNN writes a primitive's description when it first runs
    allocations = 0;
    counting = true;
    for (int step = 1; step <= 5; ++step) {
      optimizer->begin(*training.model, 0.01);
      const double loss = training.step(1).total, scale = 1.0 / gradient_norm(*training.model);
      optimizer->update(*training.model, {.learning_rate = 0.01, .step = step, .gradient_scale = scale, .loss = loss});
    }
    counting = false;
    CHECK(allocations.load() == 0);
  }
}

TEST_CASE("plan: changing the weight of a penalty allocates nothing") {
  Training training;
  training.step(1);
  allocations = 0;
  counting = true;
  for (int step = 1; step <= 3; ++step) {
    const double weight = 0.1 * step;
    training.plan->set_penalty_weights({&weight, 1});
    training.step(1);
  }
  counting = false;
  CHECK(allocations.load() == 0);
}

TEST_CASE("the counter of allocations counts") {
  allocations = 0;
  counting = true;
  auto* number = new int(1);
  asm volatile("" : : "r"(number) : "memory");  // keeps the pair from being optimised away
  delete number;
  counting = false;
  CHECK(allocations.load() == 1);
}

}  // namespace
}  // namespace hourglass::compute::test
