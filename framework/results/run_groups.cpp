#include "results/run_groups.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "results/configuration.hpp"

namespace hourglass::results {
namespace {

std::int64_t tasks_done(const RunRecord& run) {
  return std::ranges::count(run.tasks, TaskRecord::State::done, &TaskRecord::state);
}

bool is_stale(const RunRecord& run, const std::string& task) {
  if (!run.stale.empty()) return true;
  const auto found = std::ranges::find(run.tasks, task, &TaskRecord::name);
  return found != run.tasks.end() && !found->stale.empty();
}

}  // namespace

std::vector<Group> group_runs(const std::vector<RunRecord>& runs, bool by_configuration) {
  std::vector<Group> groups;
  std::map<std::string, std::size_t> places;
  for (const auto& run : runs) {
    const auto [place, fresh] = places.emplace(configuration_text(run), groups.size());
    if (!by_configuration || !run.trained()) {
      if (fresh) places.erase(place);
      groups.push_back({{&run}});
    } else if (fresh) {
      groups.push_back({{&run}});
    } else {
      // A repeated seed is not a replicate: of its runs the last one with the most results counts.
      auto& members = groups[place->second].runs;
      const auto same_seed = std::ranges::find_if(members, [&](const RunRecord* one) { return one->seed == run.seed; });
      if (same_seed == members.end()) {
        members.push_back(&run);
      } else if (tasks_done(run) >= tasks_done(**same_seed)) {
        *same_seed = &run;
      }
    }
  }
  return groups;
}

void drop_superseded(std::vector<RunRecord>& runs) {
  const auto name = [](const RunRecord& run) {
    return fmt::format("{}seed={}", configuration_text(run), run.seed.value_or(-1));
  };
  std::set<std::string> latest;
  for (const auto& run : runs) {
    if (!run.earlier && run.done()) latest.insert(name(run));
  }
  std::erase_if(runs, [&](const RunRecord& run) { return run.earlier && run.trained() && latest.contains(name(run)); });
}

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

Group with_result(const Group& group, const std::string& task, const std::string& baseline) {
  Group part;
  std::ranges::copy_if(group.runs, std::back_inserter(part.runs), [&](const RunRecord* run) {
    return std::ranges::any_of(run->metrics,
                               [&](const TaskMetric& m) { return m.task == task && m.metric.baseline == baseline; });
  });
  return part.runs.empty() ? group : part;
}

std::vector<Failure> failures_of(const Group& group) {
  std::vector<Failure> failures;
  for (const auto* run : group.runs) {
    if (!run->trained()) continue;
    for (const auto& task : run->tasks) {
      if (task.state == TaskRecord::State::done) continue;
      const auto state = std::string(to_string(task.state)), reason = reason_of(task);
      auto found = std::ranges::find_if(failures, [&](const Failure& one) {
        return one.task == task.name && one.state == state && one.reason == reason;
      });
      if (found == failures.end()) found = failures.insert(found, {task.name, state, reason, {}});
      found->group.runs.push_back(run);
    }
  }
  return failures;
}

std::vector<std::string> models_of(const Group& group) {
  std::vector<std::string> models = {""};
  for (const auto* run : group.runs) {
    for (const auto& m : run->metrics) {
      if (std::ranges::find(models, m.metric.baseline) == models.end()) models.push_back(m.metric.baseline);
    }
  }
  return models;
}

std::string state_of(const Group& group, const std::vector<std::string>& tasks) {
  std::vector<std::string> stale;
  std::set<const RunRecord*> runs;
  for (const auto* run : group.runs) {
    if (!run->stale.empty()) runs.insert(run);
  }
  const bool trainings = !runs.empty();
  for (const auto& task : tasks) {
    const auto before = stale.size();
    for (const auto* run : group.runs) {
      if (!is_stale(*run, task)) continue;
      runs.insert(run);
      if (stale.size() == before) stale.push_back(task);
    }
  }
  const auto& state = group.first().state;
  if (runs.empty()) return state;
  const auto names = trainings || stale.size() == tasks.size() ? "" : fmt::format(": {}", fmt::join(stale, ", "));
  const auto count = runs.size() == group.runs.size() ? "" : fmt::format("{} of {} ", runs.size(), group.runs.size());
  return fmt::format("{} ({}stale{})", state, count, names);
}

}  // namespace hourglass::results
