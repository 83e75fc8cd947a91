// `hourglass data`: lists datasets, describes one, and downloads those that are published.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/download.hpp"
#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "base/json.hpp"
#include "base/streams.hpp"
#include "base/suggest.hpp"
#include "cli/commands.hpp"
#include "cli/experiment_options.hpp"
#include "cli/fetch_progress.hpp"
#include "experiment/check_values.hpp"
#include "experiment/problems.hpp"
#include "experiment/toml_source.hpp"
#include "host/create_plugin.hpp"
#include "host/data_access.hpp"
#include "host/registry.hpp"
#include "results/render.hpp"
#include "subject/dataset_facts.hpp"

namespace hourglass::cli {
namespace {

namespace fs = std::filesystem;
using base::Json;

constexpr const char* kList = "hourglass data list [--format FORMAT] [--data-dir DIR]";
constexpr const char* kInfo = "hourglass data info NAME [key=value ...] [--format table|json] [--data-dir DIR]";
constexpr const char* kFetch = "hourglass data fetch NAME [--data-dir DIR]";

void add_options(Usage& usage) {
  usage.text("data-dir", "DIR", "the data directory; default: HOURGLASS_DATA_DIR, else ~/.local/share/hourglass");
  usage.texts("plugin-path", "DIR", "search this folder for plugins first; may be repeated");
}

fs::path directory_of(const Options& options) {
  return options.given("data-dir") ? fs::absolute(options.text("data-dir")) : host::HostData::data_directory();
}

const PluginInfo& find(const host::Registry& registry, const std::string& name) {
  if (const auto* plugin = registry.find(Dataset::kKind, name)) return *plugin->info;
  if (const auto* problem = registry.problem(Dataset::kKind, name)) {
    throw base::UserError(fmt::format("dataset '{}' did not load: {}", name, problem->message));
  }
  const auto names = registry.names(Dataset::kKind);
  throw base::UserError(fmt::format("unknown dataset '{}': expected one of {}{}", name, fmt::join(names, ", "),
                                    base::did_you_mean(name, names)));
}

/// Returns a plugin's default values, overridden by `key=value`. Throws UserError with all problems.
std::vector<Value> values_of(const PluginInfo& info, const std::vector<std::string>& changes) {
  std::vector<Value> values;
  std::vector<std::string> names;
  for (const auto& spec : info.params) {
    values.push_back(spec.default_value);
    names.push_back(spec.name);
  }
  experiment::Problems problems("");
  for (const auto& change : changes) {
    const experiment::Origin origin{experiment::Origin::Kind::override, change, 0, 0};
    const auto equals = change.find('=');
    const auto name = change.substr(0, equals);
    const auto at = static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
    if (equals == std::string::npos) {
      problems.add(origin, "", "expected key=value, such as train_size=1000");
    } else if (at == names.size()) {
      problems.add(origin, "",
                   fmt::format("unknown parameter '{}': dataset '{}' has {}{}", name, info.name,
                               names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")),
                               base::did_you_mean(name, names)));
    } else if (auto value =
                   experiment::checked(experiment::read_toml_value(change.substr(equals + 1), origin, &problems),
                                       info.params[at], {name, "", ""}, problems)) {
      values[at] = std::move(*value);
    }
  }
  problems.throw_if_any();
  return values;
}

int list(const Arguments& arguments) {
  Usage usage;
  usage.synopsis = kList;
  usage.summary = "Lists the datasets with the locations of their files, and reports what is missing.";
  usage.text("format", "FORMAT", "table, csv, md or json", "table");
  add_options(usage);
  const auto options = parse(usage, arguments);
  if (!options) return 0;

  const auto format = results::format_of(options->text("format"));
  const auto registry = registry_of(*options);
  results::Table table;
  table.columns = {{.title = "dataset", .key = "dataset", .right = false},
                   {.title = "state", .key = "state", .right = false},
                   {.title = "train", .key = "train"},
                   {.title = "test", .key = "test"},
                   {.title = "image", .key = "image", .right = false},
                   {.title = "classes", .key = "classes"},
                   {.title = "MB", .key = "megabytes", .digits = 3},
                   {.title = "where", .key = "where", .right = false}};
  for (const auto& name : registry.names(Dataset::kKind)) {
    const auto& info = find(registry, name);
    try {
      const subject::OpenDataset opened(info, values_of(info, {}), directory_of(*options));
      const bool files = !opened.files().empty();
      const auto* test = opened.test();
      table.rows.push_back({name, "present", opened.train().size(),
                            test ? results::Field(test->size()) : results::Field(),
                            subject::shape_text(opened.train().shape()), opened.classes().size(),
                            files ? results::Field(static_cast<double>(opened.bytes()) / 1e6) : results::Field(),
                            files ? opened.folder() : "generated by the plugin"});
    } catch (const base::UserError& error) {
      const bool fetchable = !host::create<Dataset>(info, values_of(info, {}))->downloads().empty();
      table.rows.push_back({name, fetchable ? "missing" : "not set up", {}, {}, {}, {}, {}, {}});
      if (fetchable) base::say("{}\n", error.what());
    }
  }
  base::print("{}", results::render(table, format));
  return 0;
}

std::string info_text(const subject::Facts& facts) {
  const auto values = facts.range.bounded() ? fmt::format("in [{:g}, {:g}]", facts.range.min, facts.range.max)
                                            : std::string("of any size");
  std::string text =
      fmt::format("{}: {}\n\nimage         {}, values {}\nclasses       {}\ncontent hash  {}\n", facts.name,
                  facts.summary, subject::shape_text(facts.shape), values, facts.classes.size(), facts.content_hash);
  for (const auto& file : facts.files) {
    text += fmt::format("file          {} ({:.1f} MB)\n", file.path.string(), static_cast<double>(file.size) / 1e6);
  }
  results::Table splits;
  splits.columns = {{.title = "split", .key = "split", .right = false},
                    {.title = "images", .key = "images"},
                    {.title = "least", .key = "min"},
                    {.title = "mean", .key = "mean"},
                    {.title = "greatest", .key = "max"}};
  for (const auto& split : facts.splits) {
    splits.rows.push_back({split.name, split.size, split.min, split.mean, split.max});
  }
  text += "\n" + results::render(splits, results::Format::table);
  if (facts.classes.size() == 0) return text;
  results::Table classes;
  classes.columns = {{.title = "label", .key = "label"}, {.title = "class", .key = "class", .right = false}};
  for (const auto& split : facts.splits) classes.columns.push_back({.title = split.name, .key = split.name});
  for (std::size_t i = 0; i < facts.classes.names().size(); ++i) {
    classes.rows.push_back({std::int64_t{facts.classes.labels()[i]}, facts.classes.names()[i]});
    for (const auto& split : facts.splits) classes.rows.back().emplace_back(split.class_counts[i]);
  }
  return text + "\n" + results::render(classes, results::Format::table);
}

std::string info_json(const subject::Facts& facts) {
  Json json = {{"dataset", facts.name},
               {"image", std::vector{facts.shape.channels, facts.shape.height, facts.shape.width}},
               {"classes", facts.classes.names()},
               {"content_hash", facts.content_hash},
               {"files", Json::array()},
               {"splits", Json::object()}};
  for (const auto& file : facts.files)
    json["files"].push_back(Json{{"path", file.path.string()}, {"bytes", file.size}});
  for (const auto& split : facts.splits) {
    json["splits"][split.name] = Json{{"images", split.size},
                                      {"min", split.min},
                                      {"mean", split.mean},
                                      {"max", split.max},
                                      {"class_counts", split.class_counts}};
  }
  return json.dump(2) + "\n";
}

int info(const Arguments& arguments) {
  Usage usage;
  usage.synopsis = kInfo;
  usage.summary = fmt::format(
      "Opens a dataset, with parameters overridden by key=value, and describes it. Pixel statistics cover the first {} "
      "images of each split.",
      subject::kLookedAt);
  usage.text("format", "FORMAT", "table or json", "table");
  add_options(usage);
  usage.argument("name");
  usage.arguments("change");
  const auto options = parse(usage, arguments);
  if (!options) return 0;

  const auto& format = options->choice("format", {"table", "json"});
  if (!options->given("name")) throw base::UserError("no dataset given; `hourglass data list` lists all datasets");
  const auto registry = registry_of(*options);
  const auto& plugin = find(registry, options->text("name"));
  const subject::OpenDataset opened(plugin, values_of(plugin, options->texts("change")), directory_of(*options));
  const auto facts = opened.facts();
  base::print("{}", format == "json" ? info_json(facts) : info_text(facts));
  return 0;
}

/// Returns the folder of a dataset that opens from files other than `downloads`, such as a system package's, or "".
std::string other_folder(const PluginInfo& plugin, const std::vector<Download>& downloads, const fs::path& directory) {
  try {
    const subject::OpenDataset opened(plugin, values_of(plugin, {}), directory);
    for (const auto& file : opened.files()) {
      const auto is_same = [&](const Download& download) {
        return fs::weakly_canonical(directory / download.file) == file.path;
      };
      if (std::ranges::any_of(downloads, is_same)) return "";
    }
    return opened.folder();
  } catch (const base::UserError&) {
    return "";
  }
}

int fetch(const Arguments& arguments) {
  Usage usage;
  usage.synopsis = kFetch;
  usage.summary = "Downloads the files of a dataset, checks them, and puts them into the data directory.";
  add_options(usage);
  usage.argument("name");
  const auto options = parse(usage, arguments);
  if (!options) return 0;

  if (!options->given("name")) throw base::UserError("no dataset given; `hourglass data list` lists all datasets");
  const auto registry = registry_of(*options);
  const auto& name = options->text("name");
  const auto& plugin = find(registry, name);
  const auto directory = directory_of(*options);
  const auto downloads = host::create<Dataset>(plugin, values_of(plugin, {}))->downloads();
  if (downloads.empty()) {
    base::print("{} has nothing to fetch\n", name);
    return 0;
  }
  try {
    const auto missing = host::missing_files(downloads, directory);
    if (missing.empty()) {
      base::print("{} is already present: {} files in {}, checksums correct\n", name, downloads.size(),
                  directory.string());
      return 0;
    }
    if (const auto folder = other_folder(plugin, downloads, directory); !folder.empty()) {
      base::print("{} is already present in {}\n", name, folder);
      return 0;
    }
    for (const auto& download : missing) {
      const auto file = directory / download.file;
      if (fs::exists(file)) base::say("{} is not the published file and will be replaced\n", file.string());
    }
    FetchProgress progress;
    host::fetch_files(missing, directory, progress);
    base::print("{}: {} files fetched into {}\n", name, missing.size(), directory.string());
    return 0;
  } catch (const base::Interrupted&) {
    base::say("interrupted; run the same command again to continue\n");
    return base::interrupted_code();
  }
}

}  // namespace

int data(const Arguments& arguments) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h") {
    base::print("usage: {}\n       {}\n       {}\n\nLists datasets, describes one, or downloads its files.\n", kList,
                kInfo, kFetch);
    return arguments.empty() ? 2 : 0;
  }
  const Arguments rest(arguments.begin() + 1, arguments.end());
  if (arguments[0] == "list") return list(rest);
  if (arguments[0] == "info") return info(rest);
  if (arguments[0] == "fetch") return fetch(rest);
  const std::vector<std::string> actions = {"list", "info", "fetch"};
  throw base::UserError(fmt::format("unknown command 'data {}': expected one of {}{}", arguments[0],
                                    fmt::join(actions, ", "), base::did_you_mean(arguments[0], actions)));
}

}  // namespace hourglass::cli
