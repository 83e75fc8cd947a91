// Writes runs as `hourglass runs` prints them.
#include "results/listing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <functional>
#include <utility>

#include "base/error.hpp"
#include "base/files.hpp"
#include "results/configuration.hpp"
#include "results/epoch_metrics.hpp"
#include "results/measures.hpp"
#include "results/number.hpp"
#include "results/text_table.hpp"

namespace hourglass::results {
namespace {

namespace fs = std::filesystem;

std::string measure_name(const TaskMetric& m) { return fmt::format("{} {}", m.task, full_name(m.metric)); }

const TaskMetric* main_metric(const std::vector<TaskMetric>& metrics) {
  const TaskMetric* first = nullptr;
  for (const auto& m : metrics) {
    if (!m.metric.baseline.empty()) continue;
    if (m.metric.split == Split::test) return &m;
    if (!first) first = &m;
  }
  return first;
}

std::string indented(const std::string& text) {
  std::string out;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    if (end > begin) out += "  ";
    out += text.substr(begin, end - begin) + '\n';
    begin = end + 1;
  }
  return out;
}

// Returns a part of the description; if its file is damaged, the error takes the place of the contents.
std::string part(const std::string& title, const std::function<std::string()>& contents) {
  std::string text;
  try {
    text = contents();
  } catch (const base::UserError& error) {
    text = std::string(error.what()) + '\n';
  }
  return text.empty() ? "" : fmt::format("\n{}\n{}", title, indented(text));
}

std::string epochs_text(const RunFolder& run, std::size_t most) {
  const auto [penalties, rows] = read_epoch_metrics(run.metrics());
  if (rows.empty()) return "";
  Table table{{{"epoch", "epoch"}, {"step", "step"}, {"learning_rate", "learning_rate"}}, {}};
  const auto name_parts = [&table, &names = penalties](const std::string& split) {
    // Without penalties the objective is the reconstruction loss.
    table.columns.push_back({split, split + "_objective"});
    if (names.empty()) return;
    table.columns.push_back({split + " reconstruction", split + "_reconstruction"});
    for (const auto& name : names) table.columns.push_back({split + " " + name, split + "_" + name});
  };
  name_parts("train");
  name_parts("validation");
  table.columns.push_back({"seconds", "seconds", 3});
  table.columns.push_back({"images/s", "images_per_second", 4});
  for (auto i = rows.size() - std::min(rows.size(), most); i < rows.size(); ++i) {
    const auto& row = rows[i];
    std::vector<Field> cells = {row.epoch, row.step, row.learning_rate};
    const auto add_parts = [&cells](const std::optional<LossParts>& parts, std::size_t count) {
      const auto end = cells.size() + 1 + (count > 0 ? 1 + count : 0);
      if (parts) cells.emplace_back(parts->objective);
      if (parts && count > 0) cells.emplace_back(parts->reconstruction);
      if (parts) cells.insert(cells.end(), parts->penalties.begin(), parts->penalties.end());
      cells.resize(end);  // empty without a validation split
    };
    add_parts(row.train, penalties.size());
    add_parts(row.validation, penalties.size());
    cells.emplace_back(row.seconds);
    cells.emplace_back(row.images_per_second);
    table.rows.push_back(std::move(cells));
  }
  return render_terminal(table);
}

// Returns a table with one row for each metric and one column for the model and each baseline.
std::string metrics_text(const RunRecord& run) {
  if (!run.trained()) return "none: tasks run after training\n";
  if (run.metrics.empty()) return "none\n";
  Table table{{{"metric", "metric", 5, false}, {"unit", "unit", 5, false}, {"model", "model"}}, {}};
  std::vector<std::string> models = {""};
  for (const auto& m : run.metrics) {
    if (std::find(models.begin(), models.end(), m.metric.baseline) == models.end()) {
      models.push_back(m.metric.baseline);
      table.columns.push_back({m.metric.baseline, m.metric.baseline});
    }
  }
  for (const auto& m : run.metrics) {
    const auto column =
        2 + static_cast<std::size_t>(std::find(models.begin(), models.end(), m.metric.baseline) - models.begin());
    const auto name = fmt::format("{} {}", measure_name(m), m.metric.direction == Direction::lower ? "↓" : "↑");
    auto row = std::find_if(table.rows.begin(), table.rows.end(),
                            [&](const auto& cells) { return std::get<std::string>(cells[0]) == name; });
    if (row == table.rows.end()) {
      table.rows.emplace_back(table.columns.size());
      row = table.rows.end() - 1;
      (*row)[0] = name;
      (*row)[1] = m.metric.unit == "1" ? "" : m.metric.unit;
    }
    // As text, because the numbers of a column belong to different metrics.
    (*row)[column] = shown(m.metric.value, table.columns[column].digits);
  }
  return render_terminal(table);
}

// Returns a table of the protocols, each with the metrics and models that it is of.
std::string protocols_text(const RunRecord& run) {
  struct Measured {
    std::string task, protocol, metrics, models;
  };
  std::vector<Measured> rows;  // first one for each model, then those of models that were measured alike together
  for (const auto& m : run.metrics) {
    const std::string model = m.metric.baseline.empty() ? "model" : m.metric.baseline;
    auto row = std::ranges::find_if(rows, [&](const Measured& one) {
      return one.task == m.task && one.models == model && one.protocol == m.metric.protocol;
    });
    if (row == rows.end()) row = rows.insert(row, {m.task, m.metric.protocol, "", model});
    row->metrics += (row->metrics.empty() ? "" : ", ") + full_name(m.metric);
  }
  Table table{{{"task", "task", 5, false},
               {"model", "model", 5, false},
               {"metrics", "metrics", 5, false},
               {"protocol", "protocol", 5, false}},
              {}};
  for (auto& row : rows) {
    if (row.models.empty()) continue;
    for (auto& other : rows) {
      if (&other == &row || other.task != row.task || other.protocol != row.protocol || other.metrics != row.metrics)
        continue;
      row.models += ", " + std::exchange(other.models, "");
    }
    table.rows.push_back({row.task, row.models, row.metrics, row.protocol});
  }
  return table.rows.empty() ? "" : render_terminal(table);
}

std::string tasks_text(const RunRecord& run) {
  std::string text;
  for (const auto& task : run.tasks) {
    if (const auto reason = reason_of(task); !reason.empty()) text += reason + "\n";
  }
  return text;
}

std::string text_of(const Field& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return std::to_string(*whole);
  if (const auto* number = std::get_if<double>(&value)) return number_text(*number);
  return "";
}

// Returns the keys of a task, of the file or added: "plugin=linear_probe, l2=0.001"; empty if they are unknown.
Field keys_of(const RunRecord& run, const TaskRecord& task) {
  std::vector<std::string> keys;
  const auto prefix = fmt::format("task.{}.", task.name);
  for (const auto& setting : run.settings) {
    if (task_of(setting.key) == task.name)
      keys.push_back(fmt::format("{}={}", setting.key.substr(prefix.size()), text_of(setting.value)));
  }
  for (const auto& key : task.keys) keys.push_back(fmt::format("{}={}", key.key, text_of(key.value)));
  return keys.empty() ? Field() : Field(fmt::format("{}", fmt::join(keys, ", ")));
}

// Returns a table of what the results of the tasks depend on.
std::string task_keys_text(const RunRecord& run) {
  if (run.tasks.empty()) return "";
  Table table{{{"task", "task", 5, false},
               {"state", "state", 5, false},
               {"checkpoint", "checkpoint", 5, false},
               {"folder", "folder", 5, false},
               {"keys", "keys", 5, false}},
              {}};
  const auto text = [](const std::string& value) { return value.empty() ? Field() : Field(value); };
  for (const auto& task : run.tasks) {
    table.rows.push_back(
        {task.name, std::string(to_string(task.state)), text(task.checkpoint), text(task.folder), keys_of(run, task)});
  }
  return render_terminal(table);
}

std::string size_text(std::uintmax_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  const auto kib = static_cast<double>(bytes) / 1024;
  return kib < 1024 ? fmt::format("{:.1f} KiB", kib) : fmt::format("{:.1f} MiB", kib / 1024);
}

// Returns whether a file, relative to the run's folder, is of a task's result that none of the cells has.
bool is_unlisted(const fs::path& file, const std::vector<Listing>& listings) {
  if (listings.empty() || *file.begin() != "tasks") return false;
  const auto folder = std::next(file.begin())->string();
  return std::ranges::none_of(listings, [&](const Listing& one) {
    return std::ranges::find(one.cell.tasks, folder, &ListedTask::folder) != one.cell.tasks.end();
  });
}

std::string files_text(const fs::path& folder, const std::vector<Listing>& listings) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_regular_file(ignored)) files.push_back(entry->path());
  }
  std::sort(files.begin(), files.end());
  Table table{{{"file", "file", 5, false}, {"size", "size"}}, {}};
  bool marks = false;
  for (const auto& file : files) {
    std::error_code ignored;
    const auto relative = file.lexically_relative(folder);
    const bool unlisted = is_unlisted(relative, listings);
    marks = marks || unlisted;
    table.rows.push_back({relative.string(), size_text(fs::file_size(file, ignored)),
                          std::string(unlisted ? "not listed by any experiment" : "")});
  }
  if (marks) {
    table.columns.push_back({"", "note", 5, false});
  } else {
    for (auto& row : table.rows) row.pop_back();
  }
  return render_terminal(table);
}

// Returns the number of finished epochs; the status of a running cell may lag behind metrics.csv.
std::int64_t epochs_done(const RunFolder& run, const Status& status) {
  if (status.state == State::finished) return status.epoch;
  try {
    const auto rows = read_epoch_metrics(run.metrics()).rows;
    return rows.empty() ? status.epoch : std::max(status.epoch, rows.back().epoch);
  } catch (const base::UserError&) {
    return status.epoch;
  }
}

// Returns the local time at which the run or one of its results was last written: "2026-03-01 09:30".
Field updated(const RunRecord& run) {
  std::vector<fs::path> files = {run.folder.path() / "status.json"};
  for (const auto& task : run.tasks) {
    if (!task.folder.empty()) files.push_back(run.folder.task(task.folder) / "result.json");
  }
  std::time_t latest = 0;
  for (const auto& file : files) {
    std::error_code error;
    const auto time = fs::last_write_time(file, error);
    if (!error)
      latest = std::max(latest, std::chrono::system_clock::to_time_t(fs::file_time_type::clock::to_sys(time)));
  }
  std::tm local{};
  char text[32];
  if (latest == 0 || !localtime_r(&latest, &local)) return {};
  return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &local));
}

// Derives the command that continues a run from the one that restarts it; empty if there is nothing to continue.
std::string resume_command(const Status& status) {
  const bool unfinished = status.state == State::running || status.state == State::interrupted;
  const std::string fresh = " --fresh";
  const auto place = status.replay.find(fresh);
  if (!unfinished || place == std::string::npos) return "";
  return std::string(status.replay).erase(place, fresh.size());
}

}  // namespace

std::string state_text(const RunRecord& run) {
  std::vector<std::string> parts;
  const auto done = std::ranges::count(run.tasks, TaskRecord::State::done, &TaskRecord::state);
  const auto tasks = static_cast<std::ptrdiff_t>(run.tasks.size());
  if (done < tasks) parts.push_back(fmt::format("{} of {} tasks not done", tasks - done, tasks));
  if (!run.changed_plugins().empty()) parts.emplace_back("stale");
  return parts.empty() ? run.state : fmt::format("{} ({})", run.state, fmt::join(parts, ", "));
}

Table list_runs(const std::vector<RunRecord>& runs) {
  Table table{{{"experiment", "experiment", 5, false},
               {"run", "run", 5, false},
               {"cell", "cell", 5, false},
               {"state", "state", 5, false},
               {"epoch", "epoch"},
               {"epochs", "epochs"},
               {"metric", "metric", 5, false},
               {"value", "value"},
               {"updated", "updated", 5, false}},
              {}};
  const bool reasons = std::any_of(runs.begin(), runs.end(), [](const auto& run) { return !run.reason.empty(); });
  if (reasons) table.columns.push_back({"reason", "reason", 5, false});
  for (const auto& run : runs) {
    const auto* metric = main_metric(run.metrics);
    table.rows.push_back({run.experiment.empty() ? Field() : Field(run.experiment), run.id(),
                          run.label.empty() ? Field() : Field(run.label), state_text(run),
                          run.status ? Field(epochs_done(run.folder, *run.status)) : Field(),
                          run.status ? Field(run.status->epochs) : Field(),
                          metric ? Field(measure_name(*metric)) : Field(),
                          metric ? Field(metric->metric.value) : Field(), updated(run)});
    if (reasons) table.rows.back().push_back(run.reason.empty() ? Field() : Field(run.reason));
  }
  return table;
}

std::string describe_run(const RunRecord& record, std::size_t epochs, const std::vector<Listing>& listings) {
  const auto& run = record.folder;
  auto text = run.path().string() + '\n';
  if (!record.question.empty()) text += record.question + '\n';
  const auto line = [&](const std::string& name, const std::string& value) {
    if (!value.empty()) text += fmt::format("{:<12}{}\n", name, value);
  };
  text += '\n';
  line("experiment", record.experiment);
  line("cell", record.label);
  for (const auto& [experiment, cell] : listings) {
    if (experiment != record.experiment || cell.label != record.label)
      line("also in", fmt::format("{}: {}", experiment, cell.label));
  }
  line("seed", record.label.empty() && record.seed ? std::to_string(*record.seed) : "");
  const auto state = state_text(record);
  line("state", record.status
                    ? fmt::format("{}, {} of {} epochs", state, epochs_done(run, *record.status), record.status->epochs)
                    : state);
  if (const auto changed = record.changed_plugins(); !changed.empty())
    line("stale", fmt::format("{} has changed since it was computed", fmt::join(changed, ", ")));
  line("reason", record.reason);
  line("continue", record.status ? resume_command(*record.status) : "");
  line("replay", record.status ? record.status->replay : "");
  text += part(listings.size() > 1 ? "experiment.toml, of the cell that was trained first" : "experiment.toml",
               [&] { return run.read_experiment(); });
  text += part("last epochs", [&] { return epochs_text(run, epochs); });
  text += part("tasks that are not done", [&] { return tasks_text(record); });
  text += part(record.experiment.empty() ? "tasks" : fmt::format("tasks of {}: {}", record.experiment, record.label),
               [&] { return task_keys_text(record); });
  text += part("metrics", [&] { return metrics_text(record); });
  text += part("how they were measured", [&] { return protocols_text(record); });
  text += part("files", [&] { return files_text(run.path(), listings); });
  return text;
}

}  // namespace hourglass::results
