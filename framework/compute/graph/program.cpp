// From a graph to steps: what is needed, what is fused, what shares a tensor, who writes which gradient first.
#include "compute/graph/program.hpp"

#include <algorithm>
#include <stdexcept>

namespace hourglass::compute {
namespace {

class ProgramWriter {
 public:
  ProgramWriter(const Network& network, const PlanSpec& spec)
      : network_(network), spec_(spec), count_(network.nodes().size()) {
    for (std::size_t i = 0; i < count_; ++i) {
      const NodeRecord& node = network.nodes()[i];
      rules_.push_back(node.leaf == Leaf::none ? rules_of(node.operation) : nullptr);
    }
  }

  Program run(bool loss_sums) {
    mark_needed();
    mark_fused();
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
  bool alias(int id) const {
    if (!computed(id)) return false;
    const auto& operation = node(id).operation;
    if (std::holds_alternative<op::Repeat>(operation)) return !spec_.repeats();
    const bool draws = spec_.draws_codes && std::holds_alternative<op::SampleGaussian>(operation);
    return rules(id).aliases_input(spec_.training || draws);
  }

  int checked(Node x) const {
    network_.shape(x);  // throws for a node of another graph
    return x.id;
  }

  bool trained(int parameter) const {
    const auto index = static_cast<std::size_t>(parameter);
    return network_.parameters()[index].trained && (spec_.trained.empty() || spec_.trained[index]);
  }
  std::int64_t batch_of(int id) const { return spec_.batch * (spec_.repeats() ? node(id).draws : 1); }
  bool penalised() const { return spec_.objective && spec_.objective->penalties; }

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
    }
    if (penalised()) {
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

  // A layer that can apply the activation after it does so, unless another node reads the value before the activation.
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

  // Tensors and steps, in the order of the nodes.
  void list_steps() {
    program_.tensor_of.assign(count_, -1);
    converted_.assign(count_, -1);
    for (int id = 0; id < static_cast<int>(count_); ++id) {
      if (!needed_[static_cast<std::size_t>(id)]) continue;
      if (fused_into_[static_cast<std::size_t>(id)] < 0) {
        if (!computed(id)) {
          place_leaf(id);
        } else if (alias(id)) {
          const Layout layout = layout_for(id, {node(id).inputs[0]});
          tensor_of(id) = version(node(id).inputs[0], layout);
        } else {
          add_step(id);
        }
      }
      if (penalised()) list_penalties(id);
    }
    for (const Node x : spec_.outputs) {
      tensor_of(x.id) = version(x.id, Layout::row_major);
      tensor(tensor_of(x.id)).kept = true;
    }
  }

  void place_leaf(int id) {
    Tensor fresh = tensor_for(id);
    const Leaf leaf = fed_[static_cast<std::size_t>(id)] ? Leaf::none : node(id).leaf;
    const bool parameter = leaf == Leaf::parameter;
    fresh.home = parameter ? Tensor::Home::model : leaf == Leaf::target ? Tensor::Home::target : Tensor::Home::fed;
    if (leaf == Leaf::target && !spec_.objective) {
      throw std::invalid_argument("a plan without an objective has no target");
    }
    fresh.trains = parameter && spec_.training && trained(node(id).parameter);
    tensor_of(id) = append(fresh);
  }

  void add_step(int id) {
    const int operation = operation_node(id);
    Step step{.node = operation,
              .activation = {},
              .name = node(id).name,
              .inputs = {},
              .output = -1,
              .gradients = {},
              .layout = layout_for(operation, node(operation).inputs)};
    if (operation != id) step.activation = std::get<op::Activate>(node(id).operation);
    Tensor output = tensor_for(id);
    if (layouts_differ(node(id).shape)) output.layout = step.layout;
    for (std::size_t i = 0; i < node(operation).inputs.size(); ++i) {
      step.inputs.push_back(input_version(operation, i, step.layout));
      if (spec_.training && tensor(step.inputs[i]).trains && !rules(operation).blocks_gradient(i)) output.trains = true;
    }
    step.gradients.assign(step.inputs.size(), Write::none);
    const std::int64_t nonzeros = rules(operation).nonzeros(node(operation).shape, batch_of(operation), spec_.training);
    if (nonzeros > 0 && operation == id) {
      output.list = static_cast<int>(program_.lists.size());
      program_.lists.push_back({nonzeros, batch_of(operation)});
    }
    step.output = tensor_of(id) = append(output);
    program_.steps.push_back(std::move(step));
  }

  Tensor tensor_for(int id) const {
    const Shape& shape = node(id).shape;
    return {.node = id, .elements = (shape.batched ? batch_of(id) : 1) * shape.size()};
  }
  int append(const Tensor& fresh) {
    program_.tensors.push_back(fresh);
    return static_cast<int>(program_.tensors.size()) - 1;
  }

  // The layout of an operation's image-shaped tensors. Where any will do, conversions are fewest in that of an input.
  Layout layout_for(int operation, const std::vector<int>& inputs) {
    switch (rules(operation).layout()) {
      case LayoutRule::row_major: return Layout::row_major;
      case LayoutRule::channels_last: return Layout::channels_last;
      case LayoutRule::any: break;
    }
    const bool last = std::any_of(inputs.begin(), inputs.end(),
                                  [&](int input) { return tensor(tensor_of(input)).layout == Layout::channels_last; });
    return last ? Layout::channels_last : Layout::row_major;
  }

  int input_version(int operation, std::size_t input, Layout layout) {
    const int id = node(operation).inputs[input];
    const bool weights = !node(id).shape.batched && rules(operation).layout() == LayoutRule::channels_last;
    return version(id, weights ? Layout::row_major : layout);
  }

  // The tensor of node `id` in this layout, converted where it has to be.
  int version(int id, Layout layout) {
    const int original = tensor_of(id);
    if (tensor(original).layout == layout || !layouts_differ(node(id).shape)) return original;
    int& converted = converted_[static_cast<std::size_t>(id)];
    if (converted >= 0) return converted;
    Tensor fresh = tensor_for(id);
    fresh.layout = layout;
    fresh.trains = tensor(original).trains;
    converted = append(fresh);
    const char* suffix = layout == Layout::row_major ? " as rows" : " as channels-last";
    program_.steps.push_back({.node = id,
                              .activation = {},
                              .name = node(id).name + suffix,
                              .inputs = {original},
                              .output = converted,
                              .gradients = {Write::none},
                              .conversion = true,
                              .layout = layout});
    return converted;
  }

  // Whose operation the step that writes node `id` does: that of the layer that it was fused into, or its own.
  int operation_node(int id) const {
    if (node(id).leaf != Leaf::none || node(id).inputs.empty()) return id;
    const int source = node(id).inputs[0];
    return fused_into_[static_cast<std::size_t>(source)] == id ? source : id;
  }

  // Right behind the step that computes their node: its gradient then lives no longer than it must.
  void list_penalties(int id) {
    for (std::size_t i = 0; i < network_.penalties().size(); ++i) {
      if (network_.penalties()[i].node != id || network_.penalties()[i].importance) continue;
      program_.steps.push_back({.node = id,
                                .activation = {},
                                .name = "penalty " + network_.penalties()[i].name,
                                .inputs = {tensor_of(id)},
                                .gradients = {Write::none},
                                .penalty = static_cast<int>(i)});
    }
  }

  void place_loss() {
    LossPlace place{.output = version(spec_.objective->output.id, Layout::row_major)};
    const Tensor& output = tensor(place.output);
    place.gradient = spec_.training && output.trains;
    place.draws = node(spec_.objective->output.id).draws;
    if (const int importance = penalised() ? network_.importance() : -1; importance >= 0) {
      const int ratio = network_.penalties()[static_cast<std::size_t>(importance)].node;
      place.log_ratio = tensor_of(ratio);
      place.log_ratio_gradient = spec_.training && tensor(place.log_ratio).trains;
      if (node(ratio).draws != place.draws) {
        throw std::invalid_argument(node(ratio).name + ": log ratios of " + std::to_string(node(ratio).draws) +
                                    " draws do not fit " + std::to_string(place.draws) + " reconstructions per image");
      }
    }
    place.output_is_free = output.home == Tensor::Home::arena && !output.kept;
    for (const Step& step : program_.steps) {
      const bool reads = std::find(step.inputs.begin(), step.inputs.end(), place.output) != step.inputs.end();
      if (reads) place.output_is_free = false;
    }
    program_.loss = place;
  }

  // In the order of the backward pass: who comes first overwrites, the others add.
  void assign_gradients(bool loss_sums) {
    if (program_.loss && program_.loss->log_ratio_gradient) tensor(program_.loss->log_ratio).has_gradient = true;
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
        if (!input.trains || done || blocked(*step, i)) continue;
        step->gradients[i] = input.has_gradient ? Write::add : Write::overwrite;
        input.has_gradient = true;
      }
    }
    list_gradients();
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

  bool blocked(const Step& step, std::size_t input) const {
    return step.penalty < 0 && !step.conversion && rules(step.node).blocks_gradient(input);
  }

  // A tensor that only a listing step gives a gradient has one that is zero outside the list.
  void list_gradients() {
    for (const Step& step : program_.steps) {
      if (step.output < 0 || tensor(step.output).list < 0 || step.gradients[0] != Write::overwrite) continue;
      const int input = step.inputs[0];
      const bool loss_writes = program_.loss && program_.loss->gradient && program_.loss->output == input;
      const bool others_write = std::any_of(program_.steps.begin(), program_.steps.end(), [&](const Step& other) {
        for (std::size_t i = 0; i < other.inputs.size(); ++i) {
          if (other.inputs[i] == input && other.gradients[i] == Write::add) return true;
        }
        return false;
      });
      if (!loss_writes && !others_write) tensor(input).gradient_list = tensor(step.output).list;
    }
  }

  // The bias of the last layer: its gradient is the sum of the loss's, if the loss is all that reaches the output.
  void give_sum_to_loss(LossPlace& loss) {
    const Step* writer = nullptr;
    for (const Step& step : program_.steps) {
      if (std::find(step.inputs.begin(), step.inputs.end(), loss.output) != step.inputs.end()) return;
      if (step.output == loss.output) writer = &step;
    }
    if (writer == nullptr || writer->activation || writer->conversion) return;
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
  std::vector<int> converted_;   // by node: its tensor in the other layout, or -1
  Program program_;
};

}  // namespace

Program lay_out(const Network& network, const PlanSpec& spec, bool loss_sums) {
  return ProgramWriter(network, spec).run(loss_sums);
}

}  // namespace hourglass::compute
