#include "results/experiment_links.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "base/hash.hpp"

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
  if (fs::is_symlink(link.parent_path(), ignored) || fs::is_symlink(link.parent_path().parent_path(), ignored)) return;
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
  if (fs::is_symlink(folder, error)) return;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (wanted.contains(entry->path()) || !entry->is_symlink(ignored)) continue;
    if (fs::read_symlink(entry->path(), ignored).string().starts_with(runs.string() + "/"))
      unwanted.push_back(entry->path());
  }
  for (const auto& link : unwanted) fs::remove(link, error);
}

constexpr std::size_t kLongest = 120;

std::string link_name(const ListedCell& cell) {
  auto name = cell.label;
  std::ranges::replace(name, '/', '_');
  if (name.starts_with('.')) name.front() = '_';
  if (name.size() > kLongest) name = name.substr(0, kLongest) + "... " + cell.run.substr(0, 8);
  return name;
}

}  // namespace

std::vector<std::string> link_names(const std::vector<ListedCell>& cells) {
  std::vector<std::string> names;
  std::map<std::string, const ListedCell*> last;
  for (const auto& cell : cells) {
    names.push_back(link_name(cell));
    last[names.back()] = &cell;
  }
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto& [label, run] = std::pair(cells[i].label, cells[i].run);
    const auto* owner = last[names[i]];
    if (owner->label == label && owner->run == run) continue;
    names[i] = names[i].substr(0, kLongest) + "... " + base::hash_hex(run + "\n" + label).substr(0, 8);
  }
  return names;
}

void update_links(const fs::path& folder, const std::vector<ListedCell>& cells) {
  const auto tasks = folder / "tasks";
  Links wanted;
  const auto names = link_names(cells);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto& cell = cells[i];
    wanted[folder / names[i]] = kRuns / cell.run;
    for (const auto& task : cell.tasks) {
      if (!task.folder.empty()) wanted[tasks / task.name / names[i]] = kRunsOfTask / cell.run / "tasks" / task.folder;
    }
  }
  remove_other_links(folder, kRuns, wanted);
  std::vector<fs::path> known;
  std::error_code error;
  if (!fs::is_symlink(tasks, error)) {
    for (fs::directory_iterator entry(tasks, error), end; !error && entry != end; entry.increment(error)) {
      std::error_code ignored;
      if (fs::symlink_status(entry->path(), ignored).type() == fs::file_type::directory) known.push_back(entry->path());
    }
  }
  for (const auto& task : known) {
    remove_other_links(task, kRunsOfTask, wanted);
    fs::remove(task, error);  // if it is empty
  }
  for (const auto& [link, to] : wanted) make_link(to, link);
}

}  // namespace hourglass::results
