// Reads a run from its folder.
#include "results/run_record.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "base/error.hpp"
#include "base/files.hpp"
#include "results/experiment_lists.hpp"
#include "results/number.hpp"
#include "results/run_lock.hpp"
#include "results/task_failures.hpp"

namespace hourglass::results {
namespace {

constexpr const char* kDamaged = "damaged";
constexpr const char* kRunAgain =
    "the file was changed after it was written; run its experiment again, which makes it again";

// Returns a value as it is written in an experiment file.
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

Field field_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* whole = node.as_integer()) return whole->get();
  if (const auto* number = node.as_floating_point()) return number->get();
  return text_of(node);
}

bool has_tables(const toml::array& array) {
  return std::any_of(array.begin(), array.end(), [](const toml::node& node) { return node.is_table(); });
}

// A setting with its location: toml++ sorts tables by key, locations restore the file's order.
struct Placed {
  Setting entry;
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
    out.push_back({{path, field_of(node)}, node.source().begin});
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

/// Renames the keys of [[task]] tables from `task.0.l2` to `task.NAME.l2`, and removes the names themselves. A task
/// without a name has that of its plugin, numbered from the second on.
void name_tasks(std::vector<Setting>& settings) {
  std::map<std::string, std::string> names;  // by position
  std::map<std::string, int> counts;         // of plugins
  const auto value = [&](const std::string& key) {
    const auto found = std::ranges::find(settings, key, &Setting::key);
    const auto* text = found == settings.end() ? nullptr : std::get_if<std::string>(&found->value);
    return text ? *text : "";
  };
  for (auto& setting : settings) {
    const auto dot = setting.key.rfind('.');
    if (!setting.key.starts_with("task.") || dot < std::string("task.").size()) continue;
    const auto place = setting.key.substr(0, dot);
    auto& name = names[place];
    if (name.empty()) name = value(place + ".name");
    if (name.empty()) {
      name = value(place + ".plugin");
      if (const int count = ++counts[name]; count > 1) name += fmt::format("_{}", count);
    }
  }
  for (const auto& [place, name] : names) {
    std::erase_if(settings, [&](const Setting& setting) { return setting.key == place + ".name"; });
    for (auto& setting : settings) {
      if (setting.key.starts_with(place + ".")) setting.key = "task." + name + setting.key.substr(place.size());
    }
  }
}

void read_experiment(RunRecord& run) {
  const auto file = run.folder.path() / "experiment.toml";
  const auto text = run.folder.read_experiment();
  if (text.starts_with("#")) {
    const auto line = text.substr(1, text.find('\n') - 1);
    run.question = line.substr(std::min(line.find_first_not_of(' '), line.size()));
  }
  const auto table = parsed(file, text, kRunAgain);
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
  name_tasks(run.settings);
}

/// Reads the state of the training; a damaged file makes the state "damaged".
void read_training(RunRecord& run) {
  try {
    run.status = run.folder.read_status();
    if (!run.status) {
      run.state = "not begun";
      return;
    }
    // A process that was killed leaves the state "running", but holds no lock.
    if (run.status->state == State::running && !RunLock::held(run.folder.path())) {
      run.status->state = State::interrupted;
    }
    run.state = to_string(run.status->state);
    run.reason = run.status->reason;
  } catch (const base::UserError& error) {
    run.state = kDamaged;
    run.reason = error.what();
  }
}

std::string unique_name(const RunRecord& run, const std::string& name) {
  auto unique = name;
  const auto taken = [&](const TaskRecord& task) { return task.name == unique; };
  for (int number = 2; std::ranges::any_of(run.tasks, taken); ++number) unique = fmt::format("{}_{}", name, number);
  return unique;
}

/// Reads the result of a task. With `own_name`, for runs that no experiment lists, the name in the result replaces
/// `name`.
void read_task(RunRecord& run, const std::string& name, const std::filesystem::path& folder, bool own_name = false) {
  TaskRecord task{name, TaskRecord::State::missing, "", {}};
  try {
    if (auto result = read_task_result(folder)) {
      if (own_name) task.name = unique_name(run, result->name);
      task.state = result->failed() ? TaskRecord::State::failed : TaskRecord::State::done;
      task.reason = result->reason;
      task.checkpoint = result->checkpoint;
      task.plugins = std::move(result->plugins);
      for (auto& metric : result->metrics) run.metrics.push_back({task.name, std::move(metric)});
    } else if (auto reason = cut_off_reason(folder); !reason.empty() && !RunLock::held(run.folder.path())) {
      task.state = TaskRecord::State::cut_off;
      task.reason = std::move(reason);
    }
  } catch (const base::UserError& error) {
    task.state = TaskRecord::State::damaged;
    task.reason = error.what();
  }
  run.tasks.push_back(std::move(task));
}

/// Sets the reason of a finished run to those of its tasks that are not done.
void judge_tasks(RunRecord& run) {
  if (!run.trained() || !run.reason.empty()) return;
  std::vector<TaskFailure> failures;
  for (const auto& task : run.tasks) {
    if (task.state != TaskRecord::State::done) failures.push_back({task.name, reason_of(task)});
  }
  run.reason = fmt::format("{}", fmt::join(distinct(failures), "; "));
}

std::vector<std::filesystem::path> task_folders(const RunFolder& folder) {
  std::vector<std::filesystem::path> folders;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder.path() / "tasks", error), end; !error && entry != end;
       entry.increment(error)) {
    folders.push_back(entry->path());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

}  // namespace

std::string_view to_string(TaskRecord::State state) {
  switch (state) {
    case TaskRecord::State::done: return "done";
    case TaskRecord::State::failed: return "failed";
    case TaskRecord::State::missing: return "not begun";
    case TaskRecord::State::cut_off: return "cut off";
    default: return kDamaged;
  }
}

std::string reason_of(const TaskRecord& task) {
  return task.state == TaskRecord::State::missing ? fmt::format("task {} has not begun", task.name) : task.reason;
}

bool RunRecord::trained() const { return state == to_string(State::finished); }

bool RunRecord::done() const {
  return trained() && std::all_of(tasks.begin(), tasks.end(),
                                  [](const TaskRecord& task) { return task.state == TaskRecord::State::done; });
}

bool RunRecord::damaged() const {
  return state == kDamaged || std::ranges::find(tasks, TaskRecord::State::damaged, &TaskRecord::state) != tasks.end();
}

std::vector<std::string> RunRecord::changed_plugins() const {
  std::set<std::string> changed(stale.begin(), stale.end());
  for (const auto& task : tasks) changed.insert(task.stale.begin(), task.stale.end());
  return {changed.begin(), changed.end()};
}

RunRecord read_cell(const std::filesystem::path& results, const std::string& experiment, const std::string& question,
                    const ListedCell& cell) {
  RunRecord run{.folder = RunFolder(run_path(results, cell.run)),
                .experiment = experiment,
                .label = cell.label,
                .state = {},
                .reason = {},
                .status = {},
                .seed = cell.seed,
                .question = question,
                .settings = cell.settings,
                .tasks = {},
                .metrics = {}};
  run.paths = cell.paths;
  run.earlier = cell.earlier;
  read_training(run);
  if (!run.trained()) return run;
  for (const auto& task : cell.tasks) {
    read_task(run, task.name, run.folder.task(task.folder));
    run.tasks.back().keys = task.keys;
    run.tasks.back().folder = task.folder;
  }
  judge_tasks(run);
  return run;
}

std::string experiment_damage(const RunFolder& folder) {
  const auto file = folder.path() / "experiment.toml";
  try {
    if (!parsed(file, folder.read_experiment(), kRunAgain).empty()) return "";
    return fmt::format("{}: the file is empty; {}", file.string(), kRunAgain);
  } catch (const base::UserError& error) {
    return error.what();
  }
}

RunRecord read_run(const RunFolder& folder) {
  RunRecord run{.folder = folder,
                .experiment = {},
                .label = {},
                .state = {},
                .reason = {},
                .status = {},
                .seed = {},
                .question = {},
                .settings = {},
                .tasks = {},
                .metrics = {}};
  try {
    read_experiment(run);
  } catch (const base::UserError& error) {
    run.state = kDamaged;
    run.reason = error.what();
    return run;
  }
  read_training(run);
  for (const auto& task : task_folders(folder)) {
    const auto name = task.filename().string();
    read_task(run, name.substr(0, name.rfind('-')), task, true);
  }
  judge_tasks(run);
  return run;
}

std::vector<RunRecord> read_all(const std::filesystem::path& results, std::vector<std::string>& problems) {
  std::vector<RunRecord> runs;
  std::set<std::string> listed;
  const auto lists = all_lists(results);
  report_damage(lists, problems);
  for (const auto& list : lists) {
    for (const auto& cell : list.cells) {
      runs.push_back(read_cell(results, list.experiment, list.question, cell));
      listed.insert(cell.run);
    }
  }
  for (const auto& folder : find_runs(results)) {
    if (!listed.contains(folder.id())) runs.push_back(read_run(folder));
  }
  return runs;
}

std::string experiment_name(const std::filesystem::path& file) {
  const auto table = parsed(file, base::read_text(file), "correct the file, or name its experiment instead");
  return table["name"].value_or(file.stem().string());
}

bool same(const Field& a, const Field& b) {
  if (a.index() != b.index()) return false;
  if (const auto* text = std::get_if<std::string>(&a)) return *text == std::get<std::string>(b);
  if (const auto* whole = std::get_if<std::int64_t>(&a)) return *whole == std::get<std::int64_t>(b);
  if (const auto* number = std::get_if<double>(&a)) return number_text(*number) == number_text(std::get<double>(b));
  if (const auto* spread = std::get_if<Spread>(&a)) {
    const auto& other = std::get<Spread>(b);
    return number_text(spread->mean) == number_text(other.mean) &&
           number_text(spread->deviation) == number_text(other.deviation) && spread->count == other.count;
  }
  return true;
}

}  // namespace hourglass::results
