// A laid-out program gets kernels and memory, and is executed.
#include "compute/graph/plan.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "compute/graph/constraints.hpp"
#include "compute/graph/loss.hpp"
#include "compute/graph/penalty.hpp"
#include "compute/graph/placement.hpp"
#include "compute/graph/program.hpp"
#include "compute/kernels/block_sums.hpp"
#include "compute/kernels/engine_start.hpp"
#include "compute/kernels/parallel.hpp"
#include "compute/ops/conversion.hpp"

namespace hourglass::compute {
namespace {

/// Runs with the number of threads that the primitives were made for: their scratch memory is cut for it.
class ThreadsOf {
 public:
  explicit ThreadsOf(int wanted) : before_(threads()) {
    if (wanted != before_) set_threads(wanted);
    changed_ = wanted != before_;
  }
  ~ThreadsOf() {
    if (changed_) set_threads(before_);
  }
  ThreadsOf(const ThreadsOf&) = delete;
  ThreadsOf& operator=(const ThreadsOf&) = delete;

 private:
  int before_;
  bool changed_ = false;
};

std::optional<LossKernel> loss_of(const Network& network, const PlanSpec& spec) {
  if (!spec.objective) return std::nullopt;
  network.shape(spec.objective->output);  // throws for a node of another graph
  return LossKernel({.loss = spec.objective->loss,
                     .nonlinearity = spec.objective->nonlinearity,
                     .sum = spec.objective->sum,
                     .batch = spec.batch,
                     .size = network.shape(spec.objective->output).size(),
                     .draws = network.nodes()[static_cast<std::size_t>(spec.objective->output.id)].draws,
                     .weighs_draws = spec.objective->penalties && network.importance() >= 0,
                     .nat = spec.objective->nat});
}

}  // namespace

struct Plan::Implementation {
  const Network& network;
  Model& model;
  PlanSpec spec;
  std::optional<LossKernel> loss;
  Program program;
  std::vector<std::unique_ptr<Kernel>> kernels;                 // by step
  std::vector<std::pair<int, PenaltyKernel*>> penalty_kernels;  // with the penalty's index
  Placement placement;
  Buffer zeros;  // the gradient of parameters that nothing else gives one, where gradients are handed out
  std::vector<double> penalties;
  std::vector<StepCost> profile;  // by step, then the loss; empty: off
  int compiled_threads = threads();
  StepKey last_key;
  bool went_back = false;

  Implementation(const Network& network_, Model& model_, const PlanSpec& spec_)
      : network(network_),
        model(model_),
        spec(checked(spec_)),
        loss(loss_of(network_, spec_)),
        program(lay_out(network_, spec_, loss && loss->can_sum())),
        penalties(spec.objective && spec.objective->penalties ? network_.penalties().size() : 0) {
    if (spec.training && !spec.hands_out_gradients && model.gradients().size() != model.parameters().size()) {
      throw std::invalid_argument("a training plan needs a model with gradients");
    }
    start_engine();
    make_kernels();
    std::ranges::sort(penalty_kernels, {}, &std::pair<int, PenaltyKernel*>::first);
    placement = compute::place(
        network, model, program, kernels,
        {.separate_prediction = separate_prediction(), .own_parameter_gradients = spec.hands_out_gradients});
    if (spec.hands_out_gradients) zeros = Buffer(largest_unwritten());
    if (loss) bind_loss();
  }

  static const PlanSpec& checked(const PlanSpec& spec) {
    if (spec.batch < 1) {
      throw std::invalid_argument("a plan expects a batch of at least 1, but got " + std::to_string(spec.batch));
    }
    return spec;
  }

  int steps() const { return static_cast<int>(program.steps.size()); }

  const NodeRecord& record(const Tensor& tensor) const {
    return network.nodes()[static_cast<std::size_t>(tensor.node)];
  }
  const Tensor& tensor(int index) const { return program.tensors[static_cast<std::size_t>(index)]; }
  const Place& place(int index) const { return placement.places[static_cast<std::size_t>(index)]; }

  bool separate_prediction() const {
    if (!loss || spec.objective->nonlinearity == Activation::identity) return false;
    if (!program.loss->output_is_free || !loss->can_predict_in_place()) return true;
    for (int s = 0; s < steps(); ++s) {
      const Step& step = program.steps[static_cast<std::size_t>(s)];
      if (step.output == program.loss->output && step.backward) {
        return kernels[static_cast<std::size_t>(s)]->backward_reads().output;
      }
    }
    return false;
  }

  void make_kernels() {
    for (const Step& step : program.steps) {
      if (step.penalty >= 0) {
        const double weight = network.penalties()[static_cast<std::size_t>(step.penalty)].weight.value;
        auto penalty = std::make_unique<PenaltyKernel>(kernel_spec(step), weight);
        penalty_kernels.emplace_back(step.penalty, penalty.get());
        kernels.push_back(std::move(penalty));
      } else if (step.conversion) {
        kernels.push_back(std::make_unique<ConversionKernel>(kernel_spec(step)));
      } else {
        const auto& operation = network.nodes()[static_cast<std::size_t>(step.node)].operation;
        kernels.push_back(rules_of(operation)->kernel(kernel_spec(step)));
      }
    }
  }

  KernelSpec kernel_spec(const Step& step) const {
    const NodeRecord& node = network.nodes()[static_cast<std::size_t>(step.node)];
    KernelSpec kernel{.batch = spec.batch * (spec.repeats() ? node.draws : 1),
                      .training = spec.training,
                      .precision = spec.precision,
                      .node = step.node,
                      .inputs = {},
                      .output = node.shape,
                      .gradients = step.gradients,
                      .activation = step.activation,
                      .layout = step.layout};
    const bool on_value = step.penalty >= 0 || step.conversion;
    if (on_value) kernel.inputs = {node.shape};
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      if (!on_value) kernel.inputs.push_back(network.nodes()[static_cast<std::size_t>(node.inputs[i])].shape);
      kernel.input_nonzeros.push_back(nonzeros(tensor(step.inputs[i]).list));
    }
    if (step.output >= 0) {
      kernel.output_nonzeros = nonzeros(tensor(step.output).list);
      kernel.output_gradient_nonzeros = nonzeros(tensor(step.output).gradient_list);
    }
    return kernel;
  }

  void set_penalty_weights(std::span<const double> weights) {
    if (weights.size() != penalties.size()) {
      throw std::invalid_argument(std::to_string(weights.size()) + " weights for " + std::to_string(penalties.size()) +
                                  " penalties");
    }
    for (const auto& [index, kernel] : penalty_kernels) kernel->set_weight(weights[static_cast<std::size_t>(index)]);
  }

  bool trained(int parameter) const {
    const auto index = static_cast<std::size_t>(parameter);
    return network.parameters()[index].trained && (spec.trained.empty() || spec.trained[index]);
  }

  std::int64_t nonzeros(int list) const {
    return list < 0 ? 0 : program.lists[static_cast<std::size_t>(list)].nonzeros;
  }

  void bind_loss() {
    const Place& output = place(program.loss->output);
    loss->bind(
        {.output = output.value,
         .target = placement.target,
         .prediction = placement.prediction,
         .gradient = program.loss->gradient ? output.gradient : nullptr,
         .column_sums = program.loss->summed >= 0 ? place(program.loss->summed).gradient : nullptr,
         .log_ratio = program.loss->log_ratio >= 0 ? place(program.loss->log_ratio).value : nullptr,
         .log_ratio_gradient = program.loss->log_ratio_gradient ? place(program.loss->log_ratio).gradient : nullptr});
  }

  Losses losses_of(double value) {
    Losses losses{.loss = value, .penalties = penalties, .total = value};
    for (const auto& [index, kernel] : penalty_kernels) {  // in the network's order
      penalties[static_cast<std::size_t>(index)] = kernel->value();
      losses.total += kernel->weighted();
    }
    if (program.loss && program.loss->log_ratio >= 0) {
      penalties[static_cast<std::size_t>(network.importance())] = loss->importance_part();
      losses.total += spec.objective->nat * loss->importance_part();
    }
    return losses;
  }

  Losses forward(StepKey key) {
    const ThreadsOf guard(compiled_threads);
    last_key = key;
    went_back = false;
    for (std::size_t s = 0; s < kernels.size(); ++s) {
      timed(s, &StepCost::forward_seconds, [&] { kernels[s]->forward(key); });
    }
    double value = 0;
    if (loss) timed(kernels.size(), &StepCost::forward_seconds, [&] { value = loss->run(); });
    return losses_of(value);
  }

  template <class Work>
  void timed(std::size_t step, double StepCost::*seconds, const Work& work) {
    if (profile.empty()) return work();
    const auto start = std::chrono::steady_clock::now();
    work();
    profile[step].*seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

  // A layer and what is fused into it, as both are listed of the network.
  std::string cost_name(const Step& step) const {
    if (!step.activation) return step.name;
    const auto kind = name_of(activation_names(), step.activation->kind);
    return network.nodes()[static_cast<std::size_t>(step.node)].name + " + " + kind;
  }

  void start_profile() {
    profile.clear();
    for (std::size_t s = 0; s < kernels.size(); ++s) {
      profile.push_back({.name = cost_name(program.steps[s]),
                         .forward_flops = kernels[s]->forward_flops(),
                         .backward_flops = kernels[s]->backward_flops()});
    }
    profile.push_back({.name = "loss"});
  }

  void backward() {
    clear_unwritten();
    go_back([](std::size_t) {});
  }

  void backward(const GradientSink& sink) {
    for (const int index : program.unwritten) {
      if (trained(index)) sink(index, zeros.data());
    }
    go_back([&](std::size_t s) {
      for (const int index : placement.complete[s]) sink(record(tensor(index)).parameter, place(index).gradient);
    });
  }

  // Calls complete(step) when it has gone back, and first of all for what the loss has completed.
  template <class Complete>
  void go_back(const Complete& complete) {
    const ThreadsOf guard(compiled_threads);
    complete(kernels.size());
    for (std::size_t s = kernels.size(); s-- > 0;) {
      if (program.steps[s].backward) timed(s, &StepCost::backward_seconds, [&] { kernels[s]->backward(); });
      constrain_gradients(s);
      complete(s);
    }
    went_back = true;
  }

  void constrain_gradients(std::size_t step) {
    for (const int index : placement.complete[step]) {
      const auto parameter = static_cast<std::size_t>(record(tensor(index)).parameter);
      if (!network.parameters()[parameter].no_row_gradients) continue;
      remove_row_gradients(network.parameters()[parameter], place(index).value, place(index).gradient);
    }
  }

  void clear_unwritten() {
    for (const int index : program.unwritten) {
      const ParameterRecord& parameter = network.parameters()[static_cast<std::size_t>(index)];
      std::fill_n(model.gradients().data() + parameter.offset, parameter.size, 0.0f);
    }
  }

  std::int64_t largest_unwritten() const {
    std::int64_t largest = 0;
    for (const int index : program.unwritten) {
      largest = std::max(largest, network.parameters()[static_cast<std::size_t>(index)].size);
    }
    return largest;
  }

  // Tensors share memory, so that what went wrong may be overwritten: the step is done again, and each tensor looked at
  // as soon as it is there.
  std::string first_bad() {
    const ThreadsOf guard(compiled_threads);
    for (std::size_t t = 0; t < program.tensors.size(); ++t) {
      const Tensor& each = program.tensors[t];
      if (each.home != Tensor::Home::arena && !all_finite(place(static_cast<int>(t)).value, each.elements))
        return record(each).name;
    }
    for (std::size_t s = 0; s < kernels.size(); ++s) {
      const Step& step = program.steps[s];
      kernels[s]->forward(last_key);
      if (step.output >= 0 && !all_finite(place(step.output).value, tensor(step.output).elements)) return step.name;
    }
    if (loss) {
      const std::int64_t size = tensor(program.loss->output).elements;
      if (!all_finite(placement.target, size / program.loss->draws)) return "target";
      loss->run();
      if (!all_finite(placement.prediction, size)) return "prediction";
    }
    return went_back ? first_bad_gradient() : "";
  }

  std::string first_bad_gradient() {
    const auto bad = [&](int index) {
      const Place& at = place(index);
      return at.gradient != nullptr && !all_finite(at.gradient, tensor(index).elements);
    };
    const auto name = [&](int index) { return "gradient of " + record(tensor(index)).name; };
    if (program.loss) {
      for (const int index : {program.loss->output, program.loss->summed}) {
        if (index >= 0 && bad(index)) return name(index);
      }
    }
    for (std::size_t s = kernels.size(); s-- > 0;) {
      const Step& step = program.steps[s];
      if (!step.backward) continue;
      kernels[s]->backward();
      for (std::size_t i = step.inputs.size(); i-- > 0;) {
        if (step.gradients[i] != Write::none && bad(step.inputs[i])) return name(step.inputs[i]);
      }
    }
    return "";
  }
};

Plan::Plan(const Network& network, Model& model, const PlanSpec& spec)
    : implementation_(std::make_unique<Implementation>(network, model, spec)) {}
Plan::~Plan() = default;
Plan::Plan(Plan&&) noexcept = default;
Plan& Plan::operator=(Plan&&) noexcept = default;

std::int64_t Plan::batch() const { return implementation_->spec.batch; }

bool Plan::reads(Node node) const {
  const Implementation& plan = *implementation_;
  plan.network.shape(node);
  const int index = plan.program.tensor_of[static_cast<std::size_t>(node.id)];
  return index >= 0 && plan.tensor(index).home == Tensor::Home::fed;
}

std::span<float> Plan::feed(Node node) {
  Implementation& plan = *implementation_;
  const int index = plan.program.tensor_of[static_cast<std::size_t>(node.id)];
  if (!reads(node)) {
    throw std::invalid_argument(plan.network.nodes()[static_cast<std::size_t>(node.id)].name +
                                " is not fed to this plan: nothing that it computes reads it, or it is computed");
  }
  return {plan.place(index).value, static_cast<std::size_t>(plan.tensor(index).elements)};
}

std::span<float> Plan::target() {
  Implementation& plan = *implementation_;
  if (!plan.loss) throw std::invalid_argument("a plan without an objective has no target");
  const LossPlace& loss = *plan.program.loss;
  return {plan.placement.target, static_cast<std::size_t>(plan.tensor(loss.output).elements / loss.draws)};
}

std::span<const float> Plan::value(Node node) const {
  Implementation& plan = *implementation_;
  plan.network.shape(node);
  const auto& outputs = plan.spec.outputs;
  if (std::none_of(outputs.begin(), outputs.end(), [&](Node output) { return output.id == node.id; })) {
    const auto& name = plan.network.nodes()[static_cast<std::size_t>(node.id)].name;
    throw std::invalid_argument(name + " is not one of this plan's outputs");
  }
  const int index = plan.program.tensor_of[static_cast<std::size_t>(node.id)];
  return {plan.place(index).value, static_cast<std::size_t>(plan.tensor(index).elements)};
}

std::span<const float> Plan::prediction() const {
  Implementation& plan = *implementation_;
  if (!plan.loss) throw std::invalid_argument("a plan without an objective has no prediction");
  return {plan.placement.prediction, static_cast<std::size_t>(plan.tensor(plan.program.loss->output).elements)};
}

void Plan::set_penalty_weights(std::span<const double> weights) { implementation_->set_penalty_weights(weights); }

Losses Plan::forward(StepKey key) { return implementation_->forward(key); }

void Plan::backward() {
  if (!implementation_->spec.training) throw std::invalid_argument("a plan for inference has no backward pass");
  if (implementation_->spec.hands_out_gradients) {
    throw std::invalid_argument("a plan that hands out gradients expects a GradientSink, but got none");
  }
  implementation_->backward();
}

void Plan::backward(const GradientSink& sink) {
  if (!implementation_->spec.training || !implementation_->spec.hands_out_gradients) {
    throw std::invalid_argument("a plan that does not hand out gradients leaves them in the model");
  }
  implementation_->backward(sink);
}

std::string Plan::first_bad_tensor() const { return implementation_->first_bad(); }

std::int64_t Plan::memory_bytes() const {
  return implementation_->placement.memory.size() * static_cast<std::int64_t>(sizeof(float));
}

void Plan::start_profile() { implementation_->start_profile(); }

std::span<const StepCost> Plan::profile() const { return implementation_->profile; }

double Plan::forward_flops() const {
  double total = 0;
  for (const auto& kernel : implementation_->kernels) total += kernel->forward_flops();
  return total;
}

double Plan::backward_flops() const {
  double total = 0;
  for (const auto& kernel : implementation_->kernels) total += kernel->backward_flops();
  return total;
}

}  // namespace hourglass::compute
