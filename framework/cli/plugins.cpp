// `hourglass plugins`: which plugins there are, and what one of them can be told.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "host/error.hpp"
#include "host/registry.hpp"
#include "host/schema_lookup.hpp"
#include "host/suggest.hpp"
#include "host/value_text.hpp"
#include "results/table.hpp"
#include "train/schema.hpp"

namespace hourglass::cli {
namespace {

namespace po = boost::program_options;
using Json = nlohmann::ordered_json;

constexpr const char* kList = "hourglass plugins list [--verbose] [--format FORMAT] [--plugin-path DIR ...]";
constexpr const char* kDescribe = "hourglass plugins describe KIND/NAME [--format table|json] [--plugin-path DIR ...]";

void add_options(Usage& usage, const char* formats) {
  usage.options.add_options()("format", po::value<std::string>()->default_value("table")->value_name("FORMAT"),
                              formats)("plugin-path", po::value<std::vector<std::string>>()->value_name("DIR"),
                                       "search this folder for plugins too, before the others; may be repeated");
}

host::Registry registry_of(const po::variables_map& options) {
  std::vector<std::filesystem::path> extra;
  if (options.contains("plugin-path")) {
    for (const auto& folder : options["plugin-path"].as<std::vector<std::string>>()) extra.emplace_back(folder);
  }
  return host::Registry(host::Registry::search_path(extra));
}

int list(const Arguments& arguments) {
  Usage usage;
  usage.synopsis = kList;
  usage.summary = "Lists the plugins that were found; libraries that could not be used are named on standard error.";
  usage.options.add_options()("verbose,v", "also the library of each plugin");
  add_options(usage, "table, csv, md or json");
  const auto options = parse(usage, arguments);
  if (!options) return 0;

  const auto format = results::format_of((*options)["format"].as<std::string>());
  const bool verbose = options->contains("verbose");
  const auto registry = registry_of(*options);
  results::Table table;
  for (const char* title : {"kind", "name", "summary", "library"}) {
    if (verbose || std::string_view(title) != "library")
      table.columns.push_back({.title = title, .key = title, .right = false});
  }
  for (const auto& plugin : registry.plugins()) {
    table.rows.push_back({plugin.info->kind, plugin.info->name, plugin.info->summary});
    if (verbose) table.rows.back().emplace_back(plugin.library.string());
  }
  fmt::print("{}", results::render(table, format));
  for (const auto& problem : registry.problems()) fmt::print(stderr, "warning: {}\n", problem.message);
  return 0;
}

/// Finds a plugin by KIND/NAME, or by NAME where only one kind has it.
const host::Plugin& find(const host::Registry& registry, const std::string& wanted) {
  std::vector<std::string> full, names, same;
  const host::Plugin* found = nullptr;
  for (const auto& plugin : registry.plugins()) {
    full.push_back(plugin.info->kind + "/" + plugin.info->name);
    names.push_back(plugin.info->name);
    if (full.back() != wanted && names.back() != wanted) continue;
    found = &plugin;
    same.push_back(full.back());
  }
  if (same.size() == 1) return *found;
  if (same.size() > 1) {
    throw host::UserError(
        fmt::format("there are several plugins '{}': say which of {}", wanted, fmt::join(same, ", ")));
  }
  const auto slash = wanted.find('/');
  if (slash != std::string::npos) {
    const auto* problem = registry.problem(wanted.substr(0, slash), wanted.substr(slash + 1));
    if (problem) throw host::UserError(fmt::format("plugin '{}' did not load: {}", wanted, problem->message));
  }
  std::string near = host::nearest(wanted, full);
  if (near.empty() && slash == std::string::npos) {
    const std::string name = host::nearest(wanted, names);
    if (!name.empty()) near = full[static_cast<std::size_t>(std::ranges::find(names, name) - names.begin())];
  }
  throw host::UserError(fmt::format(
      "there is no plugin '{}'{}", wanted,
      near.empty() ? "; `hourglass plugins list` lists them all" : fmt::format("; did you mean '{}'?", near)));
}

/// What an experiment file may say about a plugin: its own parameters and those that all of its kind have.
struct Description {
  const host::Plugin& plugin;
  std::vector<ParamSpec> params;
  std::string example;
};

Description description_of(const host::Plugin& plugin, const host::Schema& schema) {
  const auto* table = host::find_table(schema, plugin.info->kind);
  if (!table)
    throw host::UserError(fmt::format("experiment files have no table for plugins of kind '{}'", plugin.info->kind));
  Description description{plugin, table->common, {}};
  description.params.insert(description.params.end(), plugin.info->params.begin(), plugin.info->params.end());
  description.example = fmt::format("{}\n{} = {}\n", host::header(*table), table->selector,
                                    host::to_toml(std::string_view(plugin.info->name)));
  for (const auto& spec : description.params) {
    description.example += fmt::format("{} = {}\n", spec.name, host::to_toml(spec.default_value));
  }
  return description;
}

std::string as_text(const Description& description) {
  const auto& [plugin, params, example] = description;
  std::string text = fmt::format("{}/{}: {}\nlibrary: {}\n\n", plugin.info->kind, plugin.info->name,
                                 plugin.info->summary, plugin.library.string());
  std::size_t width = 0;
  for (const auto& spec : params) width = std::max(width, spec.name.size());
  text += params.empty() ? "It has no parameters.\n" : "parameters:\n";
  for (const auto& spec : params) {
    text += fmt::format("  {:<{}}  {}, default {}; allowed: {}\n  {:<{}}  {}\n", spec.name, width,
                        host::type_text(spec.default_value), host::to_toml(spec.default_value),
                        host::allowed_text(spec), "", width, spec.doc);
  }
  return text + "\nin an experiment file:\n\n" + example;
}

std::string as_json(const Description& description) {
  const auto& [plugin, params, example] = description;
  Json json = {{"kind", plugin.info->kind},          {"name", plugin.info->name},   {"summary", plugin.info->summary},
               {"library", plugin.library.string()}, {"parameters", Json::array()}, {"example", example}};
  for (const auto& spec : params) {
    Json row = {{"name", spec.name}, {"type", host::type_text(spec.default_value)}};
    std::visit([&](const auto& value) { row["default"] = value; }, spec.default_value);
    if (std::isfinite(spec.range.min)) row["min"] = spec.range.min;
    if (std::isfinite(spec.range.max)) row["max"] = spec.range.max;
    if (!spec.choices.empty()) row["choices"] = spec.choices;
    row["doc"] = spec.doc;
    json["parameters"].push_back(std::move(row));
  }
  return json.dump(2) + "\n";
}

int describe(const Arguments& arguments) {
  Usage usage;
  usage.synopsis = kDescribe;
  usage.summary =
      "Describes a plugin: its parameters with type, default and allowed values, and how to write it in a file.";
  add_options(usage, "table or json");
  usage.hidden.add_options()("plugin", po::value<std::string>());
  usage.positional.add("plugin", 1);
  const auto options = parse(usage, arguments);
  if (!options) return 0;

  const auto format = (*options)["format"].as<std::string>();
  if (format != "table" && format != "json") {
    const std::vector<std::string> formats = {"table", "json"};
    throw host::UserError(fmt::format("option '--format': got '{}', allowed are table, json{}", format,
                                      host::did_you_mean(format, formats)));
  }
  if (!options->contains("plugin")) {
    throw host::UserError("no plugin was given; name one as KIND/NAME, as `hourglass plugins list` prints them");
  }
  const auto registry = registry_of(*options);
  const auto schema = train::schema(registry);
  const auto description = description_of(find(registry, (*options)["plugin"].as<std::string>()), schema);
  fmt::print("{}", format == "json" ? as_json(description) : as_text(description));
  return 0;
}

}  // namespace

int plugins(const Arguments& arguments) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h") {
    fmt::print("usage: {}\n       {}\n\nLists plugins, or describes one of them.\n", kList, kDescribe);
    return arguments.empty() ? 2 : 0;
  }
  const Arguments rest(arguments.begin() + 1, arguments.end());
  if (arguments[0] == "list") return list(rest);
  if (arguments[0] == "describe") return describe(rest);
  const std::vector<std::string> actions = {"list", "describe"};
  throw host::UserError(fmt::format("there is no command 'plugins {}'; there are {}{}", arguments[0],
                                    fmt::join(actions, ", "), host::did_you_mean(arguments[0], actions)));
}

}  // namespace hourglass::cli
