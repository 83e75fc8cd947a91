// What variational bottlenecks share: a normal posterior whose draws are decoded, and the bound on the likelihood that
// is trained.
#pragma once

#include <string>

#include "hourglass/bottleneck.hpp"

namespace hourglass::variational {

/// Which lower bound of log p(x) training maximises.
enum class Objective { elbo, importance_weighted };

struct BoundParams {
  Objective objective = Objective::elbo;
  std::int64_t samples = 1;
  double beta = 1;
  double free_bits = 0;
  double warmup_epochs = 0;
};

/// Declares the members of BoundParams, from which `P` derives.
template <class P>
void declare_bound(ParamTable<P>& table) {
  const auto in = []<class T>(T BoundParams::*member) { return static_cast<T P::*>(member); };
  const Condition is_elbo{"objective", Condition::Is::equal, std::string("elbo")};
  table.add("objective", in(&BoundParams::objective),
            {{"elbo", Objective::elbo}, {"importance_weighted", Objective::importance_weighted}},
            "lower bound of the log-likelihood that is maximised: the evidence lower bound, with the KL divergence in "
            "closed form, or the tighter -log mean of the importance weights of all samples (Burda et al. 2016)");
  table.add("samples", in(&BoundParams::samples), {1, 10000},
            "codes drawn per image in training; the decoder runs on each of them");
  table
      .add("beta", in(&BoundParams::beta), {0, 1e6},
           "factor of the KL divergence, in nats per image; with 1 and any train.reduction, the objective is the "
           "evidence lower bound, up to a constant factor and a constant term")
      .acts_if({is_elbo});
  table
      .add("free_bits", in(&BoundParams::free_bits), {0, 1000},
           "nats of each unit's KL divergence, mean over the batch, that cost nothing (Kingma et al. 2016)")
      .acts_if({is_elbo});
  table
      .add("warmup_epochs", in(&BoundParams::warmup_epochs), {0, 1e6},
           "epochs over which beta rises linearly from 0 (Bowman et al. 2016)")
      .acts_if({is_elbo});
}

/// Adds the KL divergence of N(mean, exp(log_variance)) from N(prior_mean, 1) to the objective, as `kl` in nats per
/// image; an empty prior_mean is 0. With free bits, `kl` is only reported, and `free_kl` has the weight.
inline void add_divergence(Graph& graph, Node mean, Node log_variance, Node prior_mean, const BoundParams& params) {
  const double beta = params.beta * graph.nat();
  const auto weight = PenaltyWeight::rising(beta, params.warmup_epochs);
  const Node distance = prior_mean ? mean - prior_mean : mean;
  const Node divergence = 0.5 * (exp(log_variance) + square(distance) - log_variance - 1.0);  // [N, K]
  if (params.free_bits == 0) return graph.penalty("kl", divergence, weight);
  graph.penalty("kl", divergence, 0);
  graph.penalty("free_kl", relu(batch_mean(divergence) - params.free_bits) + params.free_bits, weight);  // [K]
}

/// Draws codes from N(mean, exp(log_variance)), each [N, K], and adds the bound's other part to the objective.
inline Code bounded_code(Graph& graph, Node mean, Node log_variance, const Prior& prior, Node prior_mean,
                         const BoundParams& params) {
  const Node sample = sample_gaussian(repeat(mean, params.samples), repeat(log_variance, params.samples));
  const Node log_posterior = normal_log_density(sample, mean, log_variance);
  if (params.objective == Objective::elbo) {
    add_divergence(graph, mean, log_variance, prior_mean, params);
  } else {
    graph.importance_weighted("kl", prior.log_density(sample) - log_posterior);
  }
  return {.code = mean, .decoded = sample, .prior = prior, .log_posterior = log_posterior};
}

}  // namespace hourglass::variational
