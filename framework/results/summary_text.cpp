// Renders the summary of runs: for people one table per task, without columns that say nothing.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <unordered_set>

#include "results/number.hpp"
#include "results/render.hpp"
#include "results/summary.hpp"

namespace hourglass::results {
namespace {

using Rows = std::vector<std::size_t>;

bool missing(const Field& cell) { return std::holds_alternative<std::monostate>(cell); }

// Returns the column with this key: that of the task `group` if it has one, else that of whole rows.
std::optional<std::size_t> column_index(const Table& table, const std::string& key, const std::string& group = "") {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].key != key) continue;
    if (table.columns[i].group == group) return i;
    if (table.columns[i].group.empty()) found = i;
  }
  return found;
}

bool all_same(const Table& table, std::size_t column) {
  return std::ranges::all_of(table.rows, [&](const auto& row) { return same(row[column], table.rows[0][column]); });
}

// Returns the value that all rows share in a column, as text; empty if they differ, are empty or have no such column.
std::string shared(const Table& table, const std::string& key) {
  const auto column = column_index(table, key);
  if (!column || !all_same(table, *column)) return "";
  const auto& cell = table.rows[0][*column];
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  const auto* whole = std::get_if<std::int64_t>(&cell);
  return whole ? std::to_string(*whole) : "";
}

// Returns the numbers of runs that the means in a row are computed from.
std::set<std::int64_t> counts_of(const std::vector<Field>& row) {
  std::set<std::int64_t> counts;
  for (const auto& cell : row) {
    if (const auto* spread = std::get_if<Spread>(&cell)) counts.insert(spread->count);
  }
  return counts;
}

std::set<std::int64_t> counts_of(const Table& table) {
  std::set<std::int64_t> counts;
  for (const auto& row : table.rows) counts.merge(counts_of(row));
  return counts;
}

// "quickstart, seeds 1-3, mean ± sample standard deviation of 3 runs"
std::string title_of(const Table& table, const std::string& seeds) {
  std::vector<std::string> parts;
  const auto add = [&](const std::string& before, const std::string& text, const std::string& after = "") {
    if (!text.empty()) parts.push_back(before + text + after);
  };
  add("", shared(table, "experiment"));
  add("run ", shared(table, "run"));
  add("seed ", shared(table, "seed"));
  add(seeds.find_first_of("-,") == std::string::npos ? "seed " : "seeds ", seeds);
  if (const auto counts = counts_of(table); counts.size() > 1) {
    parts.emplace_back("mean ± sample standard deviation");
  } else if (counts.size() == 1 && *counts.begin() > 1) {
    parts.push_back(fmt::format("mean ± sample standard deviation of {} runs", *counts.begin()));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

// Returns whether a column without results has information about these rows.
bool tells(const Table& table, std::size_t column, const Rows& rows) {
  const auto& key = table.columns[column].key;
  const auto any = [&](const auto& says) {
    return std::ranges::any_of(rows, [&](std::size_t row) { return says(table.rows[row][column]); });
  };
  if (key == "state") return any([](const Field& cell) { return !same(cell, Field("finished")); });
  if (key == "reason") return any([](const Field& cell) { return !missing(cell); });
  return !all_same(table, column);
}

bool is_result(const Column& column) { return column.best.has_value(); }

// Returns a row as one text: equal rows have equal texts.
std::string text_of(const std::vector<Field>& row) {
  std::string text;
  for (const auto& cell : row) {
    std::string value;
    if (const auto* word = std::get_if<std::string>(&cell)) value = *word;
    if (const auto* whole = std::get_if<std::int64_t>(&cell)) value = std::to_string(*whole);
    if (const auto* number = std::get_if<double>(&cell)) value = number_text(*number);
    if (const auto* spread = std::get_if<Spread>(&cell))
      value = fmt::format("{} {} {}", number_text(spread->mean), number_text(spread->deviation), spread->count);
    text += fmt::format("{} {} {}\n", cell.index(), value.size(), value);
  }
  return text;
}

// Removes rows that are equal to an earlier one: in the table of a task, configurations that differ only in the keys of
// other tasks.
void remove_repeated_rows(Table& table) {
  std::unordered_set<std::string> kept;
  std::erase_if(table.rows, [&](const auto& row) { return !kept.insert(text_of(row)).second; });
}

// Removes the columns that say which run a row is of, so that rows with the same results are equal.
std::string results_text(const Table& table, const std::vector<Field>& row) {
  std::vector<Field> kept;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const auto& key = table.columns[i].key;
    if (is_result(table.columns[i]) || key == "model" || key == "state" || key == "reason") kept.push_back(row[i]);
  }
  return text_of(kept);
}

// Returns a row that stands for all of `rows`, which have the same results: what they do not share is left blank.
std::vector<Field> merged(const std::vector<std::vector<Field>>& rows) {
  auto row = rows.front();
  for (const auto& other : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (!same(row[i], other[i])) row[i] = std::string();
    }
  }
  return row;
}

// Shows equal rows of a baseline once: a baseline depends on few keys or none. The rows of such a baseline follow those
// of all other models, unless the user chose an order.
void merge_baselines(Table& table, bool ordered) {
  const auto model = column_index(table, "model");
  if (!model) return;
  std::map<std::string, std::vector<std::vector<Field>>> rows_of;
  std::set<std::string> repeated;
  for (const auto& row : table.rows) {
    const auto& name = std::get<std::string>(row[*model]);
    if (name == "model") continue;
    auto& rows = rows_of[results_text(table, row)];
    rows.push_back(row);
    if (rows.size() > 1) repeated.insert(name);
  }
  std::vector<std::string> order;  // of baselines
  std::vector<std::vector<Field>> above, below;
  for (auto& row : table.rows) {
    const auto& name = std::get<std::string>(row[*model]);
    if (!repeated.contains(name)) {
      above.push_back(std::move(row));
      continue;
    }
    auto rows = rows_of.extract(results_text(table, row));
    if (rows.empty()) continue;  // shown already
    if (std::ranges::find(order, name) == order.end()) order.push_back(name);
    (ordered ? above : below).push_back(merged(rows.mapped()));
  }
  const auto place = [&](const std::vector<Field>& row) {
    return std::ranges::find(order, std::get<std::string>(row[*model])) - order.begin();
  };
  std::ranges::stable_sort(below, {}, place);
  table.rows = std::move(above);
  std::ranges::move(below, std::back_inserter(table.rows));
}

// The rows of one task, or of runs without results (an empty group).
struct Part {
  std::string group;
  Rows rows;
};

// Returns the seeds that all rows of all parts share; empty if they differ.
std::string shared_seeds(const Table& table, const std::vector<Part>& parts) {
  std::set<std::string> seeds;
  for (const auto& [group, rows] : parts) {
    const auto column = column_index(table, "seeds", group);
    if (!column) return "";
    for (const auto row : rows) seeds.insert(std::get<std::string>(table.rows[row][*column]));
  }
  return seeds.size() == 1 ? *seeds.begin() : "";
}

// Returns the rows of a part with the columns of its task and the other columns that have information, without n.
Table table_of(const Table& table, const Part& part, bool with_seeds, bool ordered) {
  const auto& [group, rows] = part;
  Table chosen;
  chosen.rows.resize(rows.size());
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const auto& column = table.columns[i];
    bool wanted = column.group == group;
    if (column.key == "seeds") {
      wanted = with_seeds && i == column_index(table, column.key, group);
    } else if (column.key == "state") {
      wanted = i == column_index(table, column.key, group) && (group.empty() || tells(table, i, rows));
    } else if (column.key == "model") {
      wanted = !group.empty();
    } else if (column.group.empty()) {
      wanted = column.key != "n" && column.key != "task" && tells(table, i, rows);
    }
    if (!wanted) continue;
    chosen.columns.push_back(column);
    for (std::size_t j = 0; j < rows.size(); ++j) chosen.rows[j].push_back(table.rows[rows[j]][i]);
  }
  remove_repeated_rows(chosen);
  merge_baselines(chosen, ordered);
  return chosen;
}

Field count_of(const Field& cell) {
  const auto* spread = std::get_if<Spread>(&cell);
  return spread ? Field(spread->count) : Field();
}

// Adds columns n to the part of one task: how many runs its means are computed from. One column after the models if all
// metrics of each row have the same number, else one after each metric.
void add_counts(Table& part) {
  const bool together = std::ranges::all_of(part.rows, [](const auto& row) { return counts_of(row).size() <= 1; });
  for (std::size_t i = part.columns.size(); i-- > 0;) {
    if (together ? part.columns[i].key != "model" : !is_result(part.columns[i])) continue;
    part.columns.insert(part.columns.begin() + static_cast<std::ptrdiff_t>(i) + 1, {"n", "n"});
    for (auto& row : part.rows) {
      const auto counts = counts_of(row);
      auto count = !together ? count_of(row[i]) : counts.empty() ? Field() : Field(*counts.begin());
      row.insert(row.begin() + static_cast<std::ptrdiff_t>(i) + 1, std::move(count));
    }
  }
}

// Returns the tasks with results, and then the others that are not done in some run.
std::vector<std::string> tasks_of(const Table& table) {
  std::vector<std::string> tasks;
  const auto add = [&](const std::string& task) {
    if (std::ranges::find(tasks, task) == tasks.end()) tasks.push_back(task);
  };
  for (const auto& column : table.columns) {
    if (is_result(column)) add(column.group);
  }
  if (const auto column = column_index(table, "task")) {
    for (const auto& row : table.rows) {
      if (const auto* task = std::get_if<std::string>(&row[*column])) add(*task);
    }
  }
  return tasks;
}

// Returns the rows with a result of a task, and those that say why it is not done.
Rows rows_of(const Table& table, const std::string& task) {
  const auto column = column_index(table, "task");
  Rows rows;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    bool wanted = column && same(table.rows[row][*column], Field(task));
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const auto& one = table.columns[i];
      wanted = wanted || (is_result(one) && one.group == task && !missing(table.rows[row][i]));
    }
    if (wanted) rows.push_back(row);
  }
  return rows;
}

}  // namespace

std::string render_summary(const std::vector<RunRecord>& runs, const SummaryOptions& options, Format format) {
  if (format == Format::csv || format == Format::json) return render(summarize(runs, options), format);
  auto with_columns = options;
  with_columns.task_columns = true;
  const auto table = summarize(runs, with_columns);
  if (table.rows.empty()) return "";

  std::vector<Part> parts;
  std::set<std::size_t> with_result;
  for (const auto& group : tasks_of(table)) {
    parts.push_back({group, rows_of(table, group)});
    with_result.insert(parts.back().rows.begin(), parts.back().rows.end());
  }
  Part rest;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    if (!with_result.contains(row)) rest.rows.push_back(row);
  }
  if (!rest.rows.empty()) parts.push_back(rest);

  const auto seeds = shared_seeds(table, parts);
  auto text = title_of(table, seeds);
  if (!text.empty()) text += '\n';
  const auto counts = counts_of(table);
  for (const auto& part : parts) {
    auto content = table_of(table, part, seeds.empty(), !options.sort.empty());
    if (counts.size() > 1 && !part.group.empty()) add_counts(content);
    text += fmt::format("{}{}{}\n{}{}", text.empty() ? "" : "\n", format == Format::md ? "### " : "",
                        part.group.empty() ? "without results" : part.group, format == Format::md ? "\n" : "",
                        render(content, format));
  }
  return text;
}

}  // namespace hourglass::results
