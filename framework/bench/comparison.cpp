#include "bench/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/streams.hpp"
#include "bench/precisions.hpp"

namespace hourglass::bench {
namespace {

double seconds_per_step(const train::Profile& profile) { return profile.total / static_cast<double>(profile.steps); }

}  // namespace

void Comparison::add(const BenchNetwork& network, compute::Precision precision) {
  rows_.push_back(
      {.network = network,
       .ours = {},
       .pytorch = {},
       .products = {.precision = precision, .threads = settings_.threads, .rate = {}, .peak = {}, .pytorch = {}}});
  products_of(rows_.back()) = rows_.back().products;
}

void Comparison::run_round() {
  for (auto& row : rows_) {
    const auto precision = row.products.precision;
    const auto pytorch = python_ && !pytorch_is_slow(row) ? pytorch_settings(settings_.threads, precision)
                                                          : std::vector<PyTorchSetting>{};
    try_ours(row);
    for (std::size_t i = 0; i < pytorch.size(); ++i) {
      try_pytorch(row, pytorch[i]);
      if (i + 1 < pytorch.size()) try_ours(row);
    }
    try_products(row);
    if (!pytorch.empty()) try_pytorch_products(row, settings_);
  }
}

std::vector<Row> Comparison::rows() {
  std::vector<Row> measured;
  for (auto row : rows_) {
    if (row.ours.profile.steps == 0) continue;
    row.products = products_of(row);
    if (row.pytorch && row.pytorch->parameters != row.ours.parameters) {
      fail(row, fmt::format("not compared: our network has {} parameters, PyTorch's {}", row.ours.parameters,
                            row.pytorch->parameters));
      row.pytorch.reset();
    }
    measured.push_back(std::move(row));
  }
  return measured;
}

void Comparison::say(const Row& row, const std::string& message) const {
  base::say("{} {}: {}\n", row.network.name, name_of(row.products.precision), message);
}

void Comparison::fail(const Row& row, const std::string& message) {
  say(row, message);
  failed_ = true;
}

/// Asks PyTorch once which libraries it uses, with a product that takes milliseconds even with the slowest of them.
bool Comparison::pytorch_is_slow(const Row& row) {
  const auto& products = products_of(row);
  if (!products.pytorch) {
    auto settings = settings_;
    settings.quick = true;
    try_pytorch_products(row, settings);
  }
  return products.pytorch && products.pytorch->backend.on_reference_blas();
}

void Comparison::try_ours(Row& row) {
  const auto measured = measure_ours(row.network, row.products.precision, settings_);
  if (!measured) return fail(row, "our steps could not be measured");
  const double seconds = seconds_per_step(measured->profile);
  say(row, fmt::format("ours {:.3f} ms", seconds * 1e3));
  if (row.ours.profile.steps == 0 || seconds < seconds_per_step(row.ours.profile)) row.ours = *measured;
}

void Comparison::try_pytorch(Row& row, const PyTorchSetting& setting) {
  const auto measured = measure_pytorch(*python_, row.network, setting, settings_);
  if (!measured) return fail(row, fmt::format("PyTorch could not be measured with {}", setting.name()));
  say(row, fmt::format("PyTorch {:.3f} ms, {}", measured->milliseconds, setting.name()));
  if (!row.pytorch || measured->milliseconds < row.pytorch->milliseconds) row.pytorch = measured;
}

void Comparison::try_products(const Row& row) {
  auto& best = products_of(row);
  const auto ceiling = measure_ceiling(best.precision, settings_);
  best.rate = std::max(best.rate, ceiling.rate);
  if (best.rate) say(row, fmt::format("products reach {:.1f} GF/s", *best.rate / 1e9));
  if (ceiling.clock && (!best.peak || *ceiling.clock > best.peak->clock)) {
    best.peak = peak_of(this_processor(), best.precision, best.threads, *ceiling.clock);
  }
}

void Comparison::try_pytorch_products(const Row& row, const BenchSettings& settings) {
  auto& best = products_of(row).pytorch;
  const auto measured = measure_pytorch_products(*python_, row.products.precision, settings);
  if (!measured) return fail(row, "PyTorch's products could not be measured");
  if (!best) say(row, measured->backend.sentence());
  const auto before = best.value_or(*measured);
  best = measured;
  best->rate = std::max(before.rate, measured->rate);
  best->backend.threads_used = std::max(before.backend.threads_used, measured->backend.threads_used);
  say(row, fmt::format("PyTorch's products reach {:.1f} GF/s", best->rate / 1e9));
}

}  // namespace hourglass::bench
