// The networks that `hourglass bench` measures, as experiments that use the plugins that everybody uses.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hourglass::bench {

/// A network with a batch size. Images are 1 x 28 x 28; the output is a sigmoid's, the loss the mean squared error, the
/// optimiser Adam.
struct BenchNetwork {
  std::string name;    ///< "mlp_784_128/b128": the part before the slash names the same network in pytorch_step.py
  std::string tables;  ///< [architecture] and [bottleneck], TOML
  std::int64_t batch = 0;
  std::int64_t steps = 0;  ///< of one repetition: a tenth of a second and more
};

const std::vector<BenchNetwork>& networks();

/// Returns the networks with these names or, for what is no name, those whose names start so, in the order of
/// networks(); all for no names. UserError with the nearest names for any other.
std::vector<BenchNetwork> networks_named(const std::vector<std::string>& names);

}  // namespace hourglass::bench
