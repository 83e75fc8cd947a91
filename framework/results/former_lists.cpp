#include "results/former_lists.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/files.hpp"
#include "results/experiment_folder.hpp"

namespace hourglass::results {

std::vector<std::string> former_lists(const std::filesystem::path& results, const std::string& experiment,
                                      const std::set<std::string>& runs, const std::filesystem::path& file) {
  std::vector<std::string> sentences;
  for (const auto& name : ExperimentFolder::all(results)) {
    const ExperimentFolder other(results, name);
    try {
      const auto of = other.file();
      std::error_code ignored;
      const bool same = std::filesystem::equivalent(of, file, ignored);
      if (name == experiment || of.empty() || (base::is_file(of) && !same)) continue;
      std::set<std::string> shared;
      for (const auto& cell : other.cells()) {
        if (runs.contains(cell.run)) shared.insert(cell.run);
      }
      if (shared.empty()) continue;
      sentences.push_back(
          fmt::format("{}: {} of its {} {} {} also listed by {}, {}; to remove that list, delete {}", experiment,
                      shared.size(), runs.size(), runs.size() == 1 ? "run" : "runs", shared.size() == 1 ? "is" : "are",
                      name, same ? "which is of the same file" : "whose file no longer exists", other.path().string()));
    } catch (const base::UserError&) {
      continue;
    }
  }
  return sentences;
}

}  // namespace hourglass::results
