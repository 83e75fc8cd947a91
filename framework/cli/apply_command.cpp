// `hourglass apply`: uses the model of a run on the user's own images.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <map>
#include <memory>

#include "apply/actions.hpp"
#include "apply/scores.hpp"
#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "base/streams.hpp"
#include "base/suggest.hpp"
#include "cli/commands.hpp"
#include "cli/experiment_options.hpp"
#include "cli/results_view.hpp"
#include "evaluate/stop.hpp"
#include "results/csv.hpp"

namespace hourglass::cli {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kActions = {"reconstruct", "denoise", "encode", "score", "classify", "sample"};

/// The actions that an option is for; options that are not listed are for all.
const std::map<std::string, std::vector<std::string>>& actions_of_options() {
  static const std::vector<std::string> reading = {"reconstruct", "denoise", "encode", "score", "classify"};
  static const std::map<std::string, std::vector<std::string>> all = {
      {"input", reading},
      {"resize", reading},
      {"grey", reading},
      {"background", reading},
      {"invert", reading},
      {"range", reading},
      {"output", {"reconstruct", "denoise", "encode", "sample"}},
      {"force", {"reconstruct", "denoise", "encode", "sample"}},
      {"class", {"reconstruct", "denoise", "encode", "score", "sample"}},
      {"count", {"sample"}},
      {"seed", {"sample"}}};
  return all;
}

Usage apply_usage() {
  Usage usage{
      "hourglass apply RUN ACTION [--input FILE|DIR] [--output DIR|FILE] [options]",
      "Uses the trained model of a run on images of your own. RUN is as for `hourglass evaluate`, and selects one run. "
      "The input is a PNG or "
      "JPEG picture, a folder of them, a .npy array or an IDX file.\n"
      "ACTION is\n"
      "reconstruct: write what the model makes of each image, to the folder --output\n"
      "denoise: the same with a model that was trained to remove noise\n"
      "encode: write the codes to --output, a .npy, .npz or .csv file\n"
      "score: print how unusual each image is, compared with the run's test images\n"
      "classify: print the class of each image, by a classifier on the codes of the run's training images\n"
      "sample: write images that the model generates, to the folder --output"};
  usage.text("input", "FILE|DIR", "the images");
  usage.text("output", "DIR|FILE", "where to write; must not exist");
  usage.flag("force", "replace files of the same names in --output");
  usage.text("resize", "WAY", "bring pictures to the model's size: crop (cut the longer side) or stretch");
  usage.flag("grey", "convert coloured pictures to grey");
  usage.text("background", "COLOUR", "what is seen through transparent pixels: black or white", "black");
  usage.flag("invert", "exchange dark and bright before the model sees an image, and back in what is written");
  usage.text("range", "MIN,MAX",
             "the values of an array that are the lowest and highest of the run's dataset; default: 0,255 for bytes, "
             "else those of the dataset");
  usage.text("class", "NAME", "the class of the images, for models that read labels");
  usage.integer("count", "N", "sample: number of images, of each class if the model reads labels", 16);
  usage.integer("seed", "N", "sample: other seeds give other images", 1);
  add_results_option(usage);
  add_format_option(usage);
  add_plugin_path_option(usage);
  usage.argument("run");
  usage.argument("action");
  return usage;
}

/// Returns the action. Throws UserError if it is missing or unknown, or if an option is not for it.
std::string action_of(const Options& options) {
  const auto& action = options.text("action");
  if (!options.given("run") || action.empty()) {
    throw base::UserError(fmt::format("{}; write hourglass apply RUN ACTION, where ACTION is one of {}",
                                      options.given("run") ? "no action was given" : "no run was given",
                                      fmt::join(kActions, ", ")));
  }
  if (std::ranges::find(kActions, action) == kActions.end()) {
    throw base::UserError(fmt::format("unknown action '{}': expected one of {}{}", action, fmt::join(kActions, ", "),
                                      base::did_you_mean(action, kActions)));
  }
  for (const auto& [option, actions] : actions_of_options()) {
    if (!options.given(option) || std::ranges::find(actions, action) != actions.end()) continue;
    throw base::UserError(fmt::format("--{} has no effect with '{}': it is for {}; leave it out", option, action,
                                      fmt::join(actions, ", ")));
  }
  for (const auto* needed : {"input", "output"}) {
    const auto& actions = actions_of_options().at(needed);
    if (std::ranges::find(actions, action) == actions.end() || !options.text(needed).empty()) continue;
    throw base::UserError(fmt::format("'{}' needs --{}; give {}", action, needed,
                                      std::string_view(needed) == "input"
                                          ? "a picture, a folder of pictures or an array"
                                      : action == "encode" ? "a .npy, .npz or .csv file"
                                                           : "a folder"));
  }
  return action;
}

/// Reads MIN,MAX.
ValueRange range_of(const std::string& text) {
  const auto comma = text.find(',');
  std::array<double, 2> ends{};
  bool good = comma != std::string::npos;
  if (good) {
    const std::array<std::string, 2> words = {text.substr(0, comma), text.substr(comma + 1)};
    for (std::size_t i = 0; i < 2; ++i) {
      const auto* end = words[i].data() + words[i].size();
      const auto read = std::from_chars(words[i].data(), end, ends[i]);
      good = good && read.ec == std::errc() && read.ptr == end && std::isfinite(ends[i]);
    }
  }
  if (!good || ends[0] >= ends[1])
    throw base::UserError(
        fmt::format("--range {}: expected a lower and a higher number with a comma between them, such as 0,255", text));
  return {ends[0], ends[1]};
}

apply::Reading reading_of(const Options& options) {
  apply::Reading reading;
  if (options.given("resize")) {
    reading.resize = options.choice("resize", {"crop", "stretch"}) == "crop" ? apply::Reading::Resize::crop
                                                                             : apply::Reading::Resize::stretch;
  }
  reading.grey = options.given("grey");
  reading.white = options.choice("background", {"black", "white"}) == "white";
  reading.invert = options.given("invert");
  if (options.given("range")) reading.range = range_of(options.text("range"));
  return reading;
}

/// Returns the only run that the user selects. Throws UserError if there are several, or none.
results::RunRecord selected_run(const Options& options) {
  auto runs = select_runs(results_folder(options), {options.text("run")}).runs;
  if (runs.empty()) {
    suggest_run(options, {options.text("run")});
    throw base::UserError(fmt::format("{}: there is no such run", options.text("run")));
  }
  std::vector<std::string> ids;
  for (const auto& run : runs) {
    if (std::ranges::find(ids, run.id()) == ids.end()) ids.push_back(run.id());
  }
  if (ids.size() > 1) {
    constexpr std::size_t kListed = 5;
    const auto all = ids.size();
    ids.resize(std::min(all, kListed));
    throw base::UserError(
        fmt::format("{}: this selects {} runs; give the id of one, as printed by `hourglass runs list`: "
                    "{}{}",
                    options.text("run"), all, fmt::join(ids, ", "), all > kListed ? ", ..." : ""));
  }
  mark_stale(runs, options);
  for (const auto& plugin : runs.front().stale)
    base::say("note: the plugin {} has changed since the run was trained\n", plugin);
  return std::move(runs.front());
}

/// Does what the user asks for and returns the table to print.
results::Table applied(const std::string& action, const Options& options, apply::Restored& restored) {
  const auto given = apply::class_of(restored, options.text("class"));
  std::unique_ptr<apply::Input> input;
  if (action != "sample") {
    input = std::make_unique<apply::Input>(options.text("input"), reading_of(options), restored.subject.data,
                                           restored.stop);
  }
  if (action == "score") return apply::score(restored, *input, given);
  if (action == "classify") {
    std::string description;
    auto table = apply::classify(restored, *input, description);
    base::say("{}\n", description);
    return table;
  }
  const fs::path output = options.text("output");
  if (action == "encode") {
    apply::check_codes_file(output, options.given("force"));
    const auto width = restored.model.code_size();
    apply::write_codes(output, input->names(), width, apply::encode(restored, *input, given));
    return {{{"file", "file", 5, false}, {"images", "images"}, {"code size", "code_size"}},
            {{output.string(), input->rows(), width}}};
  }
  std::error_code error;
  if (input && fs::equivalent(output, options.text("input"), error))
    throw base::UserError(fmt::format("--output {}: this is the input; give another folder", output.string()));
  if (action == "denoise") apply::check_denoises(restored);
  apply::OutputFolder folder(output, options.given("force"));
  auto table = action == "sample"
                   ? apply::sample(restored, given, options.integer("count", 1, 1'000'000),
                                   options.integer("seed", 0, std::numeric_limits<std::int32_t>::max()), folder)
                   : apply::reconstruct(restored, *input, given, folder);
  folder.finish();
  return table;
}

}  // namespace

int apply(const Arguments& arguments) {
  const auto options = parse(apply_usage(), arguments);
  if (!options) return 0;
  const auto action = action_of(*options);
  const auto& stop = base::stop_requested();
  const auto format = table_format(*options);
  reading_of(*options);  // reports mistakes before the model is restored
  const auto plugins = load_plugins(options->texts("plugin-path"));
  const auto record = selected_run(*options);
  try {
    apply::Restored restored(record, plugins->schema, plugins->registry, stop);
    base::print("{}", results::render(applied(action, *options, restored), format));
  } catch (const evaluate::Stopped&) {
    base::work_has_stopped();
    return base::interrupted_code();
  }
  return 0;
}

}  // namespace hourglass::cli
