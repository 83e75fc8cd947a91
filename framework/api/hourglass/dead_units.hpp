// The auxiliary loss on dead units of sparse bottlenecks: keys, and the nodes that it takes.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "hourglass/bottleneck.hpp"

namespace hourglass {

/// Keys of the auxiliary loss: the base of a bottleneck's Params.
struct DeadUnitLoss {
  double aux_weight = 0;
  std::int64_t aux_k = 0;
  std::int64_t dead_after = 100000;
};

/// Declares the keys of DeadUnitLoss.
template <class Params>
void declare_dead_unit_loss(ParamTable<Params>& table) {
  table.add("aux_weight", static_cast<double Params::*>(&Params::aux_weight), {0, 1e6},
            "weight of the loss with which dead units learn to explain the residual of the reconstruction; 1/32 in Gao "
            "et al. (2024), appendix A.2. Needs a decoder that is one dense layer and a linear output; 0: none");
  table
      .add("aux_k", static_cast<std::int64_t Params::*>(&Params::aux_k), {0, 1e9},
           "number of dead units that explain the residual of a sample; 0: the power of two nearest to half of the "
           "image's width")
      .acts_if({{"aux_weight", Condition::Is::above, 0}});
  table
      .add("dead_after", static_cast<std::int64_t Params::*>(&Params::dead_after), {1, 1 << 24},
           "number of training samples for which a unit has been 0 in succession when it counts as dead")
      .acts_if({{"aux_weight", Condition::Is::above, 0}});
}

/// Adds the auxiliary loss of `units` [N, K], of which `result.code` keeps some, and reports the number of dead units
/// as `dead`. Nothing if its weight is 0.
inline void add_dead_unit_loss(Graph& graph, const DeadUnitLoss& keys, Node units, Code& result) {
  if (!(keys.aux_weight > 0)) return;
  const auto half = std::max<std::int64_t>(1, graph.image().shape().size() / 2);
  const auto below = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(half)));
  const auto nearest = half - below < 2 * below - half ? below : 2 * below;
  const auto kept = std::min(keys.aux_k > 0 ? keys.aux_k : nearest, units.shape().size());
  const Node dead = dead_units(result.code, keys.dead_after);  // [K]
  graph.penalty("dead", dead, 0);
  result.auxiliary.push_back(
      {"auxiliary", masked_top_k(units, dead, kept), AuxiliaryCode::Target::residual, keys.aux_weight});
}

}  // namespace hourglass
