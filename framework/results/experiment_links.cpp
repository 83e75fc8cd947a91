#include "results/experiment_links.hpp"

#include <algorithm>
#include <map>

namespace hourglass::results {
namespace {

namespace fs = std::filesystem;

/// The folder of runs as links name it, relative to the folder of an experiment and to tasks/<task>/ in it.
const fs::path kRuns = fs::path("..") / ".." / "runs";
const fs::path kRunsOfTask = fs::path("..") / ".." / kRuns;

/// Makes the symbolic link `link` to `to`. Replaces an existing link, but no other file.
void make_link(const fs::path& to, const fs::path& link) {
  std::error_code ignored;
  if (fs::read_symlink(link, ignored) == to) return;
  fs::create_directories(link.parent_path(), ignored);
  if (fs::is_symlink(link, ignored)) fs::remove(link, ignored);
  fs::create_directory_symlink(to, link, ignored);
}

/// Links by their paths, and what they lead to.
using Links = std::map<fs::path, fs::path>;

/// Removes the links in `folder` to something in `runs` that are not in `wanted`.
void remove_other_links(const fs::path& folder, const fs::path& runs, const Links& wanted) {
  std::vector<fs::path> unwanted;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (wanted.contains(entry->path()) || !entry->is_symlink(ignored)) continue;
    if (fs::read_symlink(entry->path(), ignored).string().starts_with(runs.string() + "/"))
      unwanted.push_back(entry->path());
  }
  for (const auto& link : unwanted) fs::remove(link, error);
}

}  // namespace

std::string link_name(const ListedCell& cell) {
  constexpr std::size_t kLongest = 120;
  auto name = cell.label;
  std::ranges::replace(name, '/', '_');
  if (name.starts_with('.')) name.front() = '_';
  if (name.size() > kLongest) name = name.substr(0, kLongest) + "... " + cell.run.substr(0, 8);
  return name;
}

void update_links(const fs::path& folder, const std::vector<ListedCell>& cells) {
  const auto tasks = folder / "tasks";
  Links wanted;
  for (const auto& cell : cells) {
    wanted[folder / link_name(cell)] = kRuns / cell.run;
    for (const auto& task : cell.tasks) {
      if (!task.folder.empty())
        wanted[tasks / task.name / link_name(cell)] = kRunsOfTask / cell.run / "tasks" / task.folder;
    }
  }
  remove_other_links(folder, kRuns, wanted);
  std::vector<fs::path> known;
  std::error_code error;
  for (fs::directory_iterator entry(tasks, error), end; !error && entry != end; entry.increment(error))
    known.push_back(entry->path());
  for (const auto& task : known) {
    remove_other_links(task, kRunsOfTask, wanted);
    fs::remove(task, error);  // if it is empty
  }
  for (const auto& [link, to] : wanted) make_link(to, link);
}

}  // namespace hourglass::results
