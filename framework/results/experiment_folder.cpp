#include "results/experiment_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/removal.hpp"
#include "results/experiment_links.hpp"
#include "results/json_file.hpp"
#include "results/natural_order.hpp"
#include "results/run_lock.hpp"

namespace hourglass::results {
namespace {

namespace fs = std::filesystem;

Json json_of(const Field& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return *whole;
  if (const auto* number = std::get_if<double>(&value)) return json_number(*number);
  return nullptr;
}

Json json_of(const std::vector<Setting>& settings) {
  auto json = Json::object();
  for (const auto& setting : settings) json[setting.key] = json_of(setting.value);
  return json;
}

std::vector<Setting> settings_of(const JsonObject& json, const std::string& key) {
  std::vector<Setting> settings;
  for (auto& [name, value] : json.values(key)) settings.push_back({name, std::move(value)});
  return settings;
}

Json json_of(const ListedCell& cell) {
  Json json;
  json["label"] = cell.label;
  json["seed"] = cell.seed;
  json["run"] = cell.run;
  if (cell.earlier) json["earlier"] = true;
  json["settings"] = json_of(cell.settings);
  if (!cell.paths.empty()) json["paths"] = json_of(cell.paths);
  json["tasks"] = Json::array();
  for (const auto& task : cell.tasks) {
    Json entry;
    entry["name"] = task.name;
    entry["folder"] = task.folder;
    if (task.added) entry["added"] = json_of(task.keys);
    json["tasks"].push_back(std::move(entry));
  }
  return json;
}

ListedCell cell_of(const JsonObject& json) {
  ListedCell cell{json.text("label"), json.whole("seed"), json.text("run"), settings_of(json, "settings"), {}};
  cell.earlier = json.has("earlier");
  if (json.has("paths")) cell.paths = settings_of(json, "paths");
  for (const auto& task : json.objects("tasks")) {
    const bool added = task.has("added");
    cell.tasks.push_back(
        {task.text("name"), task.text("folder"), added, added ? settings_of(task, "added") : std::vector<Setting>{}});
  }
  return cell;
}

bool same_settings(const std::vector<Setting>& a, const std::vector<Setting>& b) {
  return std::ranges::equal(a, b,
                            [](const Setting& x, const Setting& y) { return x.key == y.key && x.value == y.value; });
}

/// Returns the settings that affect every task of a cell: all but those of its tasks.
std::vector<Setting> shared_settings(const ListedCell& cell) {
  auto settings = cell.settings;
  std::erase_if(settings, [](const Setting& setting) { return setting.key.starts_with("task."); });
  return settings;
}

/// Adds a task to a cell unless the cell lists its folder already; a name that is in use gets a number.
void add_to(ListedCell& cell, ListedTask task) {
  const auto has = [&](auto member, const std::string& text) {
    return std::ranges::find(cell.tasks, text, member) != cell.tasks.end();
  };
  if (has(&ListedTask::folder, task.folder)) return;
  const auto name = task.name;
  for (int number = 2; has(&ListedTask::name, task.name); ++number) task.name = name + "_" + std::to_string(number);
  cell.tasks.push_back(std::move(task));
}

}  // namespace

CellsByRun by_run(const std::vector<ListedCell>& list) {
  CellsByRun cells;
  for (const auto& cell : list) cells[cell.run].push_back(&cell);
  return cells;
}

std::vector<ListedTask> added_tasks(const CellsByRun& list, const ListedCell& cell) {
  const auto listed = list.find(cell.run);
  if (listed == list.end()) return {};
  std::vector<ListedTask> equal, others;
  bool found = false;
  const auto is_same = [](const ListedTask& a, const ListedTask& b) {
    return a.name == b.name && same_settings(a.keys, b.keys);
  };
  for (const auto* old : listed->second) {
    // The result of a task belongs to one checkpoint, which cells of one run need not share.
    const bool same = same_settings(shared_settings(*old), shared_settings(cell));
    found = found || same;
    for (auto task : old->tasks) {
      if (!task.added) continue;
      auto& tasks = same ? equal : others;
      if (!same) task.folder.clear();
      if (std::ranges::none_of(tasks, [&](const ListedTask& one) { return is_same(one, task); }))
        tasks.push_back(std::move(task));
    }
  }
  return found ? equal : others;
}

fs::path run_path(const fs::path& results, const std::string& id) { return results / "runs" / id; }

ExperimentFolder::ExperimentFolder(const fs::path& results, const std::string& name)
    : name_(name), results_(results), path_(results / "experiments" / name) {}

void ExperimentFolder::write(const std::string& question, const std::string& file,
                             const std::vector<ListedCell>& cells) const {
  Json json;
  json["experiment"] = name_;
  if (!file.empty()) json["file"] = file;
  json["question"] = question;
  json["cells"] = Json::array();
  for (const auto& cell : cells) json["cells"].push_back(json_of(cell));
  base::remove_files(path_, [&](const fs::path& file) {  // that killed processes have left
    return file.parent_path() == path_ && base::is_temporary(file);
  });
  write_json(path_ / "cells.json", json);
}

void ExperimentFolder::create() const {
  base::refuse_links(results_, fs::path("experiments") / name_);
  base::create_folders(path_);
}

std::string ExperimentFolder::set_aside_damaged() const {
  try {
    (void)cells();
    (void)question();
    (void)file();
    return "";
  } catch (const base::UserError& damage) {
    create();
    const auto lock = RunLock::wait(path_);
    const auto aside = path_ / "cells.damaged.json";
    std::error_code error;
    fs::rename(path_ / "cells.json", aside, error);
    if (error)
      throw base::UserError(fmt::format("{}: cannot be renamed: {}", (path_ / "cells.json").string(), error.message()));
    return fmt::format(
        "{}; it is now {}, and the new list lacks cells of earlier runs and tasks added with `hourglass evaluate`",
        damage.what(), aside.string());
  }
}

void ExperimentFolder::refuse_other_file(const fs::path& file) const {
  const auto other = this->file();
  std::error_code ignored;
  if (file.empty() || !base::is_file(other) || fs::equivalent(file, other, ignored)) return;
  if (base::read_text(file) == base::read_text(other)) return;
  throw base::UserError(
      fmt::format("{}: {} has the cells of another file of this name, {}; add a key such as name = \"{}_2\" to one of "
                  "the files",
                  file.string(), path_.string(), other, name_));
}

std::size_t ExperimentFolder::add(const std::string& question, const std::vector<ListedCell>& cells,
                                  const fs::path& file, Others others) const {
  create();
  const auto lock = RunLock::wait(path_);
  const auto before = this->cells();
  std::set<std::string> runs;
  for (const auto& cell : cells) runs.insert(cell.run);
  std::vector<ListedCell> all;
  std::size_t earlier = 0;
  for (const auto& cell : before) {
    if (runs.contains(cell.run)) continue;
    ++earlier;
    if (others == Others::forgotten) continue;
    all.push_back(cell);
    if (others == Others::earlier) all.back().earlier = true;
  }
  auto replaced = by_run(before);
  for (auto cell : cells) {
    for (const auto* old : replaced[cell.run]) {
      if (same_settings(old->settings, cell.settings)) cell.label = old->label;
    }
    // Another process may have added tasks since the caller read the list.
    for (auto& task : added_tasks(replaced, cell)) {
      const auto named = std::ranges::find(cell.tasks, task.name, &ListedTask::name);
      const bool listed = named != cell.tasks.end() && named->added;
      if (!task.folder.empty() && !listed) add_to(cell, std::move(task));
    }
    all.push_back(std::move(cell));
  }
  write(question, file.empty() ? this->file() : fs::weakly_canonical(fs::absolute(file)).string(), all);
  update_links(path_, all);
  return earlier;
}

void ExperimentFolder::change(const std::vector<TaskOfCell>& tasks,
                              const std::function<void(ListedCell&, const ListedTask&)>& change) const {
  if (tasks.empty()) return;
  create();
  std::map<std::pair<std::string, std::string>, std::vector<const ListedTask*>> of_cells;
  for (const auto& [run, label, task] : tasks) of_cells[{run, label}].push_back(&task);
  const auto lock = RunLock::wait(path_);
  auto all = cells();
  for (auto& cell : all) {
    const auto found = of_cells.find({cell.run, cell.label});
    if (found == of_cells.end()) continue;
    for (const auto* task : found->second) change(cell, *task);
  }
  write(question(), file(), all);
  update_links(path_, all);
}

void ExperimentFolder::add_tasks(const std::vector<TaskOfCell>& tasks) const { change(tasks, add_to); }

void ExperimentFolder::move_tasks(const std::vector<TaskOfCell>& tasks) const {
  change(tasks, [](ListedCell& cell, const ListedTask& moved) {
    for (auto& task : cell.tasks) {
      if (task.added && task.name == moved.name) task.folder = moved.folder;
    }
  });
}

void ExperimentFolder::remove_tasks(const std::vector<TaskOfCell>& tasks) const {
  change(tasks, [](ListedCell& cell, const ListedTask& removed) {
    std::erase_if(cell.tasks, [&](const ListedTask& task) { return task.added && task.name == removed.name; });
  });
}

std::vector<ListedCell> ExperimentFolder::cells() const {
  const auto list = JsonObject::existing(path_ / "cells.json");
  if (!list) return {};
  std::vector<ListedCell> cells;
  for (const auto& cell : list->objects("cells")) cells.push_back(cell_of(cell));
  return cells;
}

std::string ExperimentFolder::file() const {
  const auto list = JsonObject::existing(path_ / "cells.json");
  return list && list->has("file") ? list->text("file") : "";
}

std::string ExperimentFolder::question() const {
  const auto list = JsonObject::existing(path_ / "cells.json");
  return list ? list->text("question") : "";
}

std::vector<std::string> ExperimentFolder::all(const fs::path& results) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(results / "experiments", error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;
    if (fs::exists(entry->path() / "cells.json", ignored)) names.push_back(entry->path().filename().string());
  }
  std::ranges::sort(names, natural_less);
  return names;
}

}  // namespace hourglass::results
