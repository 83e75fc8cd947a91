// The graph under construction: names, shapes and places of parameters.
#include "compute/graph/network.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "base/error.hpp"
#include "compute/kernels/buffer.hpp"
#include "compute/ops/operation.hpp"

namespace hourglass::compute {
namespace {

// Refuses sizes that no memory holds, before they overflow.
void check_size(const std::string& name, const Shape& shape) {
  constexpr double kMost = 1e12;
  double size = 1;
  for (const auto dim : shape.dims) size *= static_cast<double>(dim);
  if (size > kMost) {
    throw std::invalid_argument(name + ": " + to_string(shape) + " has more than 10^12 elements");
  }
}

}  // namespace

Node Network::image() {
  return leaf(Leaf::image, "image", {{image_shape_.channels, image_shape_.height, image_shape_.width}, true});
}

Node Network::labels() {
  if (classes_ < 1) throw std::invalid_argument("the network asks for labels, but the dataset has none");
  return leaf(Leaf::labels, "labels", {{classes_}, true});
}

Node Network::target() {
  return leaf(Leaf::target, "target", {{image_shape_.channels, image_shape_.height, image_shape_.width}, true});
}

Node Network::leaf(Leaf kind, const std::string& name, const Shape& shape) {
  const auto same =
      std::find_if(nodes_.begin(), nodes_.end(), [&](const NodeRecord& node) { return node.leaf == kind; });
  if (same != nodes_.end()) return {this, static_cast<int>(same - nodes_.begin())};
  return append({.leaf = kind, .operation = {}, .inputs = {}, .shape = shape, .name = name});
}

Node Network::append(NodeRecord record) {
  if (nodes_.size() >= kMostNodes) {
    throw std::invalid_argument("the network has more than " + std::to_string(kMostNodes) +
                                " nodes (operations, parameters and inputs); use fewer layers");
  }
  nodes_.push_back(std::move(record));
  return {this, static_cast<int>(nodes_.size()) - 1};
}

const NodeRecord& Network::record(Node x) const {
  if (x.graph != this || x.id < 0 || x.id >= static_cast<int>(nodes_.size())) {
    throw std::invalid_argument("a node of another graph, or an empty one, was given to this network");
  }
  return nodes_[static_cast<std::size_t>(x.id)];
}

const Shape& Network::shape(Node x) const { return record(x).shape; }

Node Network::apply(op::OperationRef reference, std::vector<Node> inputs) {
  op::Operation operation = copy_of(reference);
  const auto rules = rules_of(operation);
  const std::string stem = part_ + "." + rules->name() + "_";
  auto& namesakes = namesakes_[stem];
  NodeRecord node{.operation = {}, .inputs = {}, .shape = {}, .name = stem + std::to_string(namesakes)};
  node.draws = align_draws(node.name, inputs);
  std::vector<Shape> shapes;
  for (const Node input : inputs) {
    shapes.push_back(record(input).shape);
    node.inputs.push_back(input.id);
  }
  try {
    node.shape = rules->infer(shapes);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(node.name + ": " + rules->name() + " " + base::text_of(error));
  }
  check_size(node.name, node.shape);
  if (const auto* repeat = std::get_if<op::Repeat>(&operation)) node.draws *= repeat->count;
  node.operation = std::move(operation);
  ++namesakes;
  return append(std::move(node));
}

std::int64_t Network::align_draws(const std::string& name, std::vector<Node>& inputs) {
  std::int64_t draws = 1;
  for (const Node input : inputs) {
    const auto& node = record(input);
    if (node.shape.batched) draws = std::max(draws, node.draws);
  }
  for (Node& input : inputs) {
    const auto& node = record(input);
    if (!node.shape.batched || node.draws == draws) continue;
    if (node.draws > 1) {
      throw std::invalid_argument(name + ": its inputs are repeated " + std::to_string(draws) + " and " +
                                  std::to_string(node.draws) + " times, but expected one number");
    }
    input = apply(op::Repeat{draws}, {input});
  }
  return draws;
}

Node Network::parameter(std::string_view layer, std::string_view name, std::vector<std::int64_t> dims, Init init) {
  return tensor(layer, name, std::move(dims), init, true);
}

Node Network::state(std::string_view layer, std::string_view name, std::vector<std::int64_t> dims, Init init) {
  return tensor(layer, name, std::move(dims), init, false);
}

bool Network::starts_at_mean_image() const {
  return std::ranges::any_of(parameters_, [](const auto& each) { return each.init.kind == Init::Kind::mean_image; });
}

void Network::check_init(const std::string& name, const std::vector<std::int64_t>& dims, const Init& init) const {
  if (init.kind == Init::Kind::copy) {
    const auto& original = record(init.original);
    if (original.parameter < 0) {
      throw std::invalid_argument(name + " cannot start as a copy of " + original.name + ", which is not a parameter");
    }
    if (original.shape.dims != dims) {
      throw std::invalid_argument(name + " " + to_string(Shape{dims, false}) + " cannot start as a copy of " +
                                  original.name + " " + to_string(original.shape));
    }
  }
  if (init.kind == Init::Kind::mean_image && (Shape{dims, false}.size()) != image_shape_.size()) {
    throw std::invalid_argument(name + " " + to_string(Shape{dims, false}) +
                                " cannot start as the mean image, which has " + std::to_string(image_shape_.size()) +
                                " numbers");
  }
}

Node Network::tensor(std::string_view layer, std::string_view name, std::vector<std::int64_t> dims, Init init,
                     bool trained) {
  // The tensors of one layer are made one after the other; a name that the layer has already starts the next layer.
  const auto stem = part_ + "." + std::string(layer) + "_";
  auto latest = latest_layers_[stem];
  if (latest.tensors.contains(std::string(name))) latest = {latest.index + 1, {}};
  latest.tensors.emplace(name);
  const auto full = stem + std::to_string(latest.index) + "." + std::string(name);

  if (repeats_) {
    const auto found = std::ranges::find(parameters_, full, &ParameterRecord::name);
    if (found == parameters_.end() || found->dims != dims) {
      throw std::invalid_argument(full + " is not described in the same way again");
    }
    latest_layers_[stem] = std::move(latest);
    return apply(op::StopGradient{}, {Node{this, found->node}});
  }
  check_size(full, {dims, false});
  ParameterRecord record{.name = full,
                         .dims = dims,
                         .init = init,
                         .offset = buffer_size(),
                         .size = Shape{dims, false}.size(),
                         .node = static_cast<int>(nodes_.size()),
                         .trained = trained};
  const bool positive = std::all_of(dims.begin(), dims.end(), [](std::int64_t dim) { return dim > 0; });
  if (!positive) {
    throw std::invalid_argument(record.name + ": every dimension must be at least 1, but got " +
                                to_string(Shape{dims, false}));
  }
  check_init(record.name, dims, init);
  latest_layers_[stem] = std::move(latest);
  const int position = static_cast<int>(parameters_.size());
  NodeRecord node{.leaf = Leaf::parameter,
                  .operation = {},
                  .inputs = {},
                  .shape = {std::move(dims), false},
                  .name = record.name,
                  .parameter = position};
  parameters_.push_back(std::move(record));
  return append(std::move(node));
}

ParameterRecord& Network::rows_of(Node parameter, const std::string& what) {
  const NodeRecord& node = record(parameter);
  if (node.leaf != Leaf::parameter || node.shape.dims.size() != 2) {
    throw std::invalid_argument(node.name + ": " + what + " expects a parameter [R, D], but got " +
                                to_string(node.shape));
  }
  return parameters_[static_cast<std::size_t>(node.parameter)];
}

void Network::keep_unit_rows(Node parameter) {
  if (!repeats_) rows_of(parameter, "keeping rows at norm 1").unit_rows = true;
}

void Network::remove_row_gradients(Node parameter) {
  if (!repeats_) rows_of(parameter, "removing gradients along rows").no_row_gradients = true;
}

void Network::penalty(std::string_view name, Node x, PenaltyWeight weight) {
  if (!repeats_) add_penalty(name, x, weight, false);
}

void Network::importance_weighted(std::string_view name, Node log_ratio) {
  if (const auto& shape = record(log_ratio).shape; shape != Shape{{1}}) {
    throw std::invalid_argument("an importance-weighted objective expects log ratios [N, 1], but got " +
                                to_string(shape));
  }
  if (importance() >= 0) throw std::invalid_argument("the objective is importance-weighted already");
  add_penalty(name, log_ratio, nat_, true);
}

int Network::importance() const {
  const auto found = std::ranges::find(penalties_, true, &PenaltyRecord::importance);
  return found == penalties_.end() ? -1 : static_cast<int>(found - penalties_.begin());
}

void Network::add_penalty(std::string_view name, Node x, PenaltyWeight weight, bool importance) {
  record(x);
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  if (name.empty() || !std::all_of(name.begin(), name.end(), plain)) {
    throw std::invalid_argument("the name of a penalty expects only the characters a to z, 0 to 9 and _, but got \"" +
                                std::string(name) + "\"");
  }
  constexpr std::string_view kParts[] = {"objective", "reconstruction"};  // of a loss, as metrics.csv names them
  if (std::ranges::find(kParts, name) != std::end(kParts)) {
    throw std::invalid_argument("a penalty cannot be called \"" + std::string(name) +
                                "\": that is the name of another part of the loss");
  }
  if (!std::isfinite(weight.value) || !std::isfinite(weight.initial) || !(weight.ramp_begin >= 0) ||
      !(weight.ramp_end >= weight.ramp_begin)) {
    throw std::invalid_argument("the weight of penalty \"" + std::string(name) +
                                "\" is not finite, or its ramp does not go forward from epoch 0 or later");
  }
  if (std::any_of(penalties_.begin(), penalties_.end(), [&](const PenaltyRecord& each) { return each.name == name; })) {
    throw std::invalid_argument("there is a penalty \"" + std::string(name) +
                                "\" already; give each a name of its own");
  }
  penalties_.push_back({std::string(name), x.id, weight, importance});
}

void Network::begin_part(std::string name) {
  parts_.push_back(name);
  part_ = std::move(name);
  repeats_ = false;
}

void Network::repeat_part(std::string name) {
  std::erase_if(latest_layers_, [&](const auto& layer) { return layer.first.starts_with(name + "."); });
  part_ = std::move(name);
  repeats_ = true;
}

std::vector<bool> Network::parameters_of(std::span<const std::string> parts) const {
  for (const auto& part : parts) {
    if (std::find(parts_.begin(), parts_.end(), part) != parts_.end()) continue;
    std::string known;
    for (const auto& each : parts_) known += (known.empty() ? "" : ", ") + each;
    throw std::invalid_argument("the network has no part \"" + part + "\", only " + known);
  }
  std::vector<bool> chosen;
  for (const auto& parameter : parameters_) {
    chosen.push_back(std::any_of(parts.begin(), parts.end(),
                                 [&](const std::string& part) { return parameter.name.starts_with(part + "."); }));
  }
  return chosen;
}

std::vector<bool> Network::needed_for(std::span<const Node> outputs, std::span<const Node> feeds) const {
  std::vector<bool> needed(nodes_.size(), false);
  for (const Node output : outputs) needed[static_cast<std::size_t>(output.id)] = true;
  for (std::size_t id = nodes_.size(); id-- > 0;) {
    const bool fed =
        std::any_of(feeds.begin(), feeds.end(), [&](Node feed) { return feed.id == static_cast<int>(id); });
    if (!needed[id] || fed) continue;
    for (const int input : nodes_[id].inputs) needed[static_cast<std::size_t>(input)] = true;
  }
  return needed;
}

std::int64_t Network::parameter_count() const {
  std::int64_t count = 0;
  for (const auto& parameter : parameters_) count += parameter.trained ? parameter.size : 0;
  return count;
}

std::int64_t Network::buffer_size() const {
  return parameters_.empty() ? 0 : whole_lines(parameters_.back().offset + parameters_.back().size);
}

}  // namespace hourglass::compute
