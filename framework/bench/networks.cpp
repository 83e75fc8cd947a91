#include "bench/networks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/suggest.hpp"

namespace hourglass::bench {
namespace {

std::string mlp(const std::string& hidden, int code) {
  return fmt::format("[architecture]\nplugin = \"mlp\"\nhidden = [{}]\n\n[bottleneck]\nplugin = \"dense\"\nsize = {}\n",
                     hidden, code);
}

std::string conv(const std::string& keys, int code) {
  return fmt::format("[architecture]\nplugin = \"conv\"\n{}\n[bottleneck]\nplugin = \"dense\"\nsize = {}\n", keys,
                     code);
}

std::string sparse(int units, int kept) {
  return fmt::format(
      "[architecture]\nplugin = \"sparse\"\npre_bias = false\nunit_norm = false\n\n"
      "[bottleneck]\nplugin = \"topk\"\nsize = {}\nk = {}\n",
      units, kept);
}

std::vector<std::string> names_of(const std::vector<BenchNetwork>& networks) {
  std::vector<std::string> names;
  for (const auto& network : networks) names.push_back(network.name);
  return names;
}

/// Returns the names that match `word`.
std::vector<std::string> complete(const std::string& word) {
  const auto names = names_of(networks());
  std::vector<std::string> meant;
  for (const auto& name : names) {
    if (name == word) return {name};
    if (name.starts_with(word)) meant.push_back(name);
  }
  if (!meant.empty()) return meant;
  throw base::UserError(fmt::format("there is no network '{}'; the networks are {}{}", word, fmt::join(names, ", "),
                                    base::did_you_mean(word, names)));
}

}  // namespace

const std::vector<BenchNetwork>& networks() {
  // Changed defaults of plugins must not change what is measured: tests pin the numbers of parameters.
  static const std::vector<BenchNetwork> all = {
      {"mlp_784_128/b128", mlp("", 128), 128, 50},
      {"mlp_784_512_256_64/b128", mlp("512, 256", 64), 128, 30},
      {"mlp_784_1000_500_250_30/b256", mlp("1000, 500, 250", 30), 256, 15},
      {"mlp_784_1000_500_250_30/b1000", mlp("1000, 500, 250", 30), 1000, 6},
      {"sparse_784_2000_top100/b128", sparse(2000, 100), 128, 20},
      {"sparse_784_16384_top32/b4096", sparse(16384, 32), 4096, 1},
      {"conv_strided_16_32_64/b128", conv("channels = [16, 32]\n", 64), 128, 20},
      {"conv_pooled_32_32/b128",
       conv("channels = [32, 32]\ndown = \"max_pool\"\nmaps = true\nlast_conv = true\n", 32 * 7 * 7), 128, 10},
  };
  return all;
}

std::vector<BenchNetwork> networks_named(const std::vector<std::string>& names) {
  if (names.empty()) return networks();
  std::set<std::string> wanted;
  for (const auto& name : names) {
    for (auto& meant : complete(name)) wanted.insert(std::move(meant));
  }
  std::vector<BenchNetwork> chosen;
  std::ranges::copy_if(networks(), std::back_inserter(chosen),
                       [&](const auto& network) { return wanted.contains(network.name); });
  return chosen;
}

}  // namespace hourglass::bench
