// Variational bottleneck (Kingma & Welling 2014): a sampled code, its KL divergence from a standard normal prior with a
// weight that may rise over the first epochs (Bowman et al. 2016), and the densities for estimating likelihoods.
#include "hourglass/bottleneck.hpp"

namespace {

using namespace hourglass;

class Variational final : public Bottleneck {
 public:
  struct Params {
    double beta = 0.01;
    double warmup_epochs = 0;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("beta", &Params::beta, {0, 1e6}, "weight of KL(q || N(0, 1)) in nats, summed over the code");
    table.add("warmup_epochs", &Params::warmup_epochs, {0, 1e6}, "epochs over which beta rises linearly from 0");
  }
  explicit Variational(const Params& params) : params_(params) {}

  Code constrain(Graph& graph, const BottleneckInput& input) const override {
    const Node mean = dense(input.encoding.features, input.size),
               log_variance = dense(input.encoding.features, input.size),
               sample = sample_gaussian(mean, log_variance);  // [N, K]
    const PenaltyWeight weight =
        params_.warmup_epochs > 0 ? PenaltyWeight(params_.beta, 0, 0, params_.warmup_epochs) : params_.beta;
    graph.penalty("kl", 0.5 * (exp(log_variance) + square(mean) - log_variance - 1.0), weight);
    return {.code = mean,
            .decoded = sample,
            .prior = standard_normal_prior(graph, input.size),
            .log_posterior = normal_log_density(sample, mean, log_variance)};
  }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Variational>("variational", "Variational code: a normal distribution per image."))
