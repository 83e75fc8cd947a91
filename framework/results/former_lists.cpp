#include "results/former_lists.hpp"

#include <fmt/format.h>

#include "base/files.hpp"
#include "results/experiment_folder.hpp"
#include "results/experiment_lists.hpp"

namespace hourglass::results {

std::vector<std::string> former_lists(const std::filesystem::path& results, const std::string& experiment,
                                      const std::set<std::string>& runs, const std::filesystem::path& file) {
  std::vector<std::string> sentences;
  for (const auto& list : all_lists(results)) {
    std::error_code ignored;
    const bool same = std::filesystem::equivalent(list.file, file, ignored);
    if (list.experiment == experiment || list.file.empty() || (base::is_file(list.file) && !same)) continue;
    std::set<std::string> shared;
    for (const auto& cell : list.cells) {
      if (runs.contains(cell.run)) shared.insert(cell.run);
    }
    if (shared.empty()) continue;
    sentences.push_back(fmt::format("{}: {} of its {} {} {} also listed by {}, {}; to remove that list, delete {}",
                                    experiment, shared.size(), runs.size(), runs.size() == 1 ? "run" : "runs",
                                    shared.size() == 1 ? "is" : "are", list.experiment,
                                    same ? "which is of the same file" : "whose file no longer exists",
                                    ExperimentFolder(results, list.experiment).path().string()));
  }
  return sentences;
}

}  // namespace hourglass::results
