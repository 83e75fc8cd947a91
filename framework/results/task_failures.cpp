#include "results/task_failures.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace hourglass::results {
namespace {

/// The tasks that failed for one reason.
struct Shared {
  std::string reason;  ///< without location and name
  std::vector<const TaskFailure*> failures;
};

/// Returns a reason without the location and the name of its task, which need not be that of the failure: tasks with
/// the same keys have one result.
std::string bare(const std::string& reason) {
  const auto place = reason.find("[[task]] ");
  const auto colon = place == std::string::npos ? place : reason.find(": ", place);
  return colon == std::string::npos ? reason : reason.substr(colon + 2);
}

}  // namespace

std::vector<std::string> distinct(const std::vector<TaskFailure>& failures) {
  std::vector<Shared> all;
  for (const auto& failure : failures) {
    const auto reason = bare(failure.reason);
    auto found = std::ranges::find(all, reason, &Shared::reason);
    if (found == all.end()) found = all.insert(found, {reason, {}});
    found->failures.push_back(&failure);
  }
  std::vector<std::string> texts;
  for (const auto& [reason, tasks] : all) {
    std::vector<std::string> names;
    for (const auto* one : tasks) names.push_back(one->task);
    texts.push_back(names.size() == 1 ? tasks.front()->reason
                                      : fmt::format("{} tasks ({}): {}", names.size(), fmt::join(names, ", "), reason));
  }
  return texts;
}

}  // namespace hourglass::results
