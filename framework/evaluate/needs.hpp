// What a task cannot do without, against what a run has: asked before training.
#pragma once

#include <string>
#include <vector>

#include "hourglass/task.hpp"
#include "subject/subject.hpp"

namespace hourglass::evaluate {

/// Returns why a task cannot be computed on a run, one reason for each need that is not met, with the values and the
/// nearest fix; none when it can. Reasons continue a sentence that begins with the task's name: "needs labels, and
/// ...".
std::vector<std::string> unmet_needs(const Task& task, const subject::Subject& subject);

}  // namespace hourglass::evaluate
