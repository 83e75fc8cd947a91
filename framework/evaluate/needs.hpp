// Checks, before training, whether a run meets the needs of a task.
#pragma once

#include <string>
#include <vector>

#include "hourglass/task.hpp"
#include "subject/subject.hpp"

namespace hourglass::evaluate {

/// Returns why a task cannot run on a subject: one reason per unmet need, with the values and the nearest fix; empty if
/// it can run. Each reason continues a sentence that begins with the task's name: "needs labels, but ...".
std::vector<std::string> unmet_needs(const Task& task, const subject::Subject& subject);

}  // namespace hourglass::evaluate
