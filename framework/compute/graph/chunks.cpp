// Parameters side by side that are treated alike become one stretch, which is then cut for threads.
#include "compute/graph/chunks.hpp"

#include <algorithm>

#include "compute/kernels/buffer.hpp"

namespace hourglass::compute {
namespace {
constexpr std::int64_t kChunk = 16384;
}  // namespace

bool decay_pulls(const ParameterRecord& parameter) { return parameter.trained && parameter.dims.size() != 1; }

std::vector<Chunk> chunks_of(const Network& network, bool with_decay, const std::vector<bool>& trained) {
  std::vector<Chunk> chunks;
  for (std::size_t i = 0; i < network.parameters().size(); ++i) {
    const ParameterRecord& parameter = network.parameters()[i];
    if (!trained.empty() && !trained[i]) continue;
    const std::int64_t end = parameter.offset + whole_lines(parameter.size);
    const bool decays = with_decay && decay_pulls(parameter);
    if (!chunks.empty() && chunks.back().decays == decays && chunks.back().end == parameter.offset) {
      chunks.back().end = end;
    } else {
      chunks.push_back({parameter.offset, end, decays});
    }
  }
  std::vector<Chunk> pieces;
  for (const Chunk& chunk : chunks) {
    for (std::int64_t begin = chunk.begin; begin < chunk.end; begin += kChunk) {
      pieces.push_back({begin, std::min(chunk.end, begin + kChunk), chunk.decays});
    }
  }
  return pieces;
}

}  // namespace hourglass::compute
