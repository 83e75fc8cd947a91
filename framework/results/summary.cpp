// Summarises runs in one table.
#include "results/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/suggest.hpp"
#include "results/configuration.hpp"
#include "results/measures.hpp"
#include "results/natural_order.hpp"
#include "results/number.hpp"
#include "results/run_groups.hpp"

namespace hourglass::results {
namespace {

constexpr const char* kModel = "model";

// Orders numbers by size before text; empty fields come last.
int compare(const Field& a, const Field& b) {
  const auto rank = [](const Field& cell) {
    return std::holds_alternative<std::monostate>(cell) ? 2 : std::holds_alternative<std::string>(cell) ? 1 : 0;
  };
  if (rank(a) != rank(b)) return rank(a) < rank(b) ? -1 : 1;
  if (rank(a) == 2) return 0;
  if (rank(a) == 1) return natural_compare(std::get<std::string>(a), std::get<std::string>(b));
  const auto number = [](const Field& cell) {
    if (const auto* whole = std::get_if<std::int64_t>(&cell)) return static_cast<double>(*whole);
    if (const auto* spread = std::get_if<Spread>(&cell)) return spread->mean;
    return std::get<double>(cell);
  };
  const auto x = number(a), y = number(b);
  if (std::isnan(x) || std::isnan(y)) return static_cast<int>(std::isnan(x)) - static_cast<int>(std::isnan(y));
  return x < y ? -1 : x > y ? 1 : 0;
}

void order_by_configuration(std::vector<Group>& groups, const std::vector<std::string>& keys) {
  std::stable_sort(groups.begin(), groups.end(), [&](const Group& a, const Group& b) {
    const auto &x = a.first(), &y = b.first();
    if (x.experiment != y.experiment) return natural_less(x.experiment, y.experiment);
    for (const auto& key : keys) {
      const auto *p = find_setting(x, key), *q = find_setting(y, key);
      const int order = compare(p ? *p : Field(), q ? *q : Field());
      if (order != 0) return order < 0;
    }
    const bool finished = x.trained(), other = y.trained();
    return finished != other ? finished : x.seed < y.seed;
  });
}

Spread spread_of(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  // Sums differences from the first value, so that equal values give exactly their own mean and a deviation of 0. With
  // an infinite value the mean is infinite and the deviation NaN.
  const double origin = std::isfinite(values.front()) ? values.front() : 0;
  double sum = 0, squares = 0;
  for (const auto value : values) sum += value - origin;
  const double mean = origin + sum / n;
  for (const auto value : values) squares += (value - mean) * (value - mean);
  return {mean, values.size() < 2 ? 0 : std::sqrt(squares / (n - 1)), static_cast<std::int64_t>(values.size())};
}

// Returns the value of a key; that of an added task may be missing in some runs of a group.
Field value_of(const Group& group, const std::string& key) {
  for (const auto* run : group.runs) {
    if (const auto* value = find_setting(*run, key)) return *value;
  }
  return {};
}

// Returns the value of a metric over the runs of a group, for the model or a baseline; empty if no run has it.
Field result_of(const Group& group, const Measure& measure, const std::string& baseline, bool as_spread) {
  std::vector<double> values;
  for (const auto* run : group.runs) {
    for (const auto& m : run->metrics) {
      if (Measure(m) == measure && m.metric.baseline == baseline) values.push_back(m.metric.value);
    }
  }
  if (values.empty()) return {};
  return as_spread ? Field(spread_of(values)) : Field(values.front());
}

void sort_rows(Table& table, const std::string& by) {
  std::vector<std::string> keys, matches;
  for (const auto& column : table.columns) {
    if (std::ranges::find(keys, column.key) != keys.end()) continue;  // a task's own column
    keys.push_back(column.key);
    if (column.key == by || column.key.ends_with("." + by)) matches.push_back(column.key);
  }
  if (std::ranges::find(keys, by) != keys.end()) matches = {by};
  if (matches.size() != 1) {
    throw base::UserError(fmt::format(
        "the table cannot be sorted by '{}': {} {}{}", by, matches.empty() ? "its columns are" : "it matches",
        fmt::join(matches.empty() ? keys : matches, ", "), matches.empty() ? base::did_you_mean(by, keys) : ""));
  }
  const auto column = std::ranges::find(table.columns, matches[0], &Column::key);
  const auto index = static_cast<std::size_t>(column - table.columns.begin());
  const bool highest_first = table.columns[index].best == Direction::higher;
  std::stable_sort(table.rows.begin(), table.rows.end(), [&](const auto& a, const auto& b) {
    const bool missing = std::holds_alternative<std::monostate>(b[index]);
    if (std::holds_alternative<std::monostate>(a[index]) || missing) {
      return missing && !std::holds_alternative<std::monostate>(a[index]);
    }
    return highest_first ? compare(b[index], a[index]) < 0 : compare(a[index], b[index]) < 0;
  });
}

bool all_numbers(const std::vector<RunRecord>& runs, const std::string& key) {
  return std::none_of(runs.begin(), runs.end(), [&](const RunRecord& run) {
    const auto* cell = find_setting(run, key);
    return cell && std::holds_alternative<std::string>(*cell);
  });
}

// Returns the tasks, each once, that measures belong to.
std::vector<std::string> tasks_in(const std::vector<TaskMetric>& measures) {
  std::vector<std::string> tasks;
  for (const auto& m : measures) {
    if (std::ranges::find(tasks, m.task) == tasks.end()) tasks.push_back(m.task);
  }
  return tasks;
}

std::vector<Column> columns_of(const std::vector<RunRecord>& runs, const std::vector<std::string>& keys,
                               const std::vector<TaskMetric>& measures, const SummaryOptions& options) {
  std::vector<Column> columns = {{"experiment", "experiment", 5, false}};
  if (!options.group) columns.push_back({"run", "run", 5, false});
  for (const auto& key : keys) {
    const auto task = task_of(key);
    const auto title = task.empty() ? key : key.substr(key.rfind('.') + 1);
    columns.push_back({title, key, 5, all_numbers(runs, key), {}, task});
  }
  columns.push_back({kModel, kModel, 5, false});
  const auto of_tasks = options.task_columns ? tasks_in(measures) : std::vector<std::string>{};
  if (options.group) {
    columns.push_back({"n", "n"});
    columns.push_back({"seeds", "seeds"});
    for (const auto& task : of_tasks) columns.push_back({"seeds", "seeds", 5, true, {}, task});
  } else {
    columns.push_back({"seed", "seed"});
  }
  columns.push_back({"state", "state", 5, false});
  for (const auto& task : of_tasks) columns.push_back({"state", "state", 5, false, {}, task});
  // Numbers for different data or noise are not comparable, and metrics of the input do not depend on the model. A
  // condition states the noise, which is then not that of the training.
  const auto differs = [&](std::string_view table) {
    return std::ranges::any_of(keys, [&](const auto& key) { return key.starts_with(table); });
  };
  const bool same_data = std::ranges::find(keys, "data") == keys.end() && !differs("dataset.");
  const bool same_noise = !differs("noise.");
  for (const auto& measure : measures) {
    columns.push_back(column_of(measure));
    const bool comparable = same_data && (same_noise || !measure.metric.condition.empty());
    if (!comparable || measure.metric.name.starts_with("input_")) columns.back().competes = false;
  }
  return columns;
}

// Makes the rows of a table with these columns of configurations and results.
class RowMaker {
 public:
  RowMaker(const std::vector<std::string>& keys, const std::vector<TaskMetric>& measures, const SummaryOptions& options)
      : keys_(keys), measures_(measures), tasks_(tasks_in(measures)), options_(options) {}

  // Adds one row for the model and each baseline, if there are results, and one for each failure.
  void add(const Group& group, std::vector<std::vector<Field>>& rows) const {
    const auto failures = failures_of(group);
    const bool results = std::ranges::any_of(group.runs, [](const auto* run) { return !run->metrics.empty(); });
    if (results || failures.empty()) {
      for (const auto& baseline : models_of(group)) {
        std::vector<Part> parts;
        for (const auto& task : tasks_) {
          const auto part = with_result(group, task, baseline);
          parts.push_back({seeds_text(part), state_of(part, {task})});
        }
        auto row = head(group, baseline.empty() ? kModel : baseline, state_of(group, tasks_), parts);
        for (const auto& measure : measures_)
          row.push_back(result_of(group, Measure(measure), baseline, options_.group));
        row.emplace_back();
        row.push_back(reason_without(results, group.first()));
        rows.push_back(std::move(row));
      }
    }
    for (const auto& failure : failures) {
      const Part part{seeds_text(failure.group), failure.state};
      auto row = head(failure.group, kModel, failure.state, std::vector(tasks_.size(), part));
      row.resize(row.size() + measures_.size());
      row.emplace_back(failure.task);
      row.emplace_back(failure.reason);
      rows.push_back(std::move(row));
    }
  }

 private:
  // The seeds and the state of a row's results of one task.
  struct Part {
    std::string seeds, state;
  };

  // Returns why a row has no results, if it has none.
  Field reason_without(bool results, const RunRecord& first) const {
    if (!first.trained()) return first.reason.empty() ? Field() : Field(first.reason);
    if (results) return {};
    return options_.tasks.empty() && options_.metrics.empty() ? "no tasks" : "none of its tasks or metrics was chosen";
  }

  // Returns the fields before the results.
  std::vector<Field> head(const Group& group, const std::string& model, const std::string& state,
                          const std::vector<Part>& parts) const {
    const auto& first = group.first();
    std::vector<Field> row = {first.experiment};
    if (!options_.group) row.emplace_back(first.id());
    for (const auto& key : keys_) row.push_back(value_of(group, key));
    row.emplace_back(model);
    if (options_.group) {
      row.emplace_back(static_cast<std::int64_t>(group.runs.size()));
      row.emplace_back(seeds_text(group));
    } else {
      row.push_back(first.seed ? Field(*first.seed) : Field());
    }
    for (std::size_t i = 0; options_.group && options_.task_columns && i < parts.size(); ++i)
      row.emplace_back(parts[i].seeds);
    row.emplace_back(state);
    for (std::size_t i = 0; options_.task_columns && i < parts.size(); ++i) row.emplace_back(parts[i].state);
    return row;
  }

  const std::vector<std::string>& keys_;
  const std::vector<TaskMetric>& measures_;
  std::vector<std::string> tasks_;  // with results, in their order
  const SummaryOptions& options_;
};

// Adds the last columns, task and reason, and drops them if no row has a value.
void finish_columns(Table& table) {
  for (const auto* name : {"task", "reason"}) table.columns.push_back({name, name, 5, false});
  const auto first = table.columns.size() - 2;
  for (auto column = table.columns.size(); column-- > first;) {
    if (std::ranges::any_of(table.rows, [&](const auto& row) { return row[column].index() != 0; })) continue;
    table.columns.erase(table.columns.begin() + static_cast<std::ptrdiff_t>(column));
    for (auto& row : table.rows) row.erase(row.begin() + static_cast<std::ptrdiff_t>(column));
  }
}

}  // namespace

Table summarize(const std::vector<RunRecord>& records, const SummaryOptions& options) {
  auto runs = records;
  choose_metrics(runs, options.metrics, options.tasks);
  if (options.group) drop_superseded(runs);
  tell_trainings_apart(runs);
  const auto keys = differing_keys(runs);
  const auto measures = measures_of(runs, options.metrics);
  auto groups = group_runs(runs, options.group);
  order_by_configuration(groups, keys);

  Table table{columns_of(runs, keys, measures, options), {}};
  const RowMaker maker(keys, measures, options);
  for (const auto& group : groups) maker.add(group, table.rows);
  finish_columns(table);
  if (!options.sort.empty()) sort_rows(table, options.sort);
  return table;
}

}  // namespace hourglass::results
