// From a graph to steps: what is needed, what is fused, what shares a tensor, who writes which gradient first.
#include "compute/program.hpp"

#include <algorithm>
#include <stdexcept>

namespace hourglass::compute {
namespace {

class Layout {
 public:
  Layout(const Network& network, const PlanSpec& spec)
      : network_(network), spec_(spec), count_(network.nodes().size()) {
    for (std::size_t i = 0; i < count_; ++i) {
      const NodeRecord& node = network.nodes()[i];
      rules_.push_back(node.leaf == Leaf::none ? rules_of(node.operation) : nullptr);
    }
  }

  Program run(bool loss_sums) {
    mark_needed();
    mark_fused();
    place_tensors();
    list_steps();
    if (spec_.objective) place_loss();
    if (spec_.training) assign_gradients(loss_sums);
    return std::move(program_);
  }

 private:
  const NodeRecord& node(int id) const { return network_.nodes()[static_cast<std::size_t>(id)]; }
  const Rules& rules(int id) const { return *rules_[static_cast<std::size_t>(id)]; }
  Tensor& tensor(int index) { return program_.tensors[static_cast<std::size_t>(index)]; }
  int& tensor_of(int id) { return program_.tensor_of[static_cast<std::size_t>(id)]; }

  // Leaves are given; so are nodes that the caller feeds.
  bool computed(int id) const { return node(id).leaf == Leaf::none && !fed_[static_cast<std::size_t>(id)]; }
  bool alias(int id) const { return computed(id) && rules(id).aliases_input(spec_.training); }

  int checked(Node x) const {
    network_.shape(x);  // throws for a node of another graph
    return x.id;
  }

  // What outputs, objective and penalties are computed from, and how often each value is used.
  void mark_needed() {
    fed_.assign(count_, false);
    needed_.assign(count_, false);
    uses_.assign(count_, 0);
    for (const Node x : spec_.feeds) {
      fed_[static_cast<std::size_t>(checked(x))] = true;
      use(x.id);
    }
    for (const Node x : spec_.outputs) use(checked(x));
    if (spec_.objective) {
      use(checked(spec_.objective->output));
      for (const PenaltyRecord& penalty : network_.penalties()) use(penalty.node);
    }
    for (int id = static_cast<int>(count_) - 1; id >= 0; --id) {
      if (!needed_[static_cast<std::size_t>(id)] || !computed(id)) continue;
      for (const int input : node(id).inputs) use(input);
    }
  }

  void use(int id) {
    needed_[static_cast<std::size_t>(id)] = true;
    ++uses_[static_cast<std::size_t>(id)];
  }

  // An activation behind a layer that can apply it, and whose value nobody else wants, is done by that layer.
  void mark_fused() {
    fused_into_.assign(count_, -1);
    for (int id = 0; id < static_cast<int>(count_); ++id) {
      if (!needed_[static_cast<std::size_t>(id)] || !computed(id) || alias(id)) continue;
      if (!std::holds_alternative<op::Activate>(node(id).operation)) continue;
      const int source = node(id).inputs[0];
      if (!computed(source) || alias(source) || uses_[static_cast<std::size_t>(source)] != 1) continue;
      if (rules(source).fuses_activation()) fused_into_[static_cast<std::size_t>(source)] = id;
    }
  }

  void place_tensors() {
    program_.tensor_of.assign(count_, -1);
    for (int id = 0; id < static_cast<int>(count_); ++id) {
      if (!needed_[static_cast<std::size_t>(id)] || fused_into_[static_cast<std::size_t>(id)] >= 0) continue;
      if (alias(id)) {
        tensor_of(id) = tensor_of(node(id).inputs[0]);
        continue;
      }
      const Shape& shape = node(id).shape;
      Tensor fresh{.node = id, .elements = (shape.batched ? spec_.batch : 1) * shape.size()};
      if (!computed(id)) {
        const bool parameter = node(id).leaf == Leaf::parameter && !fed_[static_cast<std::size_t>(id)];
        fresh.home = parameter ? Tensor::Home::model : Tensor::Home::fed;
        fresh.trains = parameter && spec_.training;
      } else {
        fresh.trains = spec_.training && trains(id);
      }
      tensor_of(id) = static_cast<int>(program_.tensors.size());
      program_.tensors.push_back(fresh);
    }
    for (const Node x : spec_.outputs) tensor(tensor_of(x.id)).kept = true;
  }

  bool trains(int id) {
    const auto& inputs = operation_inputs(id);
    return std::any_of(inputs.begin(), inputs.end(), [&](int input) { return tensor(tensor_of(input)).trains; });
  }

  // The inputs of the step that writes node `id`: those of the layer that it was fused into.
  const std::vector<int>& operation_inputs(int id) const { return node(operation_node(id)).inputs; }
  int operation_node(int id) const {
    if (node(id).leaf != Leaf::none || node(id).inputs.empty()) return id;
    const int source = node(id).inputs[0];
    return fused_into_[static_cast<std::size_t>(source)] == id ? source : id;
  }

  void list_steps() {
    for (int id = 0; id < static_cast<int>(count_); ++id) {
      if (needed_[static_cast<std::size_t>(id)] && fused_into_[static_cast<std::size_t>(id)] < 0 && computed(id) &&
          !alias(id)) {
        Step step{.node = operation_node(id),
                  .activation = {},
                  .name = node(id).name,
                  .inputs = {},
                  .output = tensor_of(id),
                  .gradients = {}};
        if (step.node != id) step.activation = std::get<op::Activate>(node(id).operation);
        for (const int input : operation_inputs(id)) step.inputs.push_back(tensor_of(input));
        step.gradients.assign(step.inputs.size(), Write::none);
        program_.steps.push_back(std::move(step));
      }
      if (spec_.objective) list_penalties(id);
    }
  }

  // Right behind the step that computes their node: its gradient then lives no longer than it must.
  void list_penalties(int id) {
    for (std::size_t i = 0; i < network_.penalties().size(); ++i) {
      if (network_.penalties()[i].node != id) continue;
      program_.steps.push_back({.node = id,
                                .activation = {},
                                .name = "penalty " + network_.penalties()[i].name,
                                .inputs = {tensor_of(id)},
                                .gradients = {Write::none},
                                .penalty = static_cast<int>(i)});
    }
  }

  void place_loss() {
    LossPlace place{.output = tensor_of(spec_.objective->output.id)};
    const Tensor& output = tensor(place.output);
    place.gradient = spec_.training && output.trains;
    place.output_is_free = output.home == Tensor::Home::arena && !output.kept;
    for (const Step& step : program_.steps) {
      const bool reads = std::find(step.inputs.begin(), step.inputs.end(), place.output) != step.inputs.end();
      if (reads) place.output_is_free = false;
    }
    program_.loss = place;
  }

  // In the order of the backward pass: who comes first overwrites, the others add.
  void assign_gradients(bool loss_sums) {
    if (program_.loss && program_.loss->gradient) {
      LossPlace& loss = *program_.loss;
      tensor(loss.output).has_gradient = true;
      if (loss_sums) give_sum_to_loss(loss);
    }
    for (auto step = program_.steps.rbegin(); step != program_.steps.rend(); ++step) {
      step->backward = step->penalty >= 0 ? tensor(step->inputs[0]).trains : tensor(step->output).has_gradient;
      if (!step->backward) continue;
      const int summed = program_.loss ? program_.loss->summed : -1;
      for (std::size_t i = step->inputs.size(); i-- > 0;) {
        Tensor& input = tensor(step->inputs[i]);
        const bool done = summed >= 0 && step->output == program_.loss->output && step->inputs[i] == summed;
        if (!input.trains || done) continue;
        step->gradients[i] = input.has_gradient ? Write::add : Write::overwrite;
        input.has_gradient = true;
      }
    }
    for (const Tensor& each : program_.tensors) {
      if (each.home == Tensor::Home::model && !each.has_gradient)
        program_.unwritten.push_back(node(each.node).parameter);
    }
    for (std::size_t i = 0; i < network_.parameters().size(); ++i) {
      if (program_.tensor_of[static_cast<std::size_t>(network_.parameters()[i].node)] < 0) {
        program_.unwritten.push_back(static_cast<int>(i));
      }
    }
  }

  // The bias of the last layer: its gradient is the sum of the loss's, if the loss is all that reaches the output.
  void give_sum_to_loss(LossPlace& loss) {
    const Step* writer = nullptr;
    for (const Step& step : program_.steps) {
      if (std::find(step.inputs.begin(), step.inputs.end(), loss.output) != step.inputs.end()) return;
      if (step.output == loss.output) writer = &step;
    }
    if (writer == nullptr || writer->activation) return;
    std::vector<Shape> shapes;
    for (const int input : node(writer->node).inputs) shapes.push_back(node(input).shape);
    const int summed = rules(writer->node).summed_input(shapes);
    if (summed < 0) return;
    const int candidate = writer->inputs[static_cast<std::size_t>(summed)];
    if (std::count(writer->inputs.begin(), writer->inputs.end(), candidate) != 1 || !tensor(candidate).trains) return;
    loss.summed = candidate;
    tensor(candidate).has_gradient = true;
  }

  const Network& network_;
  const PlanSpec& spec_;
  std::size_t count_;
  std::vector<std::unique_ptr<Rules>> rules_;
  std::vector<bool> fed_, needed_;
  std::vector<int> uses_;
  std::vector<int> fused_into_;  // by layer: the activation that it applies, or -1
  Program program_;
};

}  // namespace

Program lay_out(const Network& network, const PlanSpec& spec, bool loss_sums) {
  return Layout(network, spec).run(loss_sums);
}

}  // namespace hourglass::compute
