// Vector-quantised bottleneck (van den Oord et al. 2017): the code is split into groups, and each is replaced with the
// nearest vector of a codebook. Gradients pass straight through to the encoder (Bengio et al. 2013).
#include <cmath>
#include <memory>
#include <numbers>
#include <stdexcept>

#include "hourglass/bottleneck.hpp"

namespace {

using namespace hourglass;

/// Indices [N, G] of `entries` vectors -> [1]: exp of the entropy of their frequencies, in [1, entries].
class Perplexity final : public CustomOperation {
 public:
  explicit Perplexity(std::int64_t entries) : entries_(entries) {}

  std::string name() const override { return "perplexity"; }
  Shape infer(std::span<const Shape>) const override { return {{1}, false}; }
  void forward(std::int64_t, std::span<const std::span<const float>> inputs, std::span<float> output) const override {
    std::vector<double> counts(static_cast<std::size_t>(entries_));
    for (const float index : inputs[0]) {
      if (index >= 0) counts[static_cast<std::size_t>(index)] += 1;  // not a NaN's
    }
    double entropy = 0;
    for (const double count : counts) {
      const double share = count / static_cast<double>(inputs[0].size());
      if (share > 0) entropy -= share * std::log(share);
    }
    output[0] = static_cast<float>(std::exp(entropy));
  }
  void backward(std::int64_t, std::span<const std::span<const float>>, std::span<const float>, std::span<const float>,
                std::span<const std::span<float>>) const override {}

 private:
  std::int64_t entries_;
};

/// Standard normal draws -> indices that are uniform in [0, entries).
class UniformIndex final : public CustomOperation {
 public:
  explicit UniformIndex(std::int64_t entries) : entries_(entries) {}

  std::string name() const override { return "uniform_index"; }
  Shape infer(std::span<const Shape> inputs) const override { return inputs[0]; }
  void forward(std::int64_t, std::span<const std::span<const float>> inputs, std::span<float> output) const override {
    const auto count = static_cast<double>(entries_);
    for (std::size_t i = 0; i < output.size(); ++i) {
      const double uniform = 0.5 * std::erfc(-static_cast<double>(inputs[0][i]) / std::numbers::sqrt2);
      output[i] = static_cast<float>(std::min(std::floor(uniform * count), count - 1));
    }
  }
  void backward(std::int64_t, std::span<const std::span<const float>>, std::span<const float>, std::span<const float>,
                std::span<const std::span<float>>) const override {}

 private:
  std::int64_t entries_;
};

enum class Learning { average, gradient };

class VectorQuantized final : public Bottleneck {
 public:
  struct Params {
    std::int64_t entries = 64;
    std::int64_t groups = 1;
    Learning learning = Learning::average;
    double decay = 0.99;
    double commitment = 0.25;
    double restart_below = 0.01;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("entries", &Params::entries, {1, 65536}, "number of vectors in the codebook");
    table.add("groups", &Params::groups, {1, 65536},
              "number of vectors that make up a code; their length is size / groups, and all use the same codebook");
    table.add(
        "learning", &Params::learning, {{"average", Learning::average}, {"gradient", Learning::gradient}},
        "how the codebook is learned: as moving averages of the vectors that it replaces, or by gradients of their "
        "squared distance");
    table.add("decay", &Params::decay, {0, 0.99999},
              "share of the moving averages that each step keeps: of the vectors, and of how often each entry is used");
    table.add("commitment", &Params::commitment, {0, 1e3},
              "weight of the squared distance of the encoder's vectors from their entries, relative to the "
              "reconstruction loss summed over the pixels of an image, whatever train.reduction says");
    table.add(
        "restart_below", &Params::restart_below, {0, 1e6},
        "an entry that is used less often than this per step, as a moving average, starts again as a random vector "
        "of the batch (Dhariwal et al. 2020); 0: never");
  }

  explicit VectorQuantized(const Params& params) : params_(params) {}

  Code constrain(Graph& graph, const BottleneckInput& input) const override {
    const auto length = length_of(input.size);
    const Node units = reshape(code_units(input.encoding, input.size), {params_.groups, length});  // [N, G, D]
    const Init init{Init::Kind::normal, 1};
    const bool averages = params_.learning == Learning::average;
    const Node codebook = averages ? graph.state("codebook", "vectors", {params_.entries, length}, init)
                                   : graph.parameter("codebook", "vectors", {params_.entries, length}, init);
    const Node indices = nearest(units, codebook);  // [N, G]
    const Node chosen = gather(codebook, indices);  // [N, G, D]
    if (!averages) graph.penalty("codebook", square(chosen - stop_gradient(units)), graph.nat());
    graph.penalty("commitment", square(units - stop_gradient(chosen)), params_.commitment * graph.nat());
    graph.penalty("perplexity", custom(std::make_shared<Perplexity>(params_.entries), {indices}), 0);
    if (averages || params_.restart_below > 0) track(graph, units, indices, codebook);

    const Node any = custom(std::make_shared<UniformIndex>(params_.entries), {standard_normal(graph, params_.groups)});
    return {.code = flatten(straight_through(units, chosen)), .prior = {flatten(gather(codebook, any))}};
  }

 private:
  std::int64_t length_of(std::int64_t size) const {
    if (size % params_.groups == 0) return size / params_.groups;
    throw std::invalid_argument("groups = " + std::to_string(params_.groups) + " does not divide size = " +
                                std::to_string(size) + "; choose a size that is a multiple of groups");
  }

  /// Moves the codebook and restarts unused entries after each step; `restarts` counts them.
  void track(Graph& graph, Node units, Node indices, Node codebook) const {
    constexpr double kEpsilon = 1e-5;  // as in the authors' implementation
    const Node uses = graph.state("codebook", "uses", {params_.entries}, {Init::Kind::constant, 1});
    const Node sums = graph.state("codebook", "sums", codebook.shape().dims, Init::copy_of(codebook));
    const op::TrackCodebook operation{params_.learning == Learning::average, params_.decay, kEpsilon,
                                      params_.restart_below};
    graph.penalty("restarts", graph.apply(operation, {units, indices, codebook, uses, sums}), 0);
  }

  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<VectorQuantized>(
    "vector_quantized", "A code of vectors that are replaced with the nearest of a learned codebook (VQ-VAE)."))
