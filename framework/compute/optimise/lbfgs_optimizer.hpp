// L-BFGS as an optimiser of models.
#pragma once

#include <span>
#include <vector>

#include "compute/graph/chunks.hpp"
#include "compute/optimise/lbfgs.hpp"
#include "compute/optimise/optimizer.hpp"
#include "hourglass/params.hpp"

namespace hourglass::compute {

/// The parameters of `lbfgs`.
struct LbfgsRule {
  static constexpr const char* kName = "lbfgs";
  static constexpr const char* kSummary =
      "Limited-memory BFGS (Nocedal & Wright 2006) for small problems: an epoch is one iteration on the whole training "
      "set, with noise and dropout drawn once and kept.";
  static constexpr bool kFullBatch = true;
  struct Params {
    double learning_rate = 1;
    std::int64_t history = 10;
    std::int64_t max_evaluations = 20;
    double weight_decay = 0;
  };
  static void declare(ParamTable<Params>& table);
};

class LbfgsOptimizer final : public Optimizer {
 public:
  LbfgsOptimizer(const Network& network, const LbfgsRule::Params& params, const std::vector<bool>& trained);

  bool full_batch() const override { return LbfgsRule::kFullBatch; }
  void begin(Model& model, double learning_rate) override;
  Advance update(Model& model, const Update& update) override;
  std::span<float> state() override { return search_.state(); }

 private:
  double add_decay(Model& model, double scale) const;

  LbfgsRule::Params params_;
  std::vector<Chunk> chunks_;
  Lbfgs<float> search_;
};

}  // namespace hourglass::compute
