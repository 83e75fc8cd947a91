// Variational autoencoder (Kingma & Welling 2014; Rezende et al. 2014), with beta (Higgins et al. 2017), free bits,
// warm-up and the importance-weighted bound. [train] loss decides p(x|z): bce Bernoulli, mse normal with variance 1/2.
#include "evidence_bound.hpp"

namespace {

using namespace hourglass;

class Variational final : public Bottleneck {
 public:
  using Params = variational::BoundParams;
  static void declare(ParamTable<Params>& table) { variational::declare_bound(table); }

  explicit Variational(const Params& params) : params_(params) {}

  Code constrain(Graph& graph, const BottleneckInput& input) const override {
    const Node mean = code_units(input.encoding, input.size);              // [N, K]
    const Node log_variance = dense(input.encoding.features, input.size);  // [N, K]
    return variational::bounded_code(graph, mean, log_variance, standard_normal_prior(graph, input.size), {}, params_);
  }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Variational>(
    "variational", "A normal distribution of codes per image, trained on a lower bound of the likelihood (VAE, IWAE)."))
