#include "results/measures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/suggest.hpp"

namespace hourglass::results {
namespace {

// These names imply their units: hourglass/metric.hpp.
constexpr std::array<std::string_view, 4> kKnownUnits = {"mse", "sse", "bce", "bce_sum"};

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

}  // namespace

std::string full_name(const Metric& metric) {
  auto name = metric.name;
  if (metric.split != Split::test) name += fmt::format(" ({})", to_string(metric.split));
  if (!metric.condition.empty()) name += fmt::format(" ({})", metric.condition);
  return name;
}

Measure::Measure(const TaskMetric& m)
    : task(m.task), name(m.metric.name), split(m.metric.split), condition(m.metric.condition) {}

std::string Measure::key() const {
  return fmt::format("{}.{}{}{}", task, name, split == Split::test ? "" : fmt::format(".{}", to_string(split)),
                     condition.empty() ? "" : fmt::format(" ({})", condition));
}

Column column_of(const TaskMetric& m) {
  const auto& name = m.metric.name;
  const auto& unit = m.metric.unit;
  const auto direction = m.metric.direction;
  const bool known = unit.empty() || unit == "1" || std::ranges::find(kKnownUnits, name) != kKnownUnits.end();
  const auto title = fmt::format("{}{} {}", full_name(m.metric), known ? "" : fmt::format(" [{}]", unit),
                                 direction == Direction::lower ? "↓" : "↑");
  return {title, Measure(m).key(), 5, true, direction, m.task};
}

void choose_metrics(std::vector<RunRecord>& runs, const std::vector<std::string>& wanted_metrics,
                    const std::vector<std::string>& wanted_tasks) {
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
    for (const auto& task : run.tasks) note(tasks, task.name);
  }
  auto known = names;
  for (const auto& key : full) {
    if (contains(wanted_metrics, key)) known.push_back(key);
  }
  check_names(wanted_metrics, known, "metric");
  check_names(wanted_tasks, tasks, "task");
  std::vector<std::string> chosen = wanted_tasks;
  for (auto& run : runs) {
    std::erase_if(run.metrics, [&](const TaskMetric& m) {
      const bool metric = wanted_metrics.empty() || contains(wanted_metrics, m.metric.name) ||
                          contains(wanted_metrics, Measure(m).key());
      return !metric || !(wanted_tasks.empty() || contains(wanted_tasks, m.task));
    });
    for (const auto& m : run.metrics) note(chosen, m.task);
  }
  if (wanted_metrics.empty() && wanted_tasks.empty()) return;
  for (auto& run : runs) std::erase_if(run.tasks, [&](const auto& task) { return !contains(chosen, task.name); });
}

std::vector<TaskMetric> measures_of(const std::vector<RunRecord>& runs, const std::vector<std::string>& metrics) {
  std::vector<TaskMetric> measures;
  for (const auto& run : runs) {
    for (const auto& m : run.metrics) {
      const auto known = [&](const TaskMetric& other) { return Measure(other) == Measure(m); };
      if (std::none_of(measures.begin(), measures.end(), known)) measures.push_back(m);
    }
  }
  const auto place = [&](const TaskMetric& m) {
    return std::find_if(metrics.begin(), metrics.end(),
                        [&](const std::string& name) { return name == m.metric.name || name == Measure(m).key(); }) -
           metrics.begin();
  };
  std::stable_sort(measures.begin(), measures.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
  return measures;
}

}  // namespace hourglass::results
