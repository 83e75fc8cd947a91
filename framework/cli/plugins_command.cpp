// `hourglass plugins`: lists plugins and describes one of them.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/suggest.hpp"
#include "cli/commands.hpp"
#include "cli/description.hpp"
#include "cli/options.hpp"
#include "host/registry.hpp"
#include "results/render.hpp"
#include "subject/experiment_schema.hpp"

namespace hourglass::cli {
namespace {

namespace po = boost::program_options;

constexpr const char* kList = "hourglass plugins list [--verbose] [--format FORMAT] [--plugin-path DIR ...]";
constexpr const char* kDescribe =
    "hourglass plugins describe KIND/NAME|TABLE [--format table|json] [--plugin-path DIR ...]";

void add_options(Usage& usage, const char* formats) {
  usage.options.add_options()("format", po::value<std::string>()->default_value("table")->value_name("FORMAT"),
                              formats)("plugin-path", po::value<std::vector<std::string>>()->value_name("DIR"),
                                       "also search this folder for plugins, before the others; may be repeated");
}

host::Registry registry_of(const po::variables_map& options) {
  std::vector<std::filesystem::path> extra;
  if (options.contains("plugin-path")) {
    for (const auto& folder : options["plugin-path"].as<std::vector<std::string>>()) extra.emplace_back(folder);
  }
  return host::Registry(host::Registry::search_path(extra));
}

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
  usage.options.add_options()("verbose,v", "also show the library of each plugin");
  add_options(usage, "table, csv, md or json");
  const auto options = parse(usage, arguments);
  if (!options) return 0;

  const auto format = results::format_of((*options)["format"].as<std::string>());
  const bool verbose = options->contains("verbose");
  const auto registry = registry_of(*options);
  results::Table table;
  for (const char* title : {"kind", "name", "summary", verbose ? "library" : "from"})
    table.columns.push_back({.title = title, .key = title, .right = false});
  for (const auto& plugin : registry.plugins()) {
    table.rows.push_back({plugin.info->kind, plugin.info->name, plugin.info->summary,
                          verbose ? plugin.library.string() : origin_of(plugin)});
  }
  fmt::print("{}", results::render(table, format));
  for (const auto& problem : registry.problems()) fmt::print(stderr, "warning: {}\n", problem.message);
  return 0;
}

int describe(const Arguments& arguments) {
  Usage usage;
  usage.synopsis = kDescribe;
  usage.summary =
      "Describes a plugin (such as noise/gaussian), a table of experiment files (such as train), or an alternative\n"
      "for a table (such as train.optimizer/adam): its keys with type, default and allowed values, and an example.";
  add_options(usage, "table or json");
  usage.hidden.add_options()("plugin", po::value<std::string>());
  usage.positional.add("plugin", 1);
  const auto options = parse(usage, arguments);
  if (!options) return 0;

  const auto format = (*options)["format"].as<std::string>();
  if (format != "table" && format != "json") {
    const std::vector<std::string> formats = {"table", "json"};
    throw base::UserError(fmt::format("option '--format' expects one of table, json, but got '{}'{}", format,
                                      base::did_you_mean(format, formats)));
  }
  if (!options->contains("plugin")) {
    throw base::UserError(
        "no plugin was given; give one as KIND/NAME, as printed by `hourglass plugins list`, "
        "or a table of experiment files, such as train");
  }
  const auto registry = registry_of(*options);
  const auto schema = subject::schema(registry);
  const auto description = description_of((*options)["plugin"].as<std::string>(), schema, registry);
  fmt::print("{}", format == "json" ? as_json(description) : as_text(description));
  return 0;
}

}  // namespace

int plugins(const Arguments& arguments) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h") {
    fmt::print("usage: {}\n       {}\n\nLists plugins, or describes one of them or a table of experiment files.\n",
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
