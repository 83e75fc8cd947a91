// Renders the summary of runs: for people one table per task, without columns that say nothing.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
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

std::optional<std::size_t> column_index(const Table& table, const std::string& key) {
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].key == key) return i;
  }
  return std::nullopt;
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
std::string title_of(const Table& table) {
  std::vector<std::string> parts;
  const auto add = [&](const std::string& before, const std::string& text, const std::string& after = "") {
    if (!text.empty()) parts.push_back(before + text + after);
  };
  add("", shared(table, "experiment"));
  add("run ", shared(table, "run"));
  add("seed ", shared(table, "seed"));
  const auto seeds = shared(table, "seeds");
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

// Returns these rows with the columns of a task and the other columns that have information, without n. An empty group
// stands for runs without results.
Table group_part(const Table& table, const Rows& rows, const std::string& group) {
  const bool has_own_state =
      std::ranges::any_of(table.columns, [&](const Column& one) { return one.key == "state" && one.group == group; });
  Table chosen;
  chosen.rows.resize(rows.size());
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const auto& column = table.columns[i];
    bool wanted = column.group == group;
    if (column.key == "state") {
      wanted = column.group == (has_own_state ? group : "") && tells(table, i, rows);
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
  auto with_states = options;
  with_states.task_states = true;
  const auto table = summarize(runs, with_states);
  if (table.rows.empty()) return "";

  auto text = title_of(table);
  if (!text.empty()) text += '\n';
  const auto add = [&](const std::string& heading, const Table& content) {
    text += fmt::format("{}{}{}\n{}{}", text.empty() ? "" : "\n", format == Format::md ? "### " : "", heading,
                        format == Format::md ? "\n" : "", render(content, format));
  };
  const auto counts = counts_of(table);
  std::vector<bool> has_result(table.rows.size(), false);
  for (const auto& group : tasks_of(table)) {
    const auto rows = rows_of(table, group);
    for (const auto row : rows) has_result[row] = true;
    auto part = group_part(table, rows, group);
    if (counts.size() > 1) add_counts(part);
    add(group, part);
  }
  Rows rest;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    if (!has_result[row]) rest.push_back(row);
  }
  if (!rest.empty()) add("without results", group_part(table, rest, ""));
  return text;
}

}  // namespace hourglass::results
