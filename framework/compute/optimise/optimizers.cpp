// The update loops, and one struct for each optimiser with its parameters.
#include "compute/optimise/optimizers.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "base/error.hpp"
#include "base/multiversion.hpp"
#include "compute/graph/chunks.hpp"
#include "compute/kernels/math.hpp"
#include "compute/kernels/parallel.hpp"
#include "compute/optimise/lbfgs_optimizer.hpp"

namespace hourglass::compute {
namespace {

/// One slice to update: parameters, gradients and the rule's states, which are `stride` apart.
struct Slice {
  float* w;
  const float* g;
  float* state;
  std::int64_t stride, count;
  float rate;   ///< learning rate
  float decay;  ///< weight decay; 0 for tensors that do not decay
  float scale;  ///< of the gradients
  std::int64_t step;
};

HOURGLASS_MULTIVERSION void sgd(const Slice& s) {
  float* __restrict w = s.w;
  const float* __restrict g = s.g;
  const float rate = s.rate, decay = s.decay, scale = s.scale;
  for (std::int64_t i = 0; i < s.count; ++i) w[i] -= rate * (scale * g[i] + decay * w[i]);
}

HOURGLASS_MULTIVERSION void sgd_momentum(const Slice& s, float momentum, bool nesterov) {
  float* __restrict w = s.w;
  const float* __restrict g = s.g;
  float* __restrict velocity = s.state;
  const float rate = s.rate, decay = s.decay, scale = s.scale;
  const float ahead = nesterov ? momentum : 1.0f, now = nesterov ? 1.0f : 0.0f;
  for (std::int64_t i = 0; i < s.count; ++i) {
    const float gradient = scale * g[i] + decay * w[i];
    const float v = momentum * velocity[i] + gradient;
    velocity[i] = v;
    w[i] -= rate * (ahead * v + now * gradient);
  }
}

struct AdamFactors {
  float beta1, beta2, epsilon, rate, root_scale, l2, shrink;
};

HOURGLASS_MULTIVERSION void adam(const Slice& s, const AdamFactors& f) {
  float* __restrict w = s.w;
  const float* __restrict g = s.g;
  float* __restrict first = s.state;
  float* __restrict second = s.state + s.stride;
  const float beta1 = f.beta1, beta2 = f.beta2, rest1 = 1 - beta1, rest2 = 1 - beta2, scale = s.scale;
  const float rate = f.rate, root_scale = f.root_scale, epsilon = f.epsilon, l2 = f.l2, shrink = f.shrink;
  for (std::int64_t i = 0; i < s.count; ++i) {
    const float gradient = scale * g[i] + l2 * w[i];
    const float m = beta1 * first[i] + rest1 * gradient;
    const float v = beta2 * second[i] + rest2 * gradient * gradient;
    first[i] = m;
    second[i] = v;
    w[i] = shrink * w[i] - rate * m / (math::sqrt(v) * root_scale + epsilon);
  }
}

HOURGLASS_MULTIVERSION void rmsprop(const Slice& s, float average, float epsilon) {
  float* __restrict w = s.w;
  const float* __restrict g = s.g;
  float* __restrict square = s.state;
  const float rate = s.rate, decay = s.decay, scale = s.scale, rest = 1 - average;
  for (std::int64_t i = 0; i < s.count; ++i) {
    const float gradient = scale * g[i] + decay * w[i];
    const float v = average * square[i] + rest * gradient * gradient;
    square[i] = v;
    w[i] -= rate * gradient / (math::sqrt(v) + epsilon);
  }
}

HOURGLASS_MULTIVERSION void rmsprop_momentum(const Slice& s, float average, float epsilon, float momentum) {
  float* __restrict w = s.w;
  const float* __restrict g = s.g;
  float* __restrict square = s.state;
  float* __restrict velocity = s.state + s.stride;
  const float rate = s.rate, decay = s.decay, scale = s.scale, rest = 1 - average;
  for (std::int64_t i = 0; i < s.count; ++i) {
    const float gradient = scale * g[i] + decay * w[i];
    const float v = average * square[i] + rest * gradient * gradient;
    square[i] = v;
    velocity[i] = momentum * velocity[i] + gradient / (math::sqrt(v) + epsilon);
    w[i] -= rate * velocity[i];
  }
}

const Range kBelowOne{0.0, 1.0 - 1e-9};
const Range kNotNegative{0.0};
const Range kTiny{1e-12, 1.0};

// Each rule has Params, declare(), its number of states, and the update of one slice.
struct Sgd {
  static constexpr const char* kName = "sgd";
  static constexpr const char* kSummary =
      "Stochastic gradient descent, with momentum (Polyak 1964; Nesterov 1983) if wanted.";
  struct Params {
    double learning_rate = 0.01;
    double momentum = 0;
    bool nesterov = false;
    double weight_decay = 0;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("learning_rate", &Params::learning_rate, kNotNegative, "Step length.")
        .add("momentum", &Params::momentum, kBelowOne, "Share of the previous step that is kept.")
        .add("nesterov", &Params::nesterov, "Evaluate the gradient ahead of the momentum step.")
        .acts_if({{"momentum", Condition::Is::above, 0}})
        .add("weight_decay", &Params::weight_decay, kNotNegative, "L2 pull towards zero; spares biases and scales.");
  }
  static int states(const Params& p) { return p.momentum == 0 ? 0 : 1; }
  static void update(const Params& p, const Slice& slice) {
    if (p.momentum == 0) return sgd(slice);
    sgd_momentum(slice, static_cast<float>(p.momentum), p.nesterov);
  }
};

void update_adam(double beta1, double beta2, double epsilon, bool decoupled, const Slice& slice) {
  const auto steps = static_cast<double>(slice.step);
  adam(slice, {.beta1 = static_cast<float>(beta1),
               .beta2 = static_cast<float>(beta2),
               .epsilon = static_cast<float>(epsilon),
               .rate = static_cast<float>(static_cast<double>(slice.rate) / (1 - std::pow(beta1, steps))),
               .root_scale = static_cast<float>(1 / std::sqrt(1 - std::pow(beta2, steps))),
               .l2 = decoupled ? 0.0f : slice.decay,
               .shrink = decoupled ? 1.0f - slice.rate * slice.decay : 1.0f});
}

// The parameters that Adam and AdamW share.
template <class Params>
ParamTable<Params>& declare_moments(ParamTable<Params>& table) {
  return table.add("learning_rate", &Params::learning_rate, kNotNegative, "Step length.")
      .add("beta1", &Params::beta1, kBelowOne, "Decay of the running mean of the gradient.")
      .add("beta2", &Params::beta2, kBelowOne, "Decay of the running mean of its square.")
      .add("epsilon", &Params::epsilon, kTiny, "Added to the root, against division by zero.");
}

struct Adam {
  static constexpr const char* kName = "adam";
  static constexpr const char* kSummary = "Adam (Kingma & Ba 2015): steps scaled by running moments of the gradient.";
  struct Params {
    double learning_rate = 1e-3;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weight_decay = 0;
  };
  static void declare(ParamTable<Params>& table) {
    declare_moments(table).add("weight_decay", &Params::weight_decay, kNotNegative,
                               "L2 pull towards zero; spares biases and scales.");
  }
  static int states(const Params&) { return 2; }
  static void update(const Params& p, const Slice& slice) { update_adam(p.beta1, p.beta2, p.epsilon, false, slice); }
};

struct AdamW {
  static constexpr const char* kName = "adamw";
  static constexpr const char* kSummary = "Adam with decoupled weight decay (Loshchilov & Hutter 2019).";
  struct Params {
    double learning_rate = 1e-3;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weight_decay = 0.01;
  };
  static void declare(ParamTable<Params>& table) {
    declare_moments(table).add(
        "weight_decay", &Params::weight_decay, kNotNegative,
        "Share of a weight that is taken off each step, times the learning rate; spares biases and scales.");
  }
  static int states(const Params&) { return 2; }
  static void update(const Params& p, const Slice& slice) { update_adam(p.beta1, p.beta2, p.epsilon, true, slice); }
};

struct RmsProp {
  static constexpr const char* kName = "rmsprop";
  static constexpr const char* kSummary =
      "RMSProp (Tieleman & Hinton 2012): steps scaled by the root of the mean square gradient.";
  struct Params {
    double learning_rate = 1e-3;
    double decay = 0.9;
    double momentum = 0;
    double epsilon = 1e-8;
    double weight_decay = 0;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("learning_rate", &Params::learning_rate, kNotNegative, "Step length.")
        .add("decay", &Params::decay, kBelowOne, "Decay of the running mean of the squared gradient.")
        .add("momentum", &Params::momentum, kBelowOne, "Share of the previous step that is kept.")
        .add("epsilon", &Params::epsilon, kTiny, "Added to the root, against division by zero.")
        .add("weight_decay", &Params::weight_decay, kNotNegative, "L2 pull towards zero; spares biases and scales.");
  }
  static int states(const Params& p) { return p.momentum == 0 ? 1 : 2; }
  static void update(const Params& p, const Slice& slice) {
    const auto average = static_cast<float>(p.decay), epsilon = static_cast<float>(p.epsilon);
    if (p.momentum == 0) return rmsprop(slice, average, epsilon);
    rmsprop_momentum(slice, average, epsilon, static_cast<float>(p.momentum));
  }
};

template <class Rule>
class RuleOptimizer final : public Optimizer {
 public:
  using Params = typename Rule::Params;

  RuleOptimizer(const Network& network, const Params& params, const std::vector<bool>& trained)
      : params_(params),
        parameters_(network.parameters()),
        length_(network.buffer_size()),
        chunks_(chunks_of(network, params.weight_decay != 0, trained)),
        state_(Rule::states(params) * length_) {}

  Advance update(Model& model, const Update& update) override {
    const float* g = model.gradients().data();
    parallel_blocks(static_cast<std::int64_t>(chunks_.size()), 1, [&](std::int64_t index, std::int64_t) {
      const Chunk& chunk = chunks_[static_cast<std::size_t>(index)];
      update_chunk(model, update, chunk, g + chunk.begin);
    });
    return Advance::done;
  }

  void update_parameter(Model& model, const Update& update, int parameter, const float* gradient) override {
    const ParameterRecord& record = parameters_[static_cast<std::size_t>(parameter)];
    const bool decays = params_.weight_decay != 0 && decay_pulls(record);
    parallel_blocks(record.size, kElementBlock, [&](std::int64_t begin, std::int64_t end) {
      update_chunk(model, update, {record.offset + begin, record.offset + end, decays}, gradient + begin);
    });
  }

  std::span<float> state() override { return state_.span(); }

 private:
  void update_chunk(Model& model, const Update& update, const Chunk& chunk, const float* gradient) {
    Rule::update(params_, {.w = model.parameters().data() + chunk.begin,
                           .g = gradient,
                           .state = state_.size() == 0 ? nullptr : state_.data() + chunk.begin,
                           .stride = length_,
                           .count = chunk.end - chunk.begin,
                           .rate = static_cast<float>(update.learning_rate),
                           .decay = chunk.decays ? static_cast<float>(params_.weight_decay) : 0.0f,
                           .scale = static_cast<float>(update.gradient_scale),
                           .step = update.step});
  }

  Params params_;
  std::vector<ParameterRecord> parameters_;
  std::int64_t length_;
  std::vector<Chunk> chunks_;
  Buffer state_;
};

/// The list of all optimisers.
template <class Visit>
void for_each_rule(Visit visit) {
  visit(Sgd{});
  visit(Adam{});
  visit(AdamW{});
  visit(RmsProp{});
  visit(LbfgsRule{});
}

template <class Rule>
std::unique_ptr<Optimizer> make(const Network& network, const typename Rule::Params& params,
                                const std::vector<bool>& trained) {
  return std::make_unique<RuleOptimizer<Rule>>(network, params, trained);
}

template <>
std::unique_ptr<Optimizer> make<LbfgsRule>(const Network& network, const LbfgsRule::Params& params,
                                           const std::vector<bool>& trained) {
  return std::make_unique<LbfgsOptimizer>(network, params, trained);
}

// Calls visit(rule) for the rule with that name.
template <class Visit>
void with_rule(const std::string& name, Visit visit) {
  bool found = false;
  std::vector<std::string> names;
  for_each_rule([&](auto rule) {
    names.emplace_back(rule.kName);
    if (name != rule.kName) return;
    found = true;
    visit(rule);
  });
  if (found) return;
  std::string known;
  for (const auto& each : names) known += (known.empty() ? "" : ", ") + each;
  throw base::UserError("there is no optimizer '" + name + "', only " + known);
}

}  // namespace

std::vector<base::Alternative> optimizer_alternatives() {
  std::vector<base::Alternative> alternatives;
  for_each_rule([&](auto rule) {
    alternatives.push_back({rule.kName, rule.kSummary, params_of<decltype(rule)>().specs()});
  });
  return alternatives;
}

std::unique_ptr<Optimizer> make_optimizer(const Network& network, const std::string& name,
                                          const std::vector<Value>& values, const std::vector<bool>& trained) {
  std::unique_ptr<Optimizer> optimizer;
  with_rule(name, [&](auto rule) {
    using Rule = decltype(rule);
    optimizer = make<Rule>(network, params_of<Rule>().bind(values), trained);
  });
  return optimizer;
}

bool is_full_batch(const std::string& name) {
  bool result = false;
  with_rule(name, [&](auto rule) {
    result = requires { decltype(rule)::kFullBatch; };
  });
  return result;
}

double base_learning_rate(const std::string& name, const std::vector<Value>& values) {
  double rate = 0;
  with_rule(name, [&](auto rule) { rate = params_of<decltype(rule)>().bind(values).learning_rate; });
  return rate;
}

}  // namespace hourglass::compute
