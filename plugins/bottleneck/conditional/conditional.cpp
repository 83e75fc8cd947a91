// Conditional variational autoencoder (Sohn et al. 2015; Kingma et al. 2014): encoder and decoder get the class in
// addition to features and code, so that the code need not encode it and images of a wanted class can be sampled.
#include "evidence_bound.hpp"

namespace {

using namespace hourglass;

enum class CodePrior { standard, per_class };

class Conditional final : public Bottleneck {
 public:
  struct Params : variational::BoundParams {
    CodePrior prior = CodePrior::standard;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("prior", &Params::prior, {{"standard", CodePrior::standard}, {"per_class", CodePrior::per_class}},
              "prior of the code given the class: N(0, 1) for all classes, or N(m, 1) with a learned mean m per class");
    variational::declare_bound(table);
  }

  explicit Conditional(const Params& params) : params_(params) {}

  bool reads_labels() const override { return true; }

  Code constrain(Graph& graph, const BottleneckInput& input) const override {
    const Node labels = input.labels;                                 // [N, classes]
    const Node features = concat({input.encoding.features, labels});  // [N, H + classes]
    // The decoder of an encoder that makes the code itself expects a code of its width.
    const bool is_code = input.encoding.is_code;
    const Node mean = is_code ? input.encoding.features + dense(labels, input.size) : dense(features, input.size);
    const Node log_variance = dense(features, input.size);  // [N, K]
    Prior prior = standard_normal_prior(graph, input.size);
    Node centre;
    if (params_.prior == CodePrior::per_class) {
      const auto classes = labels.shape().size();
      const Weights means{graph.parameter("class", "means", {classes, input.size}, {Init::Kind::normal, 1})};
      centre = dense(labels, means);  // [N, K]
      prior = {centre + prior.sample, [centre](Node code) { return normal_log_density(code, centre, 0.0 * centre); }};
    }
    Code code = variational::bounded_code(graph, mean, log_variance, prior, centre, params_);
    code.decoder_input = is_code ? code.decoded + dense(labels, input.size) : concat({code.decoded, labels});
    return code;
  }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Conditional>(
    "conditional", "A variational code given the class, which encoder and decoder read (conditional VAE)."))
