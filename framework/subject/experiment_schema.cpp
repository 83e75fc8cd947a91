#include "subject/experiment_schema.hpp"

#include <fmt/format.h>

#include "compute/graph/network.hpp"
#include "compute/optimise/optimizers.hpp"
#include "experiment/config.hpp"
#include "subject/schedule.hpp"
#include "subject/settings.hpp"

namespace hourglass::subject {
namespace {

/// [bottleneck] keys of every bottleneck.
struct BottleneckCommon {
  struct Params {
    std::int64_t size = 32;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("size", &Params::size, {1, 1 << 20}, "width of the code, K");
  }
};

/// [[task]] keys of every task.
struct TaskCommon {
  struct Params {
    std::string name;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("name", &Params::name, Choices{},
              "name of the task in results: letters a to z, digits and _, not the name of another task plugin; empty: "
              "the name of its plugin, with _2, _3, ... for further tasks of the same plugin",
              Concerns::nothing);
  }
};

std::vector<base::Alternative> plugin_alternatives(const host::Registry& registry, std::string_view kind) {
  std::vector<base::Alternative> alternatives;
  for (const auto& plugin : registry.plugins()) {
    if (plugin.info->kind == kind) {
      alternatives.push_back({plugin.info->name, plugin.info->summary, plugin.info->params, plugin.info});
    }
  }
  return alternatives;
}

}  // namespace

experiment::Schema schema(const host::Registry& registry) {
  const auto plugins = [&](std::string kind, std::string fallback, std::string doc) {
    return experiment::TableSchema{kind,  "plugin",      plugin_alternatives(registry, kind), std::move(fallback), {},
                                   false, std::move(doc)};
  };
  experiment::Schema schema;
  schema.tables.push_back(experiment::fixed_table<ExperimentSettings>("", "Seeds of the experiment."));
  auto dataset = plugins("dataset", "", "The images or vectors.");
  dataset.common = params_of<DatasetSettings>().specs();
  schema.tables.push_back(std::move(dataset));
  auto noise = plugins("noise", "none", "How the encoder's input is corrupted.");
  noise.common = params_of<NoiseSettings>().specs();
  noise.default_is_idle = true;
  schema.tables.push_back(std::move(noise));
  schema.tables.push_back(
      plugins("architecture", "",
              fmt::format("The encoder, up to its features, and the decoder; a network has at most {} nodes.",
                          compute::kMostNodes)));
  auto bottleneck = plugins("bottleneck", "dense", "The layer between encoder and decoder that makes the code.");
  bottleneck.common = params_of<BottleneckCommon>().specs();
  schema.tables.push_back(std::move(bottleneck));
  schema.tables.push_back(experiment::fixed_table<TrainSettings>("train", "How the network is trained."));
  schema.tables.push_back({"train.optimizer",
                           "name",
                           compute::optimizer_alternatives(),
                           "adam",
                           {},
                           false,
                           "The algorithm that updates the parameters."});
  schema.tables.push_back({"train.schedule", "name", schedule_alternatives(), "constant", schedule_common(), false,
                           "How the learning rate changes during training."});
  auto task =
      plugins("task", "",
              "A measurement of the trained model; if the code is sparse, the task sparse_code (l0, dead_units, "
              "explained_variance) runs as well, unless the top-level key sparse_code is false.");
  task.repeated = true;
  task.common = params_of<TaskCommon>().specs();
  task.name_key = "name";
  task.reserved_names = {kSparseCodeTask};
  task.concerns = Concerns::evaluation;
  schema.tables.push_back(std::move(task));
  return schema;
}

}  // namespace hourglass::subject
