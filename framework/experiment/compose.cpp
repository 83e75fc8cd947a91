#include "experiment/compose.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/suggest.hpp"
#include "experiment/override_words.hpp"
#include "experiment/schema_lookup.hpp"
#include "experiment/toml_source.hpp"
#include "experiment/unknown_names.hpp"
#include "host/value_text.hpp"

namespace hourglass::experiment {
namespace {

constexpr std::string_view kGrid = "sweep.grid";
constexpr std::string_view kAxis = "sweep.grid.";
constexpr std::string_view kInclude = "include";
constexpr std::size_t kDeepest = 64;  ///< files in a chain of includes

/// Suggests an experiment file in the same folder whose name is close to that of the missing `file`; "" if none is.
std::string nearby_file(const std::filesystem::path& file) {
  std::vector<std::string> names;
  std::error_code error;
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  const std::string name = base::nearest(file.filename().replace_extension("").string(), names);
  if (name.empty()) return "";
  return "; did you mean '" + (file.parent_path() / (name + ".toml")).string() + "'?";
}

/// Returns the first block of comment lines if only blank lines precede it. Lines that start with `#:`, which are
/// directives for editors, are skipped.
std::string first_comment(std::string_view text) {
  std::string question;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto begin = line.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) {
      if (question.empty()) continue;
      break;
    }
    line.remove_prefix(begin);
    if (line.front() != '#') break;
    if (line.starts_with("#:")) continue;
    line.remove_prefix(std::min(line.find_first_not_of("# \t\r"), line.size()));
    line = line.substr(0, line.find_last_not_of(" \t\r") + 1);
    if (!question.empty() && !line.empty()) question += ' ';
    question += line;
  }
  return question;
}

/// Moves the values of the nested tables of `node` to `axes`, keyed by their dotted paths. An empty table is a value,
/// so that it is refused as one.
void flatten(TomlNode& node, const std::string& prefix, TomlTable& axes) {
  for (TomlEntry& entry : node.table()) {
    entry.key = joined_path(prefix, entry.key);
    if (entry.node.is<TomlTable>() && !entry.node.table().empty()) {
      flatten(entry.node, entry.key, axes);
    } else {
      axes.push_back(std::move(entry));
    }
  }
}

/// Turns an unquoted `noise.sigma = [...]`, which TOML reads as nested tables, into the axis "noise.sigma".
void flatten_axes(TomlNode& root) {
  TomlNode* grid = at_path(root, kGrid);
  if (!grid || !grid->is<TomlTable>()) return;
  TomlTable axes;
  flatten(*grid, "", axes);
  grid->value = std::move(axes);
}

/// Says which keys another choice for their table has dropped; `choice` is where that was written.
std::string drop_note(const Origin& choice, const TomlTable& dropped) {
  std::string keys;
  for (const TomlEntry& entry : dropped) {
    const auto value = source(entry.node);
    keys += fmt::format("{}{} = {} ({})", keys.empty() ? "" : ", ", entry.key,
                        value.empty() ? written(entry.node) : host::shortened(value), place_text(entry.origin));
  }
  return message_of(choice, "",
                    "this drops " + keys + ", written for another choice; the new one starts from its own defaults");
}

/// Reads a file and the files that it includes; a file's values override those of the files that it includes.
class Reader {
 public:
  Reader(const Schema& schema, Problems& problems) : schema_(schema), problems_(problems) {}

  TomlNode read(const std::filesystem::path& file, std::string* question) {
    const std::string text = base::read_text(file);
    if (question) *question = first_comment(text);
    auto root = read_toml(text, file.string(), problems_);
    if (!root) {
      complete_ = false;
      return {TomlTable{}, {}};
    }
    expand_short_forms(*root, schema_);
    flatten_axes(*root);
    const auto include = std::ranges::find(root->table(), kInclude, &TomlEntry::key);
    if (include == root->table().end()) return std::move(*root);
    const TomlNode list = std::move(include->node);
    root->table().erase(include);
    open_.push_back(file);
    TomlNode composed{TomlTable{}, root->origin};
    for (const TomlNode& name : names(list)) {
      if (auto base = included(name, file)) lay_over(composed, std::move(*base));
    }
    open_.pop_back();
    lay_over(composed, std::move(*root));
    return composed;
  }

  /// Returns one sentence for each table of which a file has dropped keys of the files that it includes.
  const std::vector<std::string>& notes() const { return notes_; }

  /// Returns whether every file was read to its end; if not, checking the rest would give misleading errors.
  bool complete() const { return complete_; }

 private:
  /// Merges the contents of a file into those of the files before it.
  void lay_over(TomlNode& composed, TomlNode file) {
    const TomlNode* grid = at_path(file, kGrid);
    if (grid && grid->is<TomlTable>() && grid->table().empty()) {  // an empty grid is no axis to add: it removes all
      std::erase_if(composed.table(), [](const TomlEntry& entry) { return entry.key == "sweep"; });
    }
    TomlTable dropped;
    merge(composed, std::move(file), "", schema_, &dropped);
    for (const TableSchema& table : schema_.tables) {
      TomlTable of_table;
      for (const TomlEntry& entry : dropped) {
        if (entry.key.substr(0, entry.key.rfind('.')) == table.path) of_table.push_back(entry);
      }
      if (of_table.empty()) continue;
      notes_.push_back(drop_note(child(*at_path(composed, table.path), table.selector)->origin, of_table));
    }
  }

  TomlList names(const TomlNode& list) {
    if (list.is<std::string>()) return {list};
    TomlList names;
    if (list.is<TomlList>()) {
      for (const TomlNode& item : list.list()) {
        if (!item.is<std::string>()) return refuse(item);
        names.push_back(item);
      }
      return names;
    }
    return refuse(list);
  }

  TomlList refuse(const TomlNode& node) {
    complete_ = false;
    problems_.add(node.origin, "",
                  "'include' expects a list of file names such as [\"base.toml\"], relative to this file, but got " +
                      written(node));
    return {};
  }

  std::optional<TomlNode> included(const TomlNode& name, const std::filesystem::path& from) {
    const auto file = base::without_dots(from.parent_path() / name.text());
    std::error_code error;
    if (!std::filesystem::exists(file, error)) {
      complete_ = false;
      problems_.add(
          name.origin, "",
          "'include' names a file that does not exist: " + host::shortened(file.string(), 1000) + nearby_file(file));
      return std::nullopt;
    }
    for (std::size_t i = 0; i < open_.size(); ++i) {
      if (!std::filesystem::equivalent(open_[i], file, error)) continue;
      std::string circle;
      for (std::size_t j = i; j < open_.size(); ++j) circle += open_[j].string() + " -> ";
      complete_ = false;
      problems_.add(name.origin, "",
                    "'include' is circular: " + circle + file.string() + "; remove one of these includes");
      return std::nullopt;
    }
    if (open_.size() == kDeepest) {
      complete_ = false;
      problems_.add(name.origin, "",
                    "'include' is nested more than " + std::to_string(kDeepest) +
                        " files deep; include the files that have the keys directly");
      return std::nullopt;
    }
    const auto canonical = std::filesystem::weakly_canonical(file, error);
    if (const auto known = known_.find(canonical); known != known_.end()) return known->second;
    try {
      return known_.emplace(canonical, read(file, nullptr)).first->second;
    } catch (const base::UserError& unreadable) {
      complete_ = false;
      problems_.add(name.origin, "", "'include' names a file that cannot be used: " + std::string(unreadable.what()));
      return std::nullopt;
    }
  }

  const Schema& schema_;
  Problems& problems_;
  std::vector<std::string> notes_;
  std::vector<std::filesystem::path> open_;          ///< the chain of includes that is being read, outermost file first
  std::map<std::filesystem::path, TomlNode> known_;  ///< included files with what they include, by canonical path
  bool complete_ = true;
};

void apply_override(TomlNode& root, const std::string& text, const Schema& schema, Problems& problems,
                    TomlTable& dropped) {
  const auto equals = text.find('=');
  const std::string path = text.substr(0, equals);
  const bool deep = std::ranges::count(path, '.') > kMostDots;
  const Origin origin{Origin::Kind::override, deep ? path.substr(0, 40) + "..." : text, 0, 0};
  if (equals == std::string::npos || path.empty()) {
    problems.add(origin, "", "an override has the form key=value, such as train.epochs=3");
    return;
  }
  if (deep) {
    problems.add(
        origin, "",
        "a dotted key has more than " + std::to_string(kMostDots) + " parts; a key of an experiment needs at most 4");
    return;
  }
  if (path == kInclude) {
    problems.add(origin, "",
                 "'include' is a key of files and cannot be set on the command line; write include = \"" +
                     text.substr(equals + 1) + "\" at the top of the experiment file");
    return;
  }
  TomlNode value = read_toml_value(std::string_view(text).substr(equals + 1), origin, &problems);
  if (path == "sweep" || path == kGrid) {  // replaces all axes, so that an empty table switches the sweep off
    std::erase_if(root.table(), [](const TomlEntry& entry) { return entry.key == "sweep"; });
    set_value(root, path, std::move(value), schema, problems);
    return flatten_axes(root);
  }
  if (!path.starts_with(kAxis)) return set_value(root, path, std::move(value), schema, problems, &dropped);
  // The name of an axis contains dots itself.
  std::string axis = path.substr(kAxis.size());
  std::erase(axis, '"');
  TomlTable axes, grid, sweep;
  axes.push_back({axis, origin, std::move(value)});
  grid.push_back({"grid", origin, {std::move(axes), origin}});
  sweep.push_back({"sweep", origin, {std::move(grid), origin}});
  merge(root, {std::move(sweep), root.origin}, "", schema);
}

void apply_overrides(Composition& result, const std::vector<std::string>& overrides, const Schema& schema,
                     Problems& problems) {
  for (std::size_t i = 0; i < overrides.size();) {
    const std::size_t words = words_of_override(overrides, i);
    if (words == 1) {
      const auto text = without_spaces(overrides[i++]);
      TomlTable dropped;
      apply_override(result.root, text, schema, problems, dropped);
      if (!dropped.empty()) result.notes.push_back(drop_note({Origin::Kind::override, text, 0, 0}, dropped));
      continue;
    }
    std::string spaced, whole;
    for (const std::size_t end = i + words; i < end; ++i) {
      spaced += (spaced.empty() ? "" : " ") + overrides[i];
      whole += overrides[i];
    }
    problems.add({Origin::Kind::override, spaced, 0, 0}, "", "an override has no spaces around its =; write " + whole);
  }
}

/// Returns the item of a list at index `part`; the index one past the end appends an item. Returns null after reporting
/// a problem.
TomlNode* item_of(TomlNode& list, const std::string& part, const std::string& path, const Origin& origin,
                  Problems& problems) {
  const std::size_t size = list.list().size();
  const auto index = index_of(part);
  if (index && *index == size) list.list().push_back({TomlTable{}, origin});
  if (index && *index <= size) return &list.list()[*index];
  const auto item = [&](std::size_t number) { return path + "." + std::to_string(number); };
  const std::string range = size > 1 ? item(0) + " to " + item(size - 1) : item(0);
  problems.add(origin, "",
               "'" + path + "' is a list, indexed from 0: expected " + range +
                   (size > 0 ? ", or " + item(size) + " to add one" : "") + ", but got " + path + "." + part);
  return nullptr;
}

}  // namespace

void set_value(TomlNode& root, const std::string& path, TomlNode value, const Schema& schema, Problems& problems,
               TomlTable* dropped) {
  const Origin origin = value.origin;
  const auto parts = split_path(path);
  TomlNode* parent = &root;
  std::string table_path;  // without the indices
  std::string so_far;      // with them
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    if (parent->is<TomlList>()) {
      parent = item_of(*parent, parts[i], so_far, origin, problems);
      if (!parent) return;
      so_far = joined_path(so_far, parts[i]);
      if (!last) continue;
      const TableSchema* table = find_table(schema, table_path);
      if (value.is<std::string>() && table && !table->selector.empty()) {
        TomlTable selector;
        selector.push_back({table->selector, origin, std::move(value)});
        value = {std::move(selector), origin};
      }
      if (value.is<TomlTable>() && parent->is<TomlTable>())
        return merge(*parent, std::move(value), table_path, schema, dropped);
      *parent = std::move(value);
      return;
    }
    if (!parent->is<TomlTable>()) {
      problems.add(origin, "", "'" + so_far + "' is " + written(*parent) + ", so it has no key '" + parts[i] + "'");
      return;
    }
    if (last) break;
    if (!child(*parent, parts[i])) {
      const TableSchema* table = find_table(schema, joined_path(table_path, parts[i]));
      TomlNode made{TomlTable{}, origin};
      if (table && table->repeated) made.value = TomlList{};
      parent->table().push_back({parts[i], origin, std::move(made)});
    }
    parent = child(*parent, parts[i]);
    table_path = joined_path(table_path, parts[i]);
    so_far = joined_path(so_far, parts[i]);
  }
  TomlNode overlay{TomlTable{}, parent->origin};
  overlay.table().push_back({parts.back(), origin, std::move(value)});
  if (const TableSchema* table = find_table(schema, joined_path(table_path, parts.back()));
      table && !table->selector.empty() && !table->repeated && overlay.table().front().node.is<std::string>()) {
    TomlTable selector;
    selector.push_back({table->selector, origin, std::move(overlay.table().front().node)});
    overlay.table().front().node = {std::move(selector), origin};
  }
  merge(*parent, std::move(overlay), table_path, schema, dropped);
}

Composition compose(const std::filesystem::path& file, const std::vector<std::string>& overrides, const Schema& schema,
                    Problems& problems) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) {
    throw base::UserError(file.string() + ": this is a folder, not an experiment file");
  }
  if (!std::filesystem::exists(file, error)) {
    throw base::UserError(file.string() + ": there is no such experiment file" + nearby_file(file));
  }
  Composition result;
  Reader reader(schema, problems);
  result.root = reader.read(file, &result.question);
  if (!reader.complete()) problems.throw_if_any();
  result.notes = reader.notes();
  apply_overrides(result, overrides, schema, problems);
  return result;
}

TomlList read_entries(const std::filesystem::path& file, const TableSchema& table, const Schema& schema) {
  Problems problems(file.string());
  auto composition = compose(file, {}, schema, problems);
  std::set<std::string> ignored;
  check_names(composition.root, schema, problems, ignored);
  problems.throw_if_any();
  auto* entries = child(composition.root, table.path);
  if (entries == nullptr || !entries->is<TomlList>() || entries->list().empty()) {
    throw base::UserError(file.string() + ": the file has no " + header(table) + "; write a table " + header(table) +
                          " for each " + table.path + " to add");
  }
  return std::move(entries->list());
}

}  // namespace hourglass::experiment
