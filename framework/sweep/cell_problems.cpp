#include "sweep/cell_problems.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "run/cell.hpp"

namespace hourglass::sweep {
namespace {

/// Returns assignments with their locations: `noise.sigma=0.3 (a.toml:9:1), bottleneck.size=8 (a.toml:10:1)`.
std::string placed(const std::vector<experiment::Assignment>& assignments) {
  std::string text;
  for (const auto& assignment : assignments) {
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", run::label_of(assignment),
                        experiment::place_text(assignment.origin));
  }
  return text;
}

}  // namespace

void CellProblems::add(const std::vector<experiment::Assignment>& assignments, const base::UserError& error) {
  add(placed(assignments), error);
}

void CellProblems::add(const std::string& where, const base::UserError& error) {
  for (const auto& message : error.messages()) {
    auto found = std::ranges::find(problems_, message, &Problem::message);
    if (found == problems_.end()) found = problems_.insert(found, {message, 0, where});
    ++found->count;
  }
}

void CellProblems::throw_if_any(std::size_t configurations, std::vector<std::string> messages) const {
  for (const auto& [message, count, first] : problems_) {
    messages.push_back(count == configurations ? message
                       : count == 1            ? fmt::format("{}; this occurs with {}", message, first)
                                    : fmt::format("{}; this occurs in {} of {} configurations, first with {}", message,
                                                  count, configurations, first));
  }
  if (!messages.empty()) throw base::UserError(std::move(messages));
}

}  // namespace hourglass::sweep
