// Calls the architecture and the bottleneck in turn and checks the graph that they describe.
#include "subject/autoencoder.hpp"

#include <array>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "base/guest_code.hpp"
#include "subject/settings.hpp"

namespace hourglass::subject {
namespace {

/// Returns an error message with its location: `quickstart.toml:9:1: [architecture] mlp: hidden ...`.
std::string located(const experiment::Section& table, const std::string& text) {
  return experiment::place_text(table.culprit(text)) + ": [" + table.path + "] " + table.alternative->name + ": " +
         text;
}

/// Runs `describe`, which calls a plugin, and turns any exception into a UserError with the location of the table.
template <class Describe>
auto of_plugin(const experiment::Section& table, const Describe& describe) {
  const base::GuestCode guest("building the network");
  try {
    return describe();
  } catch (const base::UserError&) {
    throw;
  } catch (...) {
    throw base::UserError(located(table, base::current_exception_text()));
  }
}

/// Returns the start of an error message about what no value of the table can cure, such as a bug in the plugin: the
/// location is that of the selector.
std::string table_opening(const experiment::Section& table) {
  return experiment::place_text(table.origin) + ": [" + table.path + "] " + table.alternative->name + ": ";
}

void expect_node(const experiment::Section& table, std::string_view what, Node got) {
  if (got) return;
  throw base::UserError(table_opening(table) + "expected a node for " + std::string(what) +
                        ", but got an empty one; this is a bug in the plugin");
}

void expect_shape(const experiment::Section& table, std::string_view what, Node node, const Shape& expected) {
  expect_node(table, what, node);
  const Shape& got = node.shape();
  if (got == expected) return;
  throw base::UserError(table_opening(table) + "expected shape " + to_string(expected) + " for " + std::string(what) +
                        ", but got " + to_string(got) + "; this is a bug in the plugin");
}

Activation nonlinearity_of(const TrainSettings::Params& settings, const experiment::Section& table) {
  const bool is_bce = settings.loss == compute::Loss::bce;
  if (settings.output == Output::automatic) return is_bce ? Activation::sigmoid : Activation::identity;
  if (settings.output == Output::sigmoid) return Activation::sigmoid;
  const auto place = experiment::place_text(experiment::origin_of(table, "output")) + ": [train] ";
  if (is_bce) {
    throw base::UserError(place + "loss = \"bce\" needs reconstructions in (0, 1), but got output = \"" +
                          name_of(output_names(), settings.output) + "\"; use output = \"auto\" or \"sigmoid\"");
  }
  return Activation::identity;
}

void check_precision(const TrainSettings::Params& settings, const experiment::Section& table) {
  const auto missing = compute::missing_for(settings.precision);
  if (missing.empty()) return;
  throw base::UserError(experiment::place_text(experiment::origin_of(table, "precision")) + ": [train] precision = \"" +
                        name_of(compute::precision_names(), settings.precision) + "\" needs " + missing +
                        "; use precision = \"f32\" on this machine");
}

/// Returns whether units of a code can be exactly zero: after a relu, or where only the largest units are kept.
bool can_be_zero(const compute::Network& network, Node code) {
  const auto& node = network.nodes()[static_cast<std::size_t>(code.id)];
  if (node.leaf != compute::Leaf::none) return false;
  if (const auto* activate = std::get_if<op::Activate>(&node.operation)) return activate->kind == Activation::relu;
  if (std::holds_alternative<op::TopK>(node.operation)) return true;
  return std::holds_alternative<op::Reshape>(node.operation) && can_be_zero(network, {code.graph, node.inputs.front()});
}

/// Returns the labels if the plugin reads them, else an empty node.
Node labels_for(const experiment::Config& config, const experiment::Section& table, bool reads,
                compute::Network& network) {
  if (!reads) return {};
  if (network.classes() > 0) return network.labels();
  throw base::UserError(table_opening(table) + "it reads labels, but dataset " +
                        config.table("dataset").alternative->name +
                        " has none; choose a dataset with labels, or another " + table.path);
}

/// Returns whether `x` depends on the image.
bool reads_image(const compute::Network& network, Node x) {
  const auto needed = network.needed_for(std::array{x});
  for (std::size_t i = 0; i < needed.size(); ++i) {
    if (needed[i] && network.nodes()[i].leaf == compute::Leaf::image) return true;
  }
  return false;
}

void check_layers(const experiment::Section& table, const std::vector<Layer>& layers) {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto name = "layer " + std::to_string(i + 1);
    expect_node(table, "the input of " + name, layers[i].input);
    expect_shape(table, "the reconstruction of " + name, layers[i].reconstruction, layers[i].input.shape());
  }
}

void take_code(const experiment::Section& table, const Code& code, std::int64_t size, Autoencoder& result) {
  const auto& network = *result.network;
  expect_shape(table, "the code", code.code, {{size}});
  result.code = code.code;
  result.decoded = code.decoded ? code.decoded : code.code;
  expect_shape(table, "what is decoded", result.decoded, {{size}});
  result.decoder_input = code.decoder_input ? code.decoder_input : result.decoded;
  expect_shape(table, "the decoder's input", result.decoder_input, {{result.decoder_input.shape().size()}});
  result.sparse_code = code.sparse || can_be_zero(network, code.code);
  result.log_posterior = code.log_posterior;
  if (code.log_posterior) expect_shape(table, "the posterior's log density", code.log_posterior, {{1}});
  result.prior_sample = code.prior.sample;
  if (!code.prior.sample) return;
  expect_shape(table, "the prior's sample", code.prior.sample, {{size}});
  if (reads_image(network, code.prior.sample)) {
    throw base::UserError(table_opening(table) +
                          "the prior's sample depends on the image, but may only depend on standard_normal() and "
                          "labels; this is a bug in the plugin");
  }
}

/// Returns the weight [K, C * H * W] of a decoder that is one dense layer, perhaps reshaped, or an empty node.
Node directions_of(const Autoencoder& network) {
  const auto& nodes = network.network->nodes();
  Node at = network.output;
  const auto node = [&]() -> const compute::NodeRecord& { return nodes[static_cast<std::size_t>(at.id)]; };
  while (std::holds_alternative<op::Reshape>(node().operation) && node().leaf == compute::Leaf::none) {
    at.id = node().inputs.front();
  }
  const auto* dense = node().leaf == compute::Leaf::none ? std::get_if<op::Dense>(&node().operation) : nullptr;
  if (dense == nullptr || dense->transposed || node().inputs[0] != network.decoder_input.id) return {};
  return {at.graph, node().inputs[1]};
}

/// Describes the decoder again, with constant weights, on another code.
Node decode_again(const Autoencoder& result, Encoding encoding, DecoderInput input) {
  auto& network = *result.network;
  network.repeat_part("decoder");
  for (Node& node : encoding.carry) {
    if (node && network.nodes()[static_cast<std::size_t>(node.id)].leaf == compute::Leaf::parameter) {
      node = stop_gradient(node);
    }
  }
  const Node output = result.architecture->decode(network, {input.code, input.labels, input.shape, encoding});
  network.begin_part("auxiliary");
  return output;
}

/// Adds the penalties of auxiliary codes. `nonlinearity` is that of the output.
void add_auxiliary(const experiment::Section& table, const Code& code, const Encoding& encoding,
                   const DecoderInput& input, Activation nonlinearity, Autoencoder& result) {
  if (code.auxiliary.empty()) return;
  auto& network = *result.network;
  network.begin_part("auxiliary");
  for (const auto& each : code.auxiliary) {
    expect_shape(table, "an auxiliary code", each.code, {{result.code.shape().size()}});
    const double weight = each.weight * network.nat();
    if (each.target == AuxiliaryCode::Target::image) {
      const Node output = decode_again(result, encoding, {each.code, input.labels, input.shape, encoding});
      network.penalty(each.name, square(flatten(network.target() - activation(output, nonlinearity))), weight);
      continue;
    }
    const Node directions = directions_of(result);
    if (!directions || nonlinearity != Activation::identity) {
      throw std::invalid_argument(
          "the auxiliary loss on dead units needs a decoder that is one dense layer, and a linear output; use another "
          "architecture and train.output = \"linear\", or remove the auxiliary loss");
    }
    const Node residual = flatten(network.target() - stop_gradient(result.output));  // [N, C * H * W]
    network.penalty(each.name, square(residual - dense(each.code, {directions})), weight);
  }
}

/// Adds the log density of the decoded node. It comes after all other nodes, because random numbers are keyed by the
/// number of their node.
void add_log_prior(const experiment::Section& table, const Prior& prior, Autoencoder& result) {
  if (!prior.log_density) return;
  result.network->begin_part("prior");
  result.log_prior = of_plugin(table, [&] { return prior.log_density(result.decoded); });
  expect_shape(table, "the prior's log density", result.log_prior, {{1}});
}

}  // namespace

Autoencoder assemble(const experiment::Config& config, ImageShape shape, std::int64_t classes) {
  const auto& architecture = config.table("architecture");
  const auto& bottleneck = config.table("bottleneck");
  const auto size = std::get<std::int64_t>(bottleneck.common.at(0).value);
  const auto settings = config.as<TrainSettings>("train");
  const auto nonlinearity = nonlinearity_of(settings, config.table("train"));

  Autoencoder result;
  result.name = "architecture " + architecture.alternative->name + " and bottleneck " + bottleneck.alternative->name;
  result.architecture = of_plugin(architecture, [&] { return config.create<Architecture>("architecture"); });
  result.bottleneck = of_plugin(bottleneck, [&] { return config.create<Bottleneck>("bottleneck"); });
  result.network = std::make_unique<compute::Network>(shape, classes);
  auto& network = *result.network;
  const double nat = settings.reduction == Reduction::sum ? 1.0 : 1.0 / static_cast<double>(shape.size());
  network.set_nat(nat);

  network.begin_part("encoder");
  result.image = network.image();
  const bool architecture_reads = of_plugin(architecture, [&] { return result.architecture->reads_labels(); });
  const bool bottleneck_reads = of_plugin(bottleneck, [&] { return result.bottleneck->reads_labels(); });
  const Node to_architecture = labels_for(config, architecture, architecture_reads, network);
  const Node to_bottleneck = labels_for(config, bottleneck, bottleneck_reads, network);
  result.labels = to_architecture ? to_architecture : to_bottleneck;
  const auto encoding = of_plugin(architecture, [&] {
    return result.architecture->encode(network, {result.image, to_architecture, size});
  });
  expect_node(architecture, "the features", encoding.features);
  expect_shape(architecture, "the features", encoding.features, {{encoding.features.shape().size()}});
  check_layers(architecture, encoding.layers);
  result.layers = encoding.layers;

  network.begin_part("bottleneck");
  const auto code = of_plugin(bottleneck, [&] {
    return result.bottleneck->constrain(network, {encoding, to_bottleneck, size});
  });
  take_code(bottleneck, code, size, result);

  network.begin_part("decoder");
  result.output = of_plugin(architecture, [&] {
    return result.architecture->decode(network, {result.decoder_input, to_architecture, shape, encoding});
  });
  expect_shape(architecture, "the decoder's output", result.output, {{shape.channels, shape.height, shape.width}});
  check_precision(settings, config.table("train"));
  result.precision = settings.precision;
  result.reconstruction = activation(result.output, nonlinearity);
  of_plugin(bottleneck, [&] {
    add_auxiliary(bottleneck, code, encoding, {result.decoder_input, to_architecture, shape, encoding}, nonlinearity,
                  result);
  });
  result.objective = {result.output, nonlinearity, settings.loss, settings.reduction == Reduction::sum};
  result.objective.nat = nat;
  add_log_prior(bottleneck, code.prior, result);
  return result;
}

}  // namespace hourglass::subject
