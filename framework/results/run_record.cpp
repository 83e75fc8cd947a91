// One run as tables need it, read from its folder.
#include "results/run_record.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

#include "base/error.hpp"
#include "base/files.hpp"
#include "results/number.hpp"
#include "results/run_lock.hpp"

namespace hourglass::results {
namespace {

// A value as it is written in an experiment file, but text without its quotes unless it stands in a list.
std::string text_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return "\"" + text->get() + "\"";
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  if (const auto* whole = node.as_integer()) return std::to_string(whole->get());
  if (const auto* number = node.as_floating_point()) return number_text(number->get());
  std::string text;
  if (const auto* array = node.as_array()) {
    for (const auto& element : *array) text += (text.empty() ? "" : ", ") + text_of(element);
    return "[" + text + "]";
  }
  std::ostringstream rest;
  node.visit([&](const auto& value) { rest << value; });
  return rest.str();
}

Field cell_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* whole = node.as_integer()) return whole->get();
  if (const auto* number = node.as_floating_point()) return number->get();
  return text_of(node);
}

bool has_tables(const toml::array& array) {
  return std::any_of(array.begin(), array.end(), [](const toml::node& node) { return node.is_table(); });
}

// toml++ keeps tables sorted by key; the file's order is told by the places of the values.
struct Placed {
  Entry entry;
  toml::source_position place;
};

void flatten(const toml::node& node, const std::string& path, std::vector<Placed>& out) {
  const auto inner = [&](const auto& name) {
    return path.empty() ? fmt::format("{}", name) : fmt::format("{}.{}", path, name);
  };
  if (const auto* table = node.as_table()) {
    for (const auto& [key, value] : *table) flatten(value, inner(std::string(key.str())), out);
  } else if (const auto* array = node.as_array(); array && has_tables(*array)) {
    for (std::size_t i = 0; i < array->size(); ++i) flatten((*array)[i], inner(i), out);
  } else {
    out.push_back({{path, cell_of(node)}, node.source().begin});
  }
}

toml::table parsed(const std::filesystem::path& file, const std::string& text, const std::string& fix) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    const auto place = error.source().begin;
    throw base::UserError(
        fmt::format("{}:{}:{}: {}; {}", file.string(), place.line, place.column, error.description(), fix));
  }
}

void read_experiment(RunRecord& run) {
  const auto file = run.folder.path() / "experiment.toml";
  const auto text = base::read_file(file);
  if (text.starts_with("#")) {
    const auto line = text.substr(1, text.find('\n') - 1);
    run.question = line.substr(std::min(line.find_first_not_of(' '), line.size()));
  }
  const auto table =
      parsed(file, text, "the file was changed after it was written: delete the run folder and run its cell again");
  std::vector<Placed> placed;
  flatten(table, "", placed);
  std::stable_sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) { return a.place < b.place; });
  for (auto& [entry, place] : placed) {
    if (entry.key == "seed") {
      if (const auto* seed = std::get_if<std::int64_t>(&entry.value)) run.seed = *seed;
    } else if (entry.key != "seeds" && entry.key != "name") {  // `name` is the experiment
      run.settings.push_back(std::move(entry));
    }
  }
}

}  // namespace

RunRecord read_run(const RunFolder& folder) {
  RunRecord run{folder, folder.experiment(), folder.cell(), "damaged", "", {}, {}, "", {}, {}};
  try {
    read_experiment(run);
    run.status = folder.read_status();
    // A process that was killed could not say that it stopped; its lock tells.
    if (run.status && run.status->state == State::running && !RunLock::held(folder.path())) {
      run.status->state = State::interrupted;
    }
    const auto result = folder.read_result();
    if (result) run.metrics = result->metrics;
    if (!run.status) {
      run.reason = "there is no status.json";
    } else if (run.status->state == State::finished && !result) {
      run.reason = "it is finished, but there is no result.json";
    } else {
      run.state = to_string(run.status->state);
      run.reason = run.status->reason;
    }
  } catch (const base::UserError& error) {
    run.reason = error.what();
  }
  return run;
}

std::string experiment_name(const std::filesystem::path& file) {
  const auto table = parsed(file, base::read_file(file), "correct the file, or name its experiment instead");
  return table["name"].value_or(file.stem().string());
}

bool same(const Field& a, const Field& b) {
  if (a.index() != b.index()) return false;
  if (const auto* text = std::get_if<std::string>(&a)) return *text == std::get<std::string>(b);
  if (const auto* whole = std::get_if<std::int64_t>(&a)) return *whole == std::get<std::int64_t>(b);
  if (const auto* number = std::get_if<double>(&a)) return number_text(*number) == number_text(std::get<double>(b));
  if (const auto* spread = std::get_if<Spread>(&a)) {
    const auto& other = std::get<Spread>(b);
    return spread->mean == other.mean && spread->deviation == other.deviation && spread->count == other.count;
  }
  return true;
}

}  // namespace hourglass::results
