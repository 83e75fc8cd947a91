// Lifetimes from steps, offsets from the arena, pointers for kernels.
#include "compute/graph/placement.hpp"

#include <algorithm>

#include "compute/graph/arena.hpp"

namespace hourglass::compute {
namespace {

class Placer {
 public:
  Placer(const Program& program, const std::vector<std::unique_ptr<Kernel>>& kernels, const PlacementSpec& spec)
      : program_(program),
        kernels_(kernels),
        spec_(spec),
        last_backward_(program.tensors.size(), static_cast<int>(program.steps.size())),
        value_lives_(program.tensors.size()),
        gradient_lives_(program.tensors.size()),
        list_lives_(program.lists.size()) {}

  void request() {
    std::int64_t scratch = 0;
    for (int s = 0; s < steps(); ++s) {
      live_through(s);
      const Step& step = program_.steps[static_cast<std::size_t>(s)];
      const Workspace workspace = kernels_[static_cast<std::size_t>(s)]->workspace();
      scratch = std::max(scratch, workspace.scratch);
      const Lifetime saved{s, step.backward ? backward_moment(s) : s};
      saved_.push_back(workspace.saved > 0 ? arena_.request(workspace.saved, saved) : -1);
    }
    if (scratch > 0) scratch_ = arena_.request(scratch, Lifetime::always());
    if (program_.loss) request_loss();
    for (std::size_t t = 0; t < program_.tensors.size(); ++t) {
      const Tensor& each = program_.tensors[t];
      if (each.kept) value_lives_[t].include(end_moment());
      if (each.home == Tensor::Home::fed) value_lives_[t] = Lifetime::always();
      const bool in_model = each.home == Tensor::Home::model;
      const bool is_target = each.home == Tensor::Home::target;
      values_.push_back(in_model ? -1 : is_target ? target_ : arena_.request(each.elements, value_lives_[t]));
      const bool in_block = each.has_gradient && (!in_model || spec_.own_parameter_gradients);
      if (in_model && in_block) gradient_lives_[t].include(backward_moment(last_backward_[t]));
      gradients_.push_back(in_block ? arena_.request(each.elements, gradient_lives_[t]) : -1);
    }
    for (std::size_t i = 0; i < program_.lists.size(); ++i) {
      const ListPlace& list = program_.lists[i];
      lists_.push_back(arena_.request(begins_size(list) + list.nonzeros, list_lives_[i]));
    }
  }

  Placement bind(const Network& network, Model& model) {
    Placement placement;
    placement.memory = Buffer(arena_.place());
    memory_ = placement.memory.data();
    for (std::size_t t = 0; t < program_.tensors.size(); ++t) {
      const Tensor& each = program_.tensors[t];
      if (each.home == Tensor::Home::model) {
        const auto parameter = network.nodes()[static_cast<std::size_t>(each.node)].parameter;
        const auto offset = network.parameters()[static_cast<std::size_t>(parameter)].offset;
        float* const gradient =
            each.has_gradient && !spec_.own_parameter_gradients ? model.gradients().data() + offset : at(gradients_[t]);
        placement.places.push_back({model.parameters().data() + offset, gradient});
      } else {
        placement.places.push_back({at(values_[t]), at(gradients_[t])});
      }
    }
    for (std::size_t s = 0; s < program_.steps.size(); ++s) {
      kernels_[s]->bind(binding(program_.steps[s], at(saved_[s]), placement.places));
    }
    if (program_.loss) {
      const Place& output = placement.places[static_cast<std::size_t>(program_.loss->output)];
      placement.target = at(target_);
      placement.prediction = prediction_ >= 0 ? at(prediction_) : output.value;
    }
    placement.complete.resize(program_.steps.size() + 1);
    for (std::size_t t = 0; t < program_.tensors.size(); ++t) {
      const Tensor& each = program_.tensors[t];
      if (each.home != Tensor::Home::model || !each.has_gradient) continue;
      placement.complete[static_cast<std::size_t>(last_backward_[t])].push_back(static_cast<int>(t));
    }
    return placement;
  }

 private:
  int steps() const { return static_cast<int>(program_.steps.size()); }
  // Moments of the arena: the forward pass, the loss, the backward pass, and what callers read afterwards.
  int loss_moment() const { return steps(); }
  int backward_moment(int step) const { return 2 * steps() - step; }
  int end_moment() const { return 2 * steps() + 1; }

  // Numbers of 32 bits that a list's begins take, padded so that its columns are aligned too.
  static std::int64_t begins_size(const ListPlace& list) { return whole_lines(list.rows + 1); }

  void live_through(int s) {
    const Step& step = program_.steps[static_cast<std::size_t>(s)];
    const Reads reads = kernels_[static_cast<std::size_t>(s)]->backward_reads();
    const int back = backward_moment(s);
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      const auto input = static_cast<std::size_t>(step.inputs[i]);
      value_lives_[input].include(s);
      if (step.backward && reads.inputs[i]) value_lives_[input].include(back);
      if (step.gradients[i] != Write::none) gradient_lives_[input].include(back);
      if (step.backward && (reads.inputs[i] || step.gradients[i] != Write::none)) {
        last_backward_[input] = std::min(last_backward_[input], s);
      }
      list_lives(program_.tensors[input].list, s, step.backward ? back : s);
    }
    if (step.output < 0) return;
    const auto output = static_cast<std::size_t>(step.output);
    value_lives_[output].include(s);
    if (step.backward && reads.output) value_lives_[output].include(back);
    if (step.backward) gradient_lives_[output].include(back);
    list_lives(program_.tensors[output].list, s, step.backward ? back : s);
    if (step.backward) list_lives(program_.tensors[output].gradient_list, back, back);
  }

  void list_lives(int list, int first, int last) {
    if (list < 0) return;
    list_lives_[static_cast<std::size_t>(list)].include(first);
    list_lives_[static_cast<std::size_t>(list)].include(last);
  }

  void request_loss() {
    const LossPlace& loss = *program_.loss;
    const auto output = static_cast<std::size_t>(loss.output);
    value_lives_[output].include(loss_moment());
    if (loss.gradient) gradient_lives_[output].include(loss_moment());
    if (loss.log_ratio >= 0) {
      const auto ratio = static_cast<std::size_t>(loss.log_ratio);
      value_lives_[ratio].include(loss_moment());
      if (loss.log_ratio_gradient) gradient_lives_[ratio].include(loss_moment());
    }
    if (loss.summed >= 0) gradient_lives_[static_cast<std::size_t>(loss.summed)].include(loss_moment());
    const std::int64_t size = program_.tensors[output].elements;
    target_ = arena_.request(size / loss.draws, Lifetime::always());
    if (spec_.separate_prediction) {
      prediction_ = arena_.request(size, {loss_moment(), end_moment()});
    } else {
      value_lives_[output].include(end_moment());
    }
  }

  float* at(int request) const { return request < 0 ? nullptr : memory_ + arena_.offset(request); }

  RowList list_at(int list) const {
    if (list < 0) return {};
    const auto index = static_cast<std::size_t>(list);
    auto* begins = reinterpret_cast<std::int32_t*>(at(lists_[index]));
    return {begins, begins + begins_size(program_.lists[index])};
  }

  Binding binding(const Step& step, float* saved, const std::vector<Place>& places) const {
    Binding binding{.inputs = {},
                    .input_gradients = {},
                    .saved = saved,
                    .scratch = at(scratch_),
                    .input_lists = {},
                    .output_list = {},
                    .output_gradient_list = {}};
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      const auto input = static_cast<std::size_t>(step.inputs[i]);
      binding.inputs.push_back(places[input].value);
      binding.input_gradients.push_back(step.gradients[i] == Write::none ? nullptr : places[input].gradient);
      binding.input_lists.push_back(list_at(program_.tensors[input].list));
    }
    if (step.output < 0) return binding;
    const auto output = static_cast<std::size_t>(step.output);
    binding.output = places[output].value;
    binding.output_gradient = step.backward ? places[output].gradient : nullptr;
    binding.output_list = list_at(program_.tensors[output].list);
    binding.output_gradient_list = list_at(program_.tensors[output].gradient_list);
    return binding;
  }

  const Program& program_;
  const std::vector<std::unique_ptr<Kernel>>& kernels_;
  const PlacementSpec& spec_;
  std::vector<int> last_backward_;  // by tensor: the step that is the last to touch it backward, or that before all
  Arena arena_;
  std::vector<Lifetime> value_lives_, gradient_lives_, list_lives_;
  // Numbers of arena requests; -1: none.
  std::vector<int> values_, gradients_;  // by tensor
  std::vector<int> saved_;               // by step
  std::vector<int> lists_;
  int scratch_ = -1, target_ = -1, prediction_ = -1;
  float* memory_ = nullptr;
};

}  // namespace

Placement place(const Network& network, Model& model, const Program& program,
                const std::vector<std::unique_ptr<Kernel>>& kernels, const PlacementSpec& spec) {
  Placer placer(program, kernels, spec);
  placer.request();
  return placer.bind(network, model);
}

}  // namespace hourglass::compute
