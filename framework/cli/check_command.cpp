// `hourglass check`: everything about an experiment that can be known before it runs.
#include <fmt/format.h>

#include <array>

#include "cli/commands.hpp"
#include "cli/experiment_options.hpp"
#include "compute/graph/plan.hpp"
#include "compute/optimise/optimizer.hpp"
#include "results/run_record.hpp"
#include "results/table.hpp"
#include "subject/autoencoder.hpp"
#include "subject/data_splits.hpp"
#include "subject/settings.hpp"
#include "sweep/cells.hpp"
#include "sweep/check_cells.hpp"
#include "sweep/run_cells.hpp"
#include "train/trainer.hpp"

namespace hourglass::cli {
namespace {

namespace po = boost::program_options;

constexpr double kMebibyte = 1024.0 * 1024.0;
/// More cells than a person reads.
constexpr std::size_t kCellsShown = 20;

void print_data(const experiment::Config& config, const subject::Data& data) {
  const auto train = data.split(Split::train).size(), validation = data.split(Split::validation).size();
  fmt::print("dataset    {}: {} train, {} validation, {} test; images {}{}\n",
             config.table("dataset").alternative->name, train, validation, data.split(Split::test).size(),
             to_string(data.shape()), data.classes() > 0 ? fmt::format(", {} classes", data.classes()) : "");
}

/// Prints the layers; what only a penalty needs is no layer, and is named by the penalty.
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
      counted[static_cast<std::size_t>(parameter)] = true;  // a shared one counts where it is used first
      const auto& record = network.parameters()[static_cast<std::size_t>(parameter)];
      if (record.trained) own += record.size;
    }
    if (!needed[i] && own == 0) continue;
    table.rows.push_back({node.name, to_string(node.shape), own == 0 ? results::Field{} : results::Field{own}});
  }
  fmt::print("\n{}\n", results::render(table, results::Format::table));
  for (const auto& penalty : network.penalties()) {
    fmt::print("penalty    {}: {} * the sum of {}, in training\n", penalty.name, penalty.weight,
               network.nodes()[static_cast<std::size_t>(penalty.node)].name);
  }
}

/// Counts what is trained, and what layers keep besides.
std::string parameters_text(const compute::Network& network) {
  std::int64_t moved = 0;
  for (const auto& record : network.parameters()) moved += record.trained ? 0 : record.size;
  const auto trained = fmt::format("parameters {}", network.parameter_count());
  return moved == 0 ? trained
                    : fmt::format("{}, and {} numbers of state, such as running statistics, that are not trained",
                                  trained, moved);
}

void print_memory(const experiment::Config& config, subject::Autoencoder& autoencoder, const subject::Data& data) {
  const auto settings = config.as<subject::TrainSettings>("train");
  auto& network = *autoencoder.network;
  const auto& optimizer = config.table("train.optimizer");
  const auto made = compute::make_optimizer(network, optimizer.alternative->name, optimizer.values());
  const bool sums = settings.accumulate > 1 || made->full_batch();
  const bool on_the_way = train::updates_on_the_way(settings, *made, settings.accumulate);
  compute::Model model(network, !on_the_way);
  const auto batch = std::min(settings.batch_size, data.split(Split::train).size());
  const compute::Plan plan(network, model,
                           {.batch = batch,
                            .training = true,
                            .hands_out_gradients = on_the_way,
                            .precision = autoencoder.precision,
                            .feeds = {},
                            .outputs = {},
                            .objective = autoencoder.objective});
  // Parameters; their gradients; what gradients are summed up in; the parameters' average.
  const std::size_t buffers = 1 + (on_the_way ? 0 : 1) + (sums ? 1 : 0) + (settings.ema > 0 ? 1 : 0);
  const double fixed =
      static_cast<double>(buffers * static_cast<std::size_t>(network.buffer_size()) + made->state().size()) *
      sizeof(float) / kMebibyte;
  const double moving = static_cast<double>(plan.memory_bytes()) / kMebibyte;
  fmt::print("{}\n", parameters_text(network));
  fmt::print("memory     {:.1f} MiB in training: {:.1f} {}, {:.1f} {} at batch {}\n", fixed + moving, fixed,
             on_the_way ? "parameters and optimiser" : "parameters, gradients and optimiser", moving,
             on_the_way ? "activations and gradients" : "activations", batch);
  fmt::print("step       {:.2f} GFLOP\n", (plan.forward_flops() + plan.backward_flops()) / 1e9);
}

void print_cells(const std::vector<run::Cell>& cells, const std::filesystem::path& results_folder) {
  fmt::print("cells      {}\n\n", cells.size());
  results::Table table{{{"run", "run", 5, false}, {"cell", "cell", 5, false}, {"state", "state", 5, false}}, {}};
  const std::vector<run::Cell> first(cells.begin(),
                                     cells.begin() + static_cast<std::ptrdiff_t>(std::min(cells.size(), kCellsShown)));
  for (const auto& listed : sweep::list_cells(first)) {
    const auto record = results::read_cell(results_folder, "", "", listed);
    const auto state = record.state == "missing" ? "new" : record.state;
    table.rows.push_back(
        {listed.run, listed.label, record.reason.empty() ? state : fmt::format("{}: {}", state, record.reason)});
  }
  fmt::print("{}", results::render(table, results::Format::table));
  if (cells.size() > kCellsShown) fmt::print("... and {} more\n", cells.size() - kCellsShown);
}

}  // namespace

int check(const Arguments& arguments) {
  Usage usage{"hourglass check FILE [key=value ...]",
              "Checks an experiment file without running it: reads it, loads its plugins, checks every key, opens the "
              "dataset, infers every\n"
              "shape, and prints the network, its memory and the cells it would run."};
  usage.options.add_options()("results", po::value<std::string>()->default_value("results")->value_name("DIR"),
                              "where run folders are");
  add_experiment_options(usage);
  const auto options = parse(usage, arguments);
  if (!options) return 0;

  const auto experiment = load_experiment(*options);
  const auto& config = experiment->config;
  const auto cells = sweep::expand(config);
  const auto& first = cells.front().config;
  sweep::check_cells(cells);
  const subject::Data data(first);
  auto autoencoder = subject::assemble(first, data.shape(), data.classes());

  fmt::print("{}: ok\n", config.file.string());
  if (!config.question.empty()) fmt::print("{}\n", config.question);
  fmt::print("\n");
  print_data(first, data);
  print_network(autoencoder);
  print_memory(first, autoencoder, data);
  print_cells(cells, (*options)["results"].as<std::string>());
  return 0;
}

}  // namespace hourglass::cli
