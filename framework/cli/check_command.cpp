// `hourglass check`: checks an experiment without running it.
#include <fmt/format.h>

#include <array>

#include "base/streams.hpp"
#include "cli/commands.hpp"
#include "cli/experiment_options.hpp"
#include "cli/results_view.hpp"
#include "results/listing.hpp"
#include "results/render.hpp"
#include "results/run_record.hpp"
#include "run/identity.hpp"
#include "run/plugin_hashes.hpp"
#include "subject/subject.hpp"
#include "sweep/attach_tasks.hpp"
#include "sweep/cells.hpp"
#include "sweep/check_cells.hpp"
#include "sweep/run_cells.hpp"
#include "train/trainer.hpp"

namespace hourglass::cli {
namespace {

constexpr double kMebibyte = 1024.0 * 1024.0;
/// Longer lists are shown with --cells.
constexpr std::size_t kCellsShown = 20;

void print_data(const subject::Subject& subject) {
  const auto& data = subject.data;
  const auto train = data.split(Split::train).size(), validation = data.split(Split::validation).size();
  base::print("dataset    {}: {} train, {} validation, {} test; images {}{}\n",
              subject.config.table("dataset").alternative->name, train, validation, data.split(Split::test).size(),
              to_string(data.shape()), data.classes() > 0 ? fmt::format(", {} classes", data.classes()) : "");
}

std::string weight_text(const PenaltyWeight& weight) {
  if (!weight.varies()) return fmt::format("{}", weight.value);
  return fmt::format("({} to {} over epochs {} to {})", weight.initial, weight.value, weight.ramp_begin,
                     weight.ramp_end);
}

/// Prints the layers, without the nodes that only a penalty needs, and then the penalties.
void print_network(const subject::Autoencoder& autoencoder) {
  const auto& network = *autoencoder.network;
  results::Table table{{{"layer", "layer", 5, false}, {"output", "output", 5, false}, {"parameters", "parameters"}},
                       {}};
  const auto needed = network.needed_for(std::array{autoencoder.code, autoencoder.output});
  std::vector<bool> counted(network.parameters().size(), false);
  for (std::size_t i = 0; i < network.nodes().size(); ++i) {
    const auto& node = network.nodes()[i];
    if (node.leaf == compute::Leaf::parameter) continue;
    std::int64_t own = 0;
    for (const int input : node.inputs) {
      const auto parameter = network.nodes()[static_cast<std::size_t>(input)].parameter;
      if (parameter < 0 || counted[static_cast<std::size_t>(parameter)]) continue;
      counted[static_cast<std::size_t>(parameter)] = true;  // a shared parameter counts for its first user
      const auto& record = network.parameters()[static_cast<std::size_t>(parameter)];
      if (record.trained) own += record.size;
    }
    if (!needed[i] && own == 0) continue;
    table.rows.push_back({node.name, to_string(node.shape), own == 0 ? results::Field{} : results::Field{own}});
  }
  base::print("\n{}\n", results::render(table, results::Format::table));
  for (const auto& penalty : network.penalties()) {
    if (penalty.importance) {
      base::print("penalty    {}: {} * the part of the importance-weighted bound beyond the reconstruction loss\n",
                  penalty.name, weight_text(penalty.weight));
      continue;
    }
    base::print("penalty    {}: {} * the sum of {}, in training\n", penalty.name, weight_text(penalty.weight),
                network.nodes()[static_cast<std::size_t>(penalty.node)].name);
  }
}

/// Returns the number of trained parameters and of other numbers that layers keep.
std::string parameters_text(const compute::Network& network) {
  std::int64_t moved = 0;
  for (const auto& record : network.parameters()) moved += record.trained ? 0 : record.size;
  const auto trained = fmt::format("parameters {}", network.parameter_count());
  return moved == 0 ? trained
                    : fmt::format("{}, and {} numbers of state, such as running statistics, that are not trained",
                                  trained, moved);
}

/// Prints the memory and the operations of training.
void print_cost(const subject::Subject& subject, const train::Cost& cost) {
  const auto& [memory, batch, flops] = cost;
  const double fixed = static_cast<double>(memory.fixed()) / kMebibyte;
  const double moving = static_cast<double>(memory.activations) / kMebibyte;
  const bool keeps_gradients = memory.gradients > 0;
  base::print("{}\n", parameters_text(*subject.autoencoder.network));
  base::print("memory     {:.1f} MiB in training: {:.1f} {}, {:.1f} {} at batch {}\n", fixed + moving, fixed,
              keeps_gradients ? "parameters, gradients and optimiser" : "parameters and optimiser", moving,
              keeps_gradients ? "activations" : "activations and gradients", batch);
  base::print("step       {:.2f} GFLOP\n", flops / 1e9);
  base::print("threads    {}{}\n", run::threads_of(subject),
              run::bits_depend_on_threads(*subject.autoencoder.network)
                  ? ", part of the run's identity: the last digits of convolutions depend on their number"
                  : "");
}

/// Prints the first `most` cells, with the states that `hourglass runs list` shows.
void print_cells(const std::vector<run::Cell>& cells, const run::RunOptions& options, std::size_t most) {
  base::print("cells      {}\n\n", cells.size());
  results::Table table{{{"run", "run", 5, false}, {"cell", "cell", 5, false}, {"state", "state", 5, false}}, {}};
  std::vector<run::Cell> shown(cells.begin(),
                               cells.begin() + static_cast<std::ptrdiff_t>(std::min(cells.size(), most)));
  sweep::attach_added_tasks(shown, options);
  for (const auto& listed : sweep::list_cells(shown)) {
    auto record = results::read_cell(options.results, "", "", listed);
    run::mark_stale(record, options.hashes);
    const auto state = results::state_text(record);
    table.rows.push_back(
        {listed.run, listed.label, record.reason.empty() ? state : fmt::format("{}: {}", state, record.reason)});
  }
  base::print("{}", results::render(table, results::Format::table));
  if (cells.size() > most) base::print("... and {} more; --cells lists all\n", cells.size() - most);
}

/// Says that all cells were checked, and which of them is described.
std::string scope_text(const std::vector<run::Cell>& cells) {
  return fmt::format("All {0} cells are valid. This is the first of {0} cells, {1}:\n\n", cells.size(),
                     cells.front().label());
}

}  // namespace

int check(const Arguments& arguments) {
  Usage usage{"hourglass check FILE [key=value ...]",
              "Checks an experiment file without running it: reads it, loads its plugins, checks every key, opens the "
              "dataset, infers every\n"
              "shape, and prints the cells it would run, and the network and memory of the first."};
  usage.flag("cells", "list all cells, not only the first 20");
  add_new_results_option(usage);
  add_experiment_options(usage);
  const auto options = parse(usage, arguments);
  if (!options) return 0;

  const auto experiment = load_experiment(*options);
  const auto& config = experiment->config;
  const auto cells = sweep::expand(config);
  const auto& first = cells.front().config;
  print_notes(sweep::check_cells(cells));
  const std::filesystem::path results_folder = options->text("results");
  results::ExperimentFolder(results_folder, cells.front().experiment).refuse_other_file(cells.front().named_by);
  const subject::Subject subject(first, cells.front().seed);
  const auto cost = train::Trainer(subject, results::RunFolder(results_folder)).cost();  // reserves the memory

  base::print("{}: ok\n", config.file.string());
  if (!config.question.empty()) base::print("{}\n", config.question);
  base::print("\n{}", cells.size() == 1 ? "" : scope_text(cells));
  print_data(subject);
  print_network(subject.autoencoder);
  print_cost(subject, cost);
  run::PluginHashes hashes(experiment->registry);
  print_cells(cells, {.registry = experiment->registry, .hashes = hashes, .results = results_folder},
              options->given("cells") ? cells.size() : kCellsShown);
  return 0;
}

}  // namespace hourglass::cli
