// The networks that `hourglass bench` measures, as experiments that use the installed plugins.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hourglass::bench {

/// A network with a batch size. Images are 1 x 28 x 28; the output non-linearity is a sigmoid, the loss the mean
/// squared error, the optimiser Adam.
struct BenchNetwork {
  std::string name;    ///< "mlp_784_128/b128": the part before the slash names the same network in pytorch_step.py
  std::string tables;  ///< [architecture] and [bottleneck], TOML
  std::int64_t batch = 0;
  std::int64_t steps = 0;  ///< per repetition, for a tenth of a second or more
};

const std::vector<BenchNetwork>& networks();

/// Returns the networks with the given names, in the order of networks(). A word that is not a full name selects all
/// names that start with it; without words, all networks are returned. Throws UserError with the nearest names if a
/// word matches none.
std::vector<BenchNetwork> networks_named(const std::vector<std::string>& names);

}  // namespace hourglass::bench
