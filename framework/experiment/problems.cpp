#include "experiment/problems.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "base/error.hpp"
#include "base/printable.hpp"

namespace hourglass::experiment {

std::string message_of(const Origin& origin, const std::string& section, const std::string& sentence) {
  constexpr std::size_t kLongest = 4000;  // nobody reads more, such as a name of a megabyte
  auto text = place_text(origin) + ": " + (section.empty() ? "" : section + " ") + sentence;
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "...";
  std::string line;
  for (const char c : text) {
    line += c == '\n' ? "\\n" : c == '\t' ? "\\t" : std::string(1, c);
  }
  return base::printable(line);
}

void Problems::add(const Origin& origin, const std::string& section, const std::string& sentence) {
  problems_.push_back({origin, message_of(origin, section, sentence)});
}

void Problems::throw_if_any() const {
  constexpr std::size_t kMostShown = 200;
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
  std::set<std::string> seen;
  for (auto& problem : sorted) {
    if (!seen.insert(problem.line).second) continue;
    if (seen.size() <= kMostShown) lines.push_back(std::move(problem.line));
  }
  if (seen.size() > kMostShown)
    lines.push_back(fmt::format("and {} more problems; correct these first", seen.size() - kMostShown));
  throw base::UserError(std::move(lines));
}

}  // namespace hourglass::experiment
