#include "cli/experiment_options.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/streams.hpp"
#include "experiment/load.hpp"
#include "experiment/unknown_names.hpp"
#include "results/run_folder.hpp"
#include "run/command.hpp"
#include "subject/experiment_schema.hpp"

namespace hourglass::cli {

namespace {

/// Loads an experiment. If it is that of a run whose plugins are not found, the error says where they were loaded from.
experiment::Config load(const std::filesystem::path& file, const std::vector<std::string>& overrides,
                        const experiment::Schema& schema, const host::Registry& registry) {
  try {
    return experiment::load_config(file, overrides, schema, registry);
  } catch (const base::UserError& error) {
    auto messages = error.messages();
    std::error_code ignored;
    const results::RunFolder own(std::filesystem::weakly_canonical(file, ignored).parent_path());
    try {
      for (const auto& [plugin, folder] : own.read_plugin_folders()) {
        const auto slash = plugin.find('/');
        if (slash == std::string::npos || registry.find(plugin.substr(0, slash), plugin.substr(slash + 1))) continue;
        messages.push_back(
            fmt::format("{} was loaded from another folder when this run was computed; add --plugin-path {}", plugin,
                        run::shell_word(folder)));
      }
    } catch (const base::UserError&) {
      // A damaged environment.json does not say where the plugins were.
    }
    throw base::UserError(messages);
  }
}

/// Returns the overrides that may be meant by `key=value`; none if the plugins that declare keys cannot be listed.
std::vector<std::string> meant_overrides(const std::string& text) {
  try {
    return experiment::meant_overrides(Plugins({}).schema, text);
  } catch (const base::UserError&) {
    return {};
  }
}

}  // namespace

Experiment::Experiment(const std::filesystem::path& file, const std::vector<std::string>& overrides,
                       const std::vector<std::string>& plugin_path)
    : registry(host::Registry::search_path({plugin_path.begin(), plugin_path.end()})),
      schema(subject::schema(registry)),
      config(load(file, overrides, schema, registry)) {}

Plugins::Plugins(const std::vector<std::string>& plugin_path)
    : registry(host::Registry::search_path({plugin_path.begin(), plugin_path.end()})),
      schema(subject::schema(registry)) {}

std::unique_ptr<Plugins> load_plugins(const std::vector<std::string>& plugin_path) {
  return std::make_unique<Plugins>(plugin_path);
}

host::Registry registry_of(const Options& options) {
  const auto& folders = options.texts("plugin-path");
  return host::Registry(host::Registry::search_path({folders.begin(), folders.end()}));
}

void add_plugin_path_option(Usage& usage) {
  usage.texts("plugin-path", "DIR", "also search this folder for plugins, before the others; may be repeated");
}

void add_experiment_options(Usage& usage) {
  add_plugin_path_option(usage);
  usage.meant_overrides = meant_overrides;
  usage.integer("threads", "N", "number of threads, as train.threads=N; 0: all cores", 0);
  usage.argument("file");
  usage.arguments("override");
}

std::unique_ptr<Experiment> load_experiment(const Options& options) {
  if (!options.given("file"))
    throw base::UserError("no experiment file was given; give one, such as experiments/quickstart.toml");
  auto overrides = options.texts("override");
  if (options.given("threads"))
    overrides.push_back(fmt::format("train.threads={}", options.integer("threads", 0, 1024)));
  auto experiment = std::make_unique<Experiment>(options.text("file"), overrides, options.texts("plugin-path"));
  for (const auto& note : experiment->config.notes) base::say("note: {}\n", note);
  return experiment;
}

void print_notes(const std::set<std::string>& notes) {
  for (const auto& note : notes) base::say("note: {}\n", note);
}

}  // namespace hourglass::cli
