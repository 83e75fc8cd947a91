#include "experiment/problems.hpp"

#include <algorithm>
#include <tuple>

#include "base/error.hpp"

namespace hourglass::experiment {

void Problems::add(const Origin& origin, const std::string& section, const std::string& sentence) {
  problems_.push_back({origin, place_text(origin) + ": " + (section.empty() ? "" : section + " ") + sentence});
}

void Problems::throw_if_any() const {
  if (problems_.empty()) return;
  auto sorted = problems_;
  std::ranges::stable_sort(sorted, {}, [&](const Problem& problem) {
    const Origin& origin = problem.origin;
    const bool typed = origin.kind == Origin::Kind::override;
    // Overrides keep their order on the command line.
    return std::tuple(typed, !typed && origin.file != main_file_, typed ? "" : origin.file, origin.line, origin.column);
  });
  std::vector<std::string> lines;
  for (const auto& note : notes_) lines.push_back("note: " + note);
  for (auto& problem : sorted) {
    if (std::ranges::find(lines, problem.line) == lines.end()) lines.push_back(std::move(problem.line));
  }
  throw base::UserError(std::move(lines));
}

}  // namespace hourglass::experiment
