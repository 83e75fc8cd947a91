#include "experiment/unknown_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/suggest.hpp"
#include "experiment/schema_lookup.hpp"
#include "experiment/usual_names.hpp"
#include "host/check_plugin.hpp"
#include "host/value_text.hpp"

namespace hourglass::experiment {
namespace {

constexpr const char* kGrid = "sweep.grid";

/// A table that declares a key; `alternative` is one that has it, or null if all have it.
struct Home {
  const TableSchema* table;
  const base::Alternative* alternative;
};

std::vector<Home> homes_with(const Schema& schema, std::string_view key) {
  std::vector<Home> homes;
  for (const TableSchema& table : schema.tables) {
    if (find_spec(table.common, key) || (table.selector.empty() && any_declares(table, key))) {
      homes.push_back({&table, nullptr});
      continue;
    }
    const base::Alternative* usual = find_alternative(table, table.default_alternative);
    if (usual && find_spec(usual->params, key)) {
      homes.push_back({&table, usual});
      continue;
    }
    const auto one = std::ranges::find_if(
        table.alternatives, [&](const base::Alternative& other) { return find_spec(other.params, key) != nullptr; });
    if (one != table.alternatives.end()) homes.push_back({&table, &*one});
  }
  return homes;
}

/// Returns the tables that declare a key, or in which the key that has this other usual name is written; `key` becomes
/// the declared name.
std::vector<Home> homes_of(const Schema& schema, std::string& key) {
  auto homes = homes_with(schema, key);
  const auto meant = homes.empty() ? usual_key(key) : std::nullopt;
  if (!meant) return homes;
  auto others = homes_with(schema, meant->second);
  std::erase_if(others, [&](const Home& home) { return home.table->path != meant->first; });
  if (others.empty()) return homes;
  key = meant->second;
  return others;
}

/// Returns the nearest key of any table: of the subtables of `path` if one of them has a similar key.
std::string nearest_key(const Schema& schema, const std::string& key, const std::string& path) {
  std::vector<std::string> below, all;
  for (const TableSchema& table : schema.tables) {
    for (const auto& alternative : table.alternatives) {
      for (const auto& name : key_names(table, alternative)) {
        if (std::ranges::find(all, name) == all.end()) all.push_back(name);
        const bool inside = !path.empty() && table.path.starts_with(path + ".");
        if (inside && std::ranges::find(below, name) == below.end()) below.push_back(name);
      }
    }
  }
  const std::string name = base::nearest(key, below);
  return name.empty() ? base::nearest(key, all) : name;
}

/// Returns the override that was meant by `entry`, which was given as `sigma=0.3`: `noise.sigma=0.3`.
std::string override_of(const Home& home, const std::string& key, const TomlEntry& entry) {
  const auto& text = entry.origin.file;
  const auto equals = text.find('=');
  const auto place = home.table->repeated ? home.table->path + ".0" : home.table->path;
  const auto given = split_path(std::string_view(text).substr(0, equals));
  const bool whole = equals != std::string::npos && given.back() == entry.key;
  return joined_path(place, key) + "=" + (whole ? text.substr(equals + 1) : "VALUE");
}

/// Says where `key` is written, in the tables that have it: `'name' is a top-level key and a key of [[task]]`.
std::string places_of(const std::vector<Home>& homes, const std::string& key) {
  std::string text;
  for (const Home& home : homes) {
    text += text.empty() ? "'" + key + "' is " : " and ";
    text += home.table->path.empty() ? "a top-level key" : "a key of " + header(*home.table);
    if (home.alternative) text += fmt::format(" with {} = \"{}\"", home.table->selector, home.alternative->name);
  }
  return text;
}

/// Returns the table in which this key and value select an alternative; null if there is none.
const TableSchema* selected_by(const Schema& schema, const TomlEntry& entry) {
  const auto found = std::ranges::find_if(schema.tables, [&](const TableSchema& table) {
    return table.selector == entry.key && entry.node.is<std::string>() && find_alternative(table, entry.node.text());
  });
  return found == schema.tables.end() ? nullptr : &*found;
}

/// Returns the nearest fix for a key in the table at `path`, to which it does not belong; "" if no table has it.
std::string where_it_belongs(const Schema& schema, const TomlNode& root, const std::string& path,
                             const TomlEntry& entry) {
  if (entry.key == "include") return "; 'include' is a top-level key";
  if (const TableSchema* table = selected_by(schema, entry); table && table->path != path) {
    if (entry.origin.kind == Origin::Kind::override) {
      return "; did you mean '" + override_of({table, nullptr}, entry.key, entry) + "'?";
    }
    return "; write " + entry.key + " = " + source(entry.node) + " below " + header(*table);
  }
  if (const TableSchema* table = find_table(schema, usual_table(entry.key)); table && !table->selector.empty()) {
    if (entry.origin.kind == Origin::Kind::override && entry.node.is<std::string>()) {
      return "; did you mean '" + override_of({table, nullptr}, table->selector, entry) + "'?";
    }
    return "; did you mean " + header(*table) + "?";
  }
  std::string key = entry.key;
  auto homes = homes_of(schema, key);
  if (homes.empty()) {
    key = nearest_key(schema, entry.key, path);
    if (!key.empty()) homes = homes_with(schema, key);
  }
  if (homes.empty()) return "";
  Home& home = homes.front();
  if (homes.size() > 1) return "; " + places_of(homes, key);
  if (entry.origin.kind == Origin::Kind::override) {
    return "; did you mean '" + override_of(home, key, entry) + "'?";
  }
  if (path.empty() || !home.table->path.starts_with(path + ".")) return "; " + places_of(homes, key);
  const TomlNode* chosen = at_path(root, joined_path(home.table->path, home.table->selector));
  if (const auto* named = chosen && chosen->is<std::string>() ? find_alternative(*home.table, chosen->text()) : nullptr;
      home.alternative && named && find_spec(named->params, key)) {
    home.alternative = named;
  }
  const std::string value = source(entry.node);
  const std::string setting = key + " = " + (value.empty() ? "VALUE" : value);
  return fmt::format("; write {} = {{ {}{} }}", home.table->path.substr(path.size() + 1),
                     home.alternative ? fmt::format("{} = \"{}\", ", home.table->selector, home.alternative->name) : "",
                     setting);
}

/// Returns the override that was meant by `entry`, one of the unknown table `wrong`, if its key belongs to `table`:
/// `train.optimizer.learning_rate=0.1` for `optimizer.lr=0.1`. Else "".
std::string whole_override(const TomlEntry& entry, const std::string& wrong, const TableSchema* table) {
  const auto& text = entry.origin.file;
  const auto equals = text.find('=');
  if (!table || entry.origin.kind != Origin::Kind::override || equals == std::string::npos) return "";
  if (equals <= wrong.size() || text[wrong.size()] != '.') return "";
  auto key = text.substr(wrong.size() + 1, equals - wrong.size() - 1);
  const auto has = [&](const std::string& name) {
    return name == table->selector || find_spec(table->common, name) || any_declares(*table, name);
  };
  if (const auto meant = has(key) ? std::nullopt : usual_key(key); meant && meant->first == table->path)
    key = meant->second;
  if (!has(key)) {
    std::vector<std::string> names;
    for (const auto& one : table->alternatives) {
      for (auto& name : key_names(*table, one)) names.push_back(std::move(name));
    }
    key = base::nearest(key, names);
  }
  return key.empty() ? "" : joined_path(table->path + (table->repeated ? ".0" : ""), key) + text.substr(equals);
}

bool is_plugin_table(const TableSchema& table) {
  return std::ranges::find(host::plugin_kinds(), table.path) != host::plugin_kinds().end();
}

}  // namespace

std::string keys_text(const TableSchema& table, const base::Alternative& chosen) {
  const auto names = key_names(table, chosen);
  if (chosen.name.empty()) return names.empty() ? "there are no keys" : "the keys are " + host::listed(names);
  return chosen.name + (names.empty() ? " has no keys" : " has " + host::listed(names));
}

std::string unknown_key(const Schema& schema, const TomlNode& root, const TableSchema* table,
                        const base::Alternative* chosen, const TomlEntry& entry) {
  std::string sentence = "unknown key '" + host::shortened(entry.key) + "'";
  std::vector<std::string> names;
  if (table && chosen) {
    names = key_names(*table, *chosen);
    if (table->path.empty()) {
      sentence += names.empty() ? "" : ": the top-level keys are include, " + host::listed(names);
      names.push_back("include");
    } else {
      sentence += ": " + keys_text(*table, *chosen);
      if (!table->selector.empty()) names.push_back(table->selector);
      for (auto& name : child_tables(schema, table->path)) names.push_back(std::move(name));
    }
  }
  // A key that another table has is not a mistyped one of this table.
  std::string meant = entry.key;
  const bool typed = entry.origin.kind == Origin::Kind::override;
  const bool elsewhere = !homes_of(schema, meant).empty() || (typed && !usual_table(entry.key).empty());
  std::string hint =
      elsewhere && std::ranges::find(names, meant) == names.end() ? "" : base::did_you_mean(meant, names);
  if (hint.empty()) hint = where_it_belongs(schema, root, table ? table->path : "", entry);
  return sentence + hint;
}

std::vector<std::string> meant_overrides(const Schema& schema, const std::string& text) {
  std::string key = text.substr(0, text.find('='));
  if (key.find('.') != std::string::npos) return {text};
  std::vector<std::string> meant;
  for (const TableSchema& table : schema.tables) {
    if (table.selector.empty() || (table.path != key && !table.path.ends_with("." + key))) continue;
    meant.push_back(table.path + (table.repeated ? ".0" : "") + text.substr(std::min(key.size(), text.size())));
  }
  if (!meant.empty()) return meant;
  const TomlEntry entry{key, {Origin::Kind::override, text, 0, 0}, {}};
  auto homes = homes_of(schema, key);
  if (homes.empty()) {
    key = nearest_key(schema, key, "");
    if (!key.empty()) homes = homes_with(schema, key);
  }
  for (const Home& home : homes) meant.push_back(override_of(home, key, entry));
  return meant;
}

void report_unknown_table(const TomlEntry& entry, const std::string& path, const Schema& schema, Problems& problems,
                          std::set<std::string>& meant) {
  const std::string& key = entry.key;
  const std::string full = joined_path(path, key);
  std::vector<std::string> names, all = {kGrid};
  for (const auto& name : child_tables(schema, path)) names.push_back(joined_path(path, name));
  for (const auto& table : schema.tables) all.push_back(table.path);
  const auto as_header = [&](const std::string& name) {
    const TableSchema* table = find_table(schema, name);
    return table ? header(*table) : "[" + name + "]";
  };
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + as_header(name);
  if (path.empty()) list += fmt::format("{}[{}]", list.empty() ? "" : ", ", kGrid);

  auto candidates = names;
  if (path.empty()) candidates.push_back("sweep");
  std::string near = base::nearest(full, candidates);
  const auto ends_so = [&](const std::string& name) { return name.ends_with("." + key); };
  if (near.empty() && std::ranges::count_if(all, ends_so) == 1) {
    near = *std::ranges::find_if(all, ends_so);
  }
  if (near.empty()) near = usual_table(full);
  if (near == "sweep") near = kGrid;
  const auto whole = whole_override(entry, full, find_table(schema, near));
  const auto meant_text = whole.empty() ? as_header(near) : "'" + whole + "'";
  problems.add(entry.origin, "",
               fmt::format("unknown table [{}]: {}{}", host::shortened(full),
                           list.empty() ? "[" + path + "] has no subtables" : "the tables are " + list,
                           near.empty() ? "" : "; did you mean " + meant_text + "?"));
  if (!near.empty()) meant.insert(near);
}

void check_names(const TomlNode& root, const Schema& schema, Problems& problems, std::set<std::string>& meant) {
  const auto check = [&](const auto& below_it, const TomlNode& node, const std::string& path) -> void {
    const bool top = path.empty();
    const TableSchema* own = find_table(schema, path);
    const auto below = child_tables(schema, path);
    for (const TomlEntry& entry : node.table()) {
      if (top && (entry.key == "sweep" || (own && find_spec(own->alternatives.front().params, entry.key)))) continue;
      const std::string full = joined_path(path, entry.key);
      if (std::ranges::find(below, entry.key) == below.end()) {
        if (is_table_like(entry.node)) {
          report_unknown_table(entry, path, schema, problems, meant);
        } else {
          problems.add(entry.origin, top ? "" : "[" + path + "]",
                       unknown_key(schema, root, own, own ? &own->alternatives.front() : nullptr, entry));
        }
      } else if (!find_table(schema, full)) {
        if (entry.node.is<TomlTable>()) {
          below_it(below_it, entry.node, full);
        } else {
          problems.add(entry.node.origin, "",
                       fmt::format("'{0}' expects a table [{0}], but got {1}", full, written(entry.node)));
        }
      }
    }
  };
  check(check, root, "");
}

std::string unknown_alternative(const TableSchema& table, const std::string& name, const std::string& key,
                                const host::Registry& registry) {
  const bool plugins = is_plugin_table(table);
  if (const host::PluginProblem* problem = plugins ? registry.problem(table.path, name) : nullptr) {
    return fmt::format("{} '{}' did not load: {}", key, name, problem->message);
  }
  const auto names = alternative_names(table);
  if (names.empty()) {
    return fmt::format("unknown {} '{}': there is none of this kind; build one or add its folder {}", key,
                       host::shortened(name), kOtherFolders);
  }
  const std::string hint = base::did_you_mean(name, names);
  return fmt::format(
      "unknown {} '{}': expected one of {}{}", key, host::shortened(name), host::listed(names),
      !hint.empty() || !plugins ? hint : fmt::format("; if it is in another folder, add that {}", kOtherFolders));
}

}  // namespace hourglass::experiment
