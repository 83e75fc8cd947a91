// The model's buffer in stretches, for what passes over all parameters.
#pragma once

#include <cstdint>
#include <vector>

#include "compute/graph/network.hpp"

namespace hourglass::compute {

/// A stretch of the buffer that one thread works on in one go: floats [begin, end).
struct Chunk {
  std::int64_t begin, end;
  bool decays;  ///< weight decay pulls at it
};

/// Says that weight decay pulls at a parameter: it spares tensors of rank 1 and what is not trained.
bool decay_pulls(const ParameterRecord& parameter);

/// Cuts the buffer where decay, if there is any, starts and stops, and into pieces for threads. Padding goes with what
/// precedes it. `trained` marks the parameters that are wanted, by index; empty: all.
std::vector<Chunk> chunks_of(const Network& network, bool with_decay, const std::vector<bool>& trained = {});

}  // namespace hourglass::compute
