#include "results/experiment_lists.hpp"

#include "base/error.hpp"
#include "results/experiment_folder.hpp"

namespace hourglass::results {

std::vector<ExperimentList> all_lists(const std::filesystem::path& results) {
  std::vector<ExperimentList> lists;
  for (const auto& name : ExperimentFolder::all(results)) {
    const ExperimentFolder folder(results, name);
    ExperimentList list{name};
    try {
      list = {name, "", folder.question(), folder.file(), folder.cells()};
    } catch (const base::UserError& error) {
      list.damage = error.what();
    }
    lists.push_back(std::move(list));
  }
  return lists;
}

void report_damage(const std::vector<ExperimentList>& lists, std::vector<std::string>& problems) {
  for (const auto& list : lists) {
    if (!list.damage.empty()) problems.push_back(list.damage);
  }
}

}  // namespace hourglass::results
