#include "experiment/example_schema.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "base/error.hpp"
#include "experiment/load.hpp"
#include "hourglass/architecture.hpp"
#include "support/process.hpp"

namespace hourglass::test {
namespace {

/// Parts of the example that are only described, never used.
template <class Table>
class Unused : public Component {
 public:
  using Params = typename Table::Params;
  static constexpr const char* kKind = "noise";
  static void declare(ParamTable<Params>& table) { Table::declare(table); }
  explicit Unused(Params) {}
};

struct NoKeys {
  struct Params {};
  static void declare(ParamTable<Params>&) {}
};
struct Few {
  struct Params {
    std::int64_t count = 10;
    std::filesystem::path folder;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("count", &Params::count, {1, 100}, "number of images").add("folder", &Params::folder, "where they are");
  }
};
struct Gaussian {
  struct Params {
    double sigma = 0.1;
    bool clip = true;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("sigma", &Params::sigma, {0, 10}, "standard deviation").add("clip", &Params::clip, "clip to [0, 1]");
  }
};
struct Masking {
  struct Params {
    double rate = 0.25;
    double sigma = 0;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("rate", &Params::rate, {0, 1}, "share of pixels")
        .add("sigma", &Params::sigma, {0, 1}, "of what replaces them");
  }
};
struct Mlp {
  struct Params {
    std::vector<std::int64_t> hidden = {512, 256};
    Activation activation = Activation::relu;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("hidden", &Params::hidden, {1, 65536}, "widths of the hidden layers");
    table.add("activation", &Params::activation, activation_names(), "non-linearity of the hidden layers");
  }
};
struct Sparse {
  struct Params {
    double penalty = 1e-3;
  };
  static void declare(ParamTable<Params>& table) { table.add("penalty", &Params::penalty, {0, 1}, "weight of |code|"); }
};
struct Adam {
  struct Params {
    double learning_rate = 1e-3;
    std::vector<double> betas = {0.9, 0.999};
  };
  static void declare(ParamTable<Params>& table) {
    table.add("learning_rate", &Params::learning_rate, {1e-12, 1e3}, "step size");
    table.add("betas", &Params::betas, {0, 1}, "decay of both moments");
  }
};
struct Sgd {
  struct Params {
    double learning_rate = 0.1;
    double momentum = 0.9;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("learning_rate", &Params::learning_rate, {1e-12, 1e3}, "step size");
    table.add("momentum", &Params::momentum, {0, 1}, "share of the last step");
  }
};
struct Probe {
  struct Params {
    double l2 = 1e-4;
    std::vector<std::string> splits = {"test"};
  };
  static void declare(ParamTable<Params>& table) {
    table.add("l2", &Params::l2, {0, std::numeric_limits<double>::infinity()}, "weight of the squared weights");
    table.add("splits", &Params::splits, Choices{{"train", "validation", "test"}}, "where the accuracy is measured");
  }
};
struct TopKeys {
  struct Params {
    std::int64_t seeds = 1;
    std::int64_t seed = 1;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("seeds", &Params::seeds, {1, 1000}, "how many seeds", Concerns::nothing)
        .add("seed", &Params::seed, {0, 4294967295.0}, "the first");
  }
};
struct TaskName {
  struct Params {
    std::string name;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("name", &Params::name, Choices{}, "what results call the task", Concerns::nothing);
  }
};
struct BottleneckSize {
  struct Params {
    std::int64_t size = 32;
  };
  static void declare(ParamTable<Params>& table) { table.add("size", &Params::size, {1, 1024}, "width of the code"); }
};

class SparseMlp : public Architecture {
 public:
  using Params = Mlp::Params;
  static void declare(ParamTable<Params>& table) { Mlp::declare(table); }
  explicit SparseMlp(Params) {}
  Encoding encode(Graph&, const EncoderInput& input) const override { return {input.image}; }
  Node decode(Graph&, const DecoderInput& input) const override { return input.code; }
  std::string default_bottleneck() const override { return "sparse"; }
};

template <class T>
base::Alternative built_in(std::string name) {
  return {std::move(name), "Does what it is called.", params_of<T>().specs(), nullptr};
}

experiment::Schema make_schema() {
  using experiment::TableSchema;
  static const PluginInfo mlp = plugin<SparseMlp>("mlp", "Dense layers.");
  experiment::Schema schema;
  schema.tables.push_back(experiment::fixed_table<TopKeys>("", "Seeds."));
  schema.tables.push_back(
      {"dataset", "plugin", {built_in<Few>("few"), built_in<NoKeys>("many")}, "", {}, false, "The images."});
  schema.tables.push_back({"noise",
                           "plugin",
                           {built_in<Gaussian>("gaussian"), built_in<Masking>("masking"), built_in<NoKeys>("none")},
                           "none",
                           {},
                           false,
                           "How the input is corrupted."});
  schema.tables.push_back({"architecture",
                           "plugin",
                           {built_in<NoKeys>("linear"), {"mlp", mlp.summary, mlp.params, &mlp}},
                           "",
                           {},
                           false,
                           "The network."});
  schema.tables.push_back({"bottleneck",
                           "plugin",
                           {built_in<NoKeys>("dense"), built_in<Sparse>("sparse")},
                           "dense",
                           params_of<BottleneckSize>().specs(),
                           false,
                           "The code."});
  schema.tables.push_back(experiment::fixed_table<ExampleTrain>("train", "How it is trained."));
  schema.tables.push_back(
      {"train.optimizer", "name", {built_in<Adam>("adam"), built_in<Sgd>("sgd")}, "adam", {}, false, "What steps."});
  schema.tables.push_back({"task",
                           "plugin",
                           {built_in<NoKeys>("denoising"), built_in<Probe>("linear_probe")},
                           "",
                           params_of<TaskName>().specs(),
                           true,
                           "What is measured.",
                           false,
                           Concerns::evaluation,
                           "name"});
  return schema;
}

}  // namespace

void ExampleTrain::declare(ParamTable<Params>& table) {
  table.add("epochs", &Params::epochs, {1, 1e6}, "passes over the training images")
      .add("batch_size", &Params::batch_size, {1, 65536}, "images in one step")
      .add("loss", &Params::loss, {{"mse", Loss::mse}, {"bce", Loss::bce}}, "what is minimised")
      .add("validation", &Params::validation, {0, 0.9}, "share of train that validates")
      .add("label", &Params::label, Choices{}, "a name for people", Concerns::nothing)
      .add("shuffle", &Params::shuffle, "whether the order changes")
      .add("weights", &Params::weights, {0, 100}, "of the classes")
      .add("keep_best", &Params::keep_best, "which parameters the tasks see", Concerns::evaluation);
}

const experiment::Schema& example_schema() {
  static const experiment::Schema schema = make_schema();
  return schema;
}

const host::Registry& example_registry() {
  static const host::Registry registry(
      {std::filesystem::path(HOURGLASS_BINARY_DIR) / "test_plugins" / "wrong_version"});
  return registry;
}

experiment::Config load(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  return experiment::load_config(file, overrides, example_schema(), example_registry());
}

std::vector<std::string> messages_of(const std::filesystem::path& folder, const std::string& file,
                                     const std::vector<std::string>& overrides) {
  try {
    load(folder / file, overrides);
    return {};
  } catch (const base::UserError& error) {
    auto messages = error.messages();
    const auto cut = [](std::string& text, const std::string& part) {
      for (auto at = text.find(part); at != std::string::npos; at = text.find(part)) text.erase(at, part.size());
    };
    for (auto& message : messages) {
      cut(message, folder.string() + "/");
      cut(message, (std::filesystem::path(HOURGLASS_BINARY_DIR) / "test_plugins").string() + "/");
    }
    return messages;
  }
}

experiment::Config load_text(const std::string& text, const std::vector<std::string>& overrides) {
  const TemporaryFolder folder;
  write(folder / "experiment.toml", text);
  return load(folder / "experiment.toml", overrides);
}

std::string message_of_text(const std::string& text, const std::vector<std::string>& overrides) {
  const TemporaryFolder folder;
  write(folder / "experiment.toml", text);
  const auto messages = messages_of(folder.path(), "experiment.toml", overrides);
  REQUIRE(messages.size() == 1);
  return messages.front();
}

}  // namespace hourglass::test
