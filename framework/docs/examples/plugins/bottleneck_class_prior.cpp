// Variational bottleneck with a normal prior per class (Sohn et al. 2015; Kingma et al. 2014): the prior of a class has
// a learned mean, and the decoder gets the class in addition to the code.
#include "hourglass/bottleneck.hpp"

namespace {

using namespace hourglass;

class ClassPrior final : public Bottleneck {
 public:
  struct Params {
    double beta = 0.01;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("beta", &Params::beta, {0, 1e6}, "weight of KL(q || N(class mean, 1)) in nats");
  }
  explicit ClassPrior(const Params& params) : params_(params) {}

  bool reads_labels() const override { return true; }

  Code constrain(Graph& graph, const BottleneckInput& input) const override {
    const auto classes = input.labels.shape().size();
    const Weights means{graph.parameter("class", "means", {classes, input.size}, {Init::Kind::normal, 1})};
    const Node centre = dense(input.labels, means);  // [N, K], the mean of each image's class
    const Node mean = dense(input.encoding.features, input.size),
               log_variance = dense(input.encoding.features, input.size),
               sample = sample_gaussian(mean, log_variance);  // [N, K]
    graph.penalty("kl", 0.5 * (exp(log_variance) + square(mean - centre) - log_variance - 1.0), params_.beta);
    return {.code = mean,
            .decoded = sample,
            .decoder_input = concat({sample, input.labels}),  // [N, K + classes]
            .prior = {centre + standard_normal(graph, input.size),
                      [centre](Node code) { return normal_log_density(code, centre, 0.0 * centre); }},
            .log_posterior = normal_log_density(sample, mean, log_variance)};
  }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<ClassPrior>("class_prior", "Variational code with a normal prior per class."))
