// `hourglass plugins`: lists plugins and describes one of them.
#include <fmt/format.h>

#include "base/error.hpp"
#include "base/streams.hpp"
#include "base/suggest.hpp"
#include "cli/commands.hpp"
#include "cli/description.hpp"
#include "cli/experiment_options.hpp"
#include "host/registry.hpp"
#include "results/render.hpp"
#include "subject/experiment_schema.hpp"

namespace hourglass::cli {
namespace {

constexpr const char* kList = "hourglass plugins list [--verbose] [--format FORMAT] [--plugin-path DIR ...]";
constexpr const char* kDescribe =
    "hourglass plugins describe KIND/NAME|TABLE [--format table|json] [--plugin-path DIR ...]";

/// Says where a plugin comes from: `Hourglass`, or the folder of its library.
std::string origin_of(const host::Plugin& plugin) {
  const auto folder = plugin.library.parent_path();
  const auto own = host::Registry::own_folder();
  return !own.empty() && folder == std::filesystem::weakly_canonical(own) ? "Hourglass" : folder.string();
}

int list(const Arguments& arguments) {
  Usage usage;
  usage.synopsis = kList;
  usage.summary = "Lists the available plugins; libraries that could not be loaded are reported on standard error.";
  usage.flag("verbose", "also show the library of each plugin").letter = 'v';
  usage.text("format", "FORMAT", "table, csv, md or json", "table");
  add_plugin_path_option(usage);
  const auto options = parse(usage, arguments);
  if (!options) return 0;

  const auto format = results::format_of(options->text("format"));
  const bool verbose = options->given("verbose");
  const auto registry = registry_of(*options);
  results::Table table;
  for (const char* title : {"kind", "name", "summary", verbose ? "library" : "from"})
    table.columns.push_back({.title = title, .key = title, .right = false});
  for (const auto& plugin : registry.plugins()) {
    table.rows.push_back({plugin.info->kind, plugin.info->name, plugin.info->summary,
                          verbose ? plugin.library.string() : origin_of(plugin)});
  }
  base::print("{}", results::render(table, format));
  for (const auto& problem : registry.problems()) base::say("warning: {}\n", problem.message);
  return 0;
}

int describe(const Arguments& arguments) {
  Usage usage;
  usage.synopsis = kDescribe;
  usage.summary =
      "Describes a plugin (such as noise/gaussian), a table of experiment files (such as train), or an alternative\n"
      "for a table (such as train.optimizer/adam): its keys with type, default and allowed values, and an example.";
  usage.text("format", "FORMAT", "table or json", "table");
  add_plugin_path_option(usage);
  usage.argument("plugin");
  const auto options = parse(usage, arguments);
  if (!options) return 0;

  const auto& format = options->choice("format", {"table", "json"});
  if (!options->given("plugin")) {
    throw base::UserError(
        "no plugin was given; give one as KIND/NAME, as printed by `hourglass plugins list`, "
        "or a table of experiment files, such as train");
  }
  const auto registry = registry_of(*options);
  const auto schema = subject::schema(registry);
  const auto description = description_of(options->text("plugin"), schema, registry);
  base::print("{}", format == "json" ? as_json(description) : as_text(description));
  return 0;
}

}  // namespace

int plugins(const Arguments& arguments) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h") {
    base::print("usage: {}\n       {}\n\nLists plugins, or describes one of them or a table of experiment files.\n",
                kList, kDescribe);
    return arguments.empty() ? 2 : 0;
  }
  const Arguments rest(arguments.begin() + 1, arguments.end());
  if (arguments[0] == "list") return list(rest);
  if (arguments[0] == "describe") return describe(rest);
  const std::vector<std::string> actions = {"list", "describe"};
  throw base::UserError(fmt::format("unknown command 'plugins {}': expected one of {}{}", arguments[0],
                                    fmt::join(actions, ", "), base::did_you_mean(arguments[0], actions)));
}

}  // namespace hourglass::cli
