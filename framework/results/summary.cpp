// Summarises runs in one table.
#include "results/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "base/error.hpp"
#include "base/suggest.hpp"
#include "results/number.hpp"

namespace hourglass::results {
namespace {

constexpr const char* kFinished = "finished";
constexpr const char* kModel = "model";

// Runs that share a row.
struct Group {
  std::vector<const RunRecord*> runs;

  const RunRecord& first() const { return *runs.front(); }
};

// Identifies a metric of a task on a split: one column of results.
struct Measure {
  std::string task, name;
  Split split;

  explicit Measure(const TaskMetric& m) : task(m.task), name(m.metric.name), split(m.metric.split) {}
  bool operator==(const Measure&) const = default;
  std::string key() const {
    return fmt::format("{}.{}{}", task, name, split == Split::test ? "" : fmt::format(".{}", to_string(split)));
  }
};

// These names imply their units: hourglass/metric.hpp.
constexpr std::array<std::string_view, 4> kKnownUnits = {"mse", "sse", "bce", "bce_sum"};

Column column_of(const TaskMetric& m) {
  const auto& [name, split, value, unit, direction, protocol, baseline] = m.metric;
  const bool known = unit.empty() || unit == "1" || std::ranges::find(kKnownUnits, name) != kKnownUnits.end();
  const auto title = fmt::format("{}{}{} {}", name, split == Split::test ? "" : fmt::format(" ({})", to_string(split)),
                                 known ? "" : fmt::format(" [{}]", unit), direction == Direction::lower ? "↓" : "↑");
  return {title, Measure(m).key(), 5, true, direction, m.task};
}

const Field* find(const RunRecord& run, const std::string& key) {
  for (const auto& entry : run.settings) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

// Returns the keys whose values differ, in the order of the files. Ignores runs without a readable configuration.
std::vector<std::string> differing_keys(const std::vector<RunRecord>& runs) {
  std::vector<const RunRecord*> readable;
  for (const auto& run : runs) {
    if (!run.settings.empty()) readable.push_back(&run);
  }
  std::vector<std::string> keys;
  for (const auto* run : readable) {
    auto place = keys.begin();
    for (const auto& entry : run->settings) {
      const auto known = std::find(keys.begin(), keys.end(), entry.key);
      place = (known == keys.end() ? keys.insert(place, entry.key) : known) + 1;
    }
  }
  std::erase_if(keys, [&](const std::string& key) {
    return std::all_of(readable.begin(), readable.end(), [&](const RunRecord* run) {
      const auto *a = find(*readable.front(), key), *b = find(*run, key);
      return (!a && !b) || (a && b && same(*a, *b));
    });
  });
  return keys;
}

std::string plain_text(const Field& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return '"' + *text;
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return std::to_string(*whole);
  if (const auto* number = std::get_if<double>(&cell)) return number_text(*number);
  return "";
}

std::int64_t tasks_done(const RunRecord& run) {
  return std::ranges::count(run.tasks, TaskRecord::State::done, &TaskRecord::state);
}

std::vector<Group> group(const std::vector<RunRecord>& runs, bool by_configuration) {
  std::vector<Group> groups;
  std::map<std::string, std::size_t> places;
  for (const auto& run : runs) {
    std::string identity = run.experiment + '\n';
    for (const auto& entry : run.settings) identity += entry.key + '=' + plain_text(entry.value) + '\n';
    const auto [place, fresh] = places.emplace(identity, groups.size());
    if (!by_configuration || run.state != kFinished) {
      if (fresh) places.erase(place);
      groups.push_back({{&run}});
    } else if (fresh) {
      groups.push_back({{&run}});
    } else {
      // A repeated seed is not a replicate: of its runs the one with the most results counts.
      auto& members = groups[place->second].runs;
      const auto same_seed = std::ranges::find_if(members, [&](const RunRecord* one) { return one->seed == run.seed; });
      if (same_seed == members.end()) {
        members.push_back(&run);
      } else if (tasks_done(run) > tasks_done(**same_seed)) {
        *same_seed = &run;
      }
    }
  }
  return groups;
}

// Orders numbers by size before text; empty fields come last.
int compare(const Field& a, const Field& b) {
  const auto rank = [](const Field& cell) {
    return std::holds_alternative<std::monostate>(cell) ? 2 : std::holds_alternative<std::string>(cell) ? 1 : 0;
  };
  if (rank(a) != rank(b)) return rank(a) < rank(b) ? -1 : 1;
  if (rank(a) == 2) return 0;
  if (rank(a) == 1) return std::get<std::string>(a).compare(std::get<std::string>(b));
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
    if (x.experiment != y.experiment) return x.experiment < y.experiment;
    for (const auto& key : keys) {
      const auto *p = find(x, key), *q = find(y, key);
      const int order = compare(p ? *p : Field(), q ? *q : Field());
      if (order != 0) return order < 0;
    }
    const bool finished = x.state == kFinished, other = y.state == kFinished;
    return finished != other ? finished : x.seed < y.seed;
  });
}

// "1-3, 7"
std::string seeds_text(const Group& group) {
  std::set<std::int64_t> seeds;
  for (const auto* run : group.runs) {
    if (run->seed) seeds.insert(*run->seed);
  }
  std::string text;
  for (auto seed = seeds.begin(); seed != seeds.end(); ++seed) {
    const auto first = *seed;
    while (std::next(seed) != seeds.end() && *std::next(seed) == *seed + 1) ++seed;
    text += (text.empty() ? "" : ", ") + std::to_string(first);
    if (*seed != first) text += fmt::format("-{}", *seed);
  }
  return text;
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

// Returns the first reason among the runs of a group; for a finished run it is that of a task.
Field reason_of(const Group& group) {
  for (const auto* run : group.runs) {
    if (!run->reason.empty()) return run->reason;
  }
  return {};
}

bool contains(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// Refuses names in options that no run has.
void check_names(const std::vector<std::string>& wanted, const std::vector<std::string>& present,
                 const std::string& what) {
  for (const auto& name : wanted) {
    if (contains(present, name)) continue;
    throw base::UserError(
        fmt::format("unknown {} '{}': the selected runs have {}{}", what, name,
                    present.empty() ? fmt::format("no {}s", what) : fmt::format("{}", fmt::join(present, ", ")),
                    base::did_you_mean(name, present)));
  }
}

// Keeps only the metrics that the options select.
void choose_metrics(std::vector<RunRecord>& runs, const SummaryOptions& options) {
  std::vector<std::string> names, full, tasks;
  const auto note = [](std::vector<std::string>& list, const std::string& text) {
    if (!contains(list, text)) list.push_back(text);
  };
  for (const auto& run : runs) {
    for (const auto& m : run.metrics) {
      note(names, m.metric.name);
      note(full, Measure(m).key());
      note(tasks, m.task);
    }
  }
  auto known = names;
  for (const auto& key : full) {
    if (contains(options.metrics, key)) known.push_back(key);
  }
  check_names(options.metrics, known, "metric");
  check_names(options.tasks, tasks, "task");
  for (auto& run : runs) {
    std::erase_if(run.metrics, [&](const TaskMetric& m) {
      const bool metric = options.metrics.empty() || contains(options.metrics, m.metric.name) ||
                          contains(options.metrics, Measure(m).key());
      return !metric || !(options.tasks.empty() || contains(options.tasks, m.task));
    });
  }
}

// Returns one metric for each column of results, in the order in which runs report them or in that of `--metrics`.
std::vector<TaskMetric> measures_of(const std::vector<RunRecord>& runs, const SummaryOptions& options) {
  std::vector<TaskMetric> measures;
  for (const auto& run : runs) {
    for (const auto& m : run.metrics) {
      const auto known = [&](const TaskMetric& other) { return Measure(other) == Measure(m); };
      if (std::none_of(measures.begin(), measures.end(), known)) measures.push_back(m);
    }
  }
  const auto place = [&](const TaskMetric& m) {
    const auto& list = options.metrics;
    return std::find_if(list.begin(), list.end(),
                        [&](const std::string& name) { return name == m.metric.name || name == Measure(m).key(); }) -
           list.begin();
  };
  std::stable_sort(measures.begin(), measures.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
  return measures;
}

// Returns "" for the trained model, followed by the baselines that any run of the group reports.
std::vector<std::string> models_of(const Group& group) {
  std::vector<std::string> models = {""};
  for (const auto* run : group.runs) {
    for (const auto& m : run->metrics) {
      if (!contains(models, m.metric.baseline)) models.push_back(m.metric.baseline);
    }
  }
  return models;
}

void sort_rows(Table& table, const std::string& by) {
  std::vector<std::string> keys, matches;
  for (const auto& column : table.columns) {
    keys.push_back(column.key);
    if (column.key == by || column.key.ends_with("." + by)) matches.push_back(column.key);
  }
  if (contains(keys, by)) matches = {by};
  if (matches.size() != 1) {
    throw base::UserError(fmt::format(
        "the table cannot be sorted by '{}': {} {}{}", by, matches.empty() ? "its columns are" : "it matches",
        fmt::join(matches.empty() ? keys : matches, ", "), matches.empty() ? base::did_you_mean(by, keys) : ""));
  }
  const auto index = static_cast<std::size_t>(std::find(keys.begin(), keys.end(), matches[0]) - keys.begin());
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
    const auto* cell = find(run, key);
    return cell && std::holds_alternative<std::string>(*cell);
  });
}

std::vector<Column> columns_of(const std::vector<RunRecord>& runs, const std::vector<std::string>& keys,
                               const std::vector<TaskMetric>& measures, const SummaryOptions& options) {
  std::vector<Column> columns = {{"experiment", "experiment", 5, false}};
  if (!options.group) columns.push_back({"run", "run", 5, false});
  for (const auto& key : keys) columns.push_back({key, key, 5, all_numbers(runs, key)});
  columns.push_back({kModel, kModel, 5, false});
  if (options.group) {
    columns.push_back({"n", "n"});
    columns.push_back({"seeds", "seeds"});
  } else {
    columns.push_back({"seed", "seed"});
  }
  columns.push_back({"state", "state", 5, false});
  // Numbers for different data or noise are not comparable, and metrics of the input do not depend on the model.
  const bool comparable = std::none_of(keys.begin(), keys.end(), [](const auto& key) {
    return key.starts_with("dataset.") || key.starts_with("noise.");
  });
  for (const auto& measure : measures) {
    columns.push_back(column_of(measure));
    if (!comparable || measure.metric.name.starts_with("input_")) columns.back().competes = false;
  }
  if (std::any_of(runs.begin(), runs.end(), [](const auto& run) { return !run.reason.empty(); })) {
    columns.push_back({"reason", "reason", 5, false});
  }
  return columns;
}

}  // namespace

Table summarize(const std::vector<RunRecord>& records, const SummaryOptions& options) {
  auto runs = records;
  choose_metrics(runs, options);
  const auto keys = differing_keys(runs);
  const auto measures = measures_of(runs, options);
  auto groups = group(runs, options.group);
  order_by_configuration(groups, keys);

  Table table{columns_of(runs, keys, measures, options), {}};
  for (const auto& group : groups) {
    const auto& first = group.first();
    for (const auto& baseline : models_of(group)) {
      std::vector<Field> row = {first.experiment};
      if (!options.group) row.emplace_back(first.id());
      for (const auto& key : keys) {
        const auto* cell = find(first, key);
        row.push_back(cell ? *cell : Field());
      }
      row.emplace_back(baseline.empty() ? kModel : baseline);
      if (options.group) {
        row.emplace_back(static_cast<std::int64_t>(group.runs.size()));
        row.emplace_back(seeds_text(group));
      } else {
        row.push_back(first.seed ? Field(*first.seed) : Field());
      }
      row.emplace_back(first.state);
      for (const auto& measure : measures) row.push_back(result_of(group, Measure(measure), baseline, options.group));
      if (table.columns.back().key == "reason") row.push_back(reason_of(group));
      table.rows.push_back(std::move(row));
    }
  }
  if (!options.sort.empty()) sort_rows(table, options.sort);
  return table;
}

}  // namespace hourglass::results
