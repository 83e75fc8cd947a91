#include "experiment/resolve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/suggest.hpp"
#include "experiment/check_setting.hpp"
#include "experiment/entry_names.hpp"
#include "experiment/schema_lookup.hpp"
#include "experiment/unknown_names.hpp"
#include "host/create_plugin.hpp"
#include "host/value_text.hpp"
#include "hourglass/architecture.hpp"
#include "hourglass/bottleneck.hpp"

namespace hourglass::experiment {
namespace {

std::string in_quotes(std::string_view text) { return host::to_toml(text); }

/// Checks all tables of one experiment.
class TableResolver {
 public:
  TableResolver(const TomlNode& root, const Schema& schema, const host::Registry& registry,
                const SweptAlternatives& swept, Problems& problems)
      : root_(root),
        schema_(schema),
        registry_(registry),
        swept_(swept),
        problems_(problems),
        default_origin_(problems.start()) {
    default_origin_.kind = Origin::Kind::default_value;
  }

  std::vector<Section> run() {
    check_names(root_, schema_, problems_, meant_);
    for (const TableSchema& table : schema_.tables) {
      const TomlNode* node = at_path(root_, table.path);
      if (table.repeated) {
        resolve_repeated(table, node);
      } else {
        resolve(table, node, table.path);
      }
    }
    return std::move(tables_);
  }

 private:
  void resolve_repeated(const TableSchema& table, const TomlNode* node) {
    if (!node) return;
    if (!node->is<TomlList>()) {
      const bool single = node->is<TomlTable>();
      problems_.add(
          node->origin, "",
          single ? fmt::format("'{0}' is a list of tables: expected [[{0}]], but got [{0}]", table.path)
                 : fmt::format("'{0}' expects a list of tables [[{0}]], but got {1}", table.path, written(*node)));
      return;
    }
    for (std::size_t i = 0; i < node->list().size(); ++i) {
      resolve(table, &node->list()[i], table.path + "." + std::to_string(i));
    }
  }

  /// Checks one table; `node` is null if the file does not have it. `place` is its path with the index of a repeated
  /// table: `task.0`.
  void resolve(const TableSchema& table, const TomlNode* node, const std::string& place) {
    if (node && !node->is<TomlTable>()) {
      not_a_table(table, *node);
      tables_.push_back({table.path, nullptr, {}, {}, node->origin});
      return;
    }
    Section result{table.path, nullptr, {}, {}, node && !table.path.empty() ? node->origin : default_origin_};
    const TomlEntry* misnamed = nullptr;  // the selector under another name
    const auto swept = swept_.find(place);
    result.alternative = choose(table, node, place, result.origin, misnamed);
    if (node) check_keys(table, *node, place, result, misnamed);
    result.common = settings(table, table.common, node, place);
    if (result.alternative) {
      check_clash(table, result);
      result.settings = settings(table, result.alternative->params, node, place);
    }
    if (node && swept != swept_.end()) check_swept_keys(table, *node, place, result, swept->second);
    tables_.push_back(std::move(result));
  }

  void not_a_table(const TableSchema& table, const TomlNode& node) {
    if (is_table_like(node)) {
      problems_.add(node.origin, "",
                    fmt::format("'{0}' is a single table: expected [{0}], but got [[{0}]]", table.path));
    } else if (table.selector.empty()) {
      problems_.add(node.origin, "",
                    fmt::format("'{0}' expects a table [{0}], but got {1}", table.path, written(node)));
    } else {
      problems_.add(node.origin, "",
                    fmt::format("'{0}' expects a table [{0}] or one of {1}, but got {2}", table.path,
                                quoted_names(table), written(node)));
    }
  }

  const base::Alternative* choose(const TableSchema& table, const TomlNode* node, const std::string& place,
                                  Origin& origin, const TomlEntry*& misnamed) {
    if (table.selector.empty()) return &table.alternatives.front();
    if (const TomlNode* selector = node ? child(*node, table.selector) : nullptr) {
      origin = selector->origin;
      if (!selector->is<std::string>()) {
        problems_.add(
            selector->origin, header(table),
            fmt::format("'{}' expects one of {}, but got {}", table.selector, quoted_names(table), written(*selector)));
        return nullptr;
      }
      const base::Alternative* chosen = find_alternative(table, selector->text());
      if (!chosen) {
        problems_.add(selector->origin, header(table),
                      unknown_alternative(table, selector->text(), table.selector, registry_));
      }
      return chosen;
    }
    if (const TomlEntry* entry = node ? selector_by_another_name(table, *node) : nullptr) {
      misnamed = entry;
      problems_.add(entry->origin, header(table),
                    fmt::format("unknown key '{}': '{}' is the key that selects one of {}; write {} = {}", entry->key,
                                table.selector, host::listed(alternative_names(table)), table.selector,
                                in_quotes(entry->node.text())));
      return find_alternative(table, entry->node.text());
    }
    const auto swept = swept_.find(place);
    if (swept != swept_.end()) return swept->second.front();
    return default_alternative(table, node);
  }

  static std::string quoted_names(const TableSchema& table) {
    std::string text;
    for (const auto& name : alternative_names(table)) text += (text.empty() ? "" : ", ") + in_quotes(name);
    return text;
  }

  /// Finds `name = "gaussian"` or `plugn = "gaussian"` where `plugin` is missing.
  static const TomlEntry* selector_by_another_name(const TableSchema& table, const TomlNode& node) {
    for (const TomlEntry& entry : node.table()) {
      if (!entry.node.is<std::string>() || find_spec(table.common, entry.key) || any_declares(table, entry.key))
        continue;
      if (find_alternative(table, entry.node.text()) || !base::nearest(entry.key, {&table.selector, 1}).empty())
        return &entry;
    }
    return nullptr;
  }

  const base::Alternative* default_alternative(const TableSchema& table, const TomlNode* node) {
    const std::string name = default_name(table);
    if (const base::Alternative* chosen = find_alternative(table, name)) return chosen;
    if (!node && meant_.contains(table.path)) return nullptr;  // its misspelt name was reported
    std::string sentence;
    if (table.alternatives.empty()) {
      sentence = fmt::format("{0} needs a {1} plugin, but none was found; build one or add its folder {2}",
                             header(table), table.path, kOtherFolders);
    } else if (!name.empty()) {
      sentence = fmt::format(
          "{0} has no '{1}' and its default {2} was not found; write {1} = \"NAME\", where NAME is one of {3}",
          header(table), table.selector, in_quotes(name), host::listed(alternative_names(table)));
    } else if (node) {
      sentence = fmt::format("{0} has no '{1}'; write {1} = \"NAME\", where NAME is one of {2}", header(table),
                             table.selector, host::listed(alternative_names(table)));
    } else {
      sentence = fmt::format("{0} is missing; write {0} and, below it, {1} = \"NAME\", where NAME is one of {2}",
                             header(table), table.selector, host::listed(alternative_names(table)));
    }
    problems_.add(node ? node->origin : problems_.start(), "", sentence);
    return nullptr;
  }

  /// Returns the name of the default alternative: for the bottleneck what the architecture names, else the schema's.
  std::string default_name(const TableSchema& table) {
    if (table.path != Bottleneck::kKind) return table.default_alternative;
    const auto architecture = std::ranges::find(tables_, std::string_view(Architecture::kKind), &Section::path);
    if (architecture == tables_.end() || !architecture->alternative || !architecture->alternative->plugin) {
      return table.default_alternative;
    }
    try {
      return host::create<Architecture>(*architecture->alternative->plugin, architecture->values())
          ->default_bottleneck();
    } catch (...) {
      const auto text = base::current_exception_text();
      problems_.add(architecture->culprit(text), header(*find_table(schema_, architecture->path)), text);
      return table.default_alternative;
    }
  }

  void check_keys(const TableSchema& table, const TomlNode& node, const std::string& place, const Section& result,
                  const TomlEntry* misnamed) {
    if (table.path.empty()) return;  // check_names() has checked the top-level keys
    const auto below = child_tables(schema_, table.path);
    const auto swept = swept_.find(place);
    for (const TomlEntry& entry : node.table()) {
      const bool selects = !table.selector.empty() && entry.key == table.selector;
      if (&entry == misnamed || selects || std::ranges::find(below, entry.key) != below.end()) continue;
      if (!result.alternative) continue;  // the allowed keys depend on it
      if (find_spec(table, *result.alternative, entry.key)) continue;
      const auto has_key = [&](const base::Alternative* one) { return find_spec(one->params, entry.key) != nullptr; };
      if (swept != swept_.end() && std::ranges::any_of(swept->second, has_key)) continue;
      const auto other = std::ranges::find_if(table.alternatives, [&](const base::Alternative& one) {
        return find_spec(one.params, entry.key) != nullptr;
      });
      if (other != table.alternatives.end()) {
        key_of_another(table, place, *result.alternative, *other, node, entry);
      } else if (entry.node.is<TomlTable>()) {
        report_unknown_table(entry, table.path, schema_, problems_, meant_);
      } else {
        problems_.add(entry.origin, header(table), unknown_key(schema_, root_, &table, result.alternative, entry));
      }
    }
  }

  void key_of_another(const TableSchema& table, const std::string& place, const base::Alternative& chosen,
                      const base::Alternative& other, const TomlNode& node, const TomlEntry& entry) {
    const bool given = child(node, table.selector) != nullptr;
    const std::string chooser = entry.origin.kind == Origin::Kind::override
                                    ? "add " + place + "." + table.selector + "=" + other.name
                                    : "write " + table.selector + " = " + in_quotes(other.name);
    problems_.add(entry.origin, header(table),
                  given ? fmt::format("unknown key '{}': it belongs to {}, but {}; remove it or {}", entry.key,
                                      other.name, keys_text(table, chosen), chooser)
                        : fmt::format("unknown key '{}': it belongs to {}, but '{}' is not set, and by default it is "
                                      "{}, which {}; {}",
                                      entry.key, other.name, table.selector, chosen.name,
                                      keys_text(table, chosen).substr(chosen.name.size() + 1), chooser));
  }

  void check_swept_keys(const TableSchema& table, const TomlNode& node, const std::string& place, const Section& result,
                        const std::vector<const base::Alternative*>& swept) {
    for (const TomlEntry& entry : node.table()) {
      if (result.alternative && find_spec(table, *result.alternative, entry.key)) continue;
      for (const base::Alternative* one : swept) {
        if (const ParamSpec* spec = find_spec(one->params, entry.key)) {
          checked_setting(entry.node, *spec, {entry.key, header(table), joined_path(place, entry.key)}, schema_,
                          registry_, problems_);
        }
      }
    }
  }

  /// Refuses a plugin that declares a key which its kind has already: the plugin's own key could not be set.
  void check_clash(const TableSchema& table, const Section& result) {
    for (const auto& spec : result.alternative->params) {
      if (!find_spec(table.common, spec.name)) continue;
      problems_.add(result.origin, header(table),
                    fmt::format("{} declares the key '{}', which every {} already has; rename it in the plugin",
                                result.alternative->name, spec.name, header(table)));
    }
  }

  std::vector<Setting> settings(const TableSchema& table, const std::vector<ParamSpec>& specs, const TomlNode* node,
                                const std::string& place) {
    std::vector<Setting> settings;
    for (const ParamSpec& spec : specs) {
      Setting setting{spec.default_value, default_origin_};
      if (const TomlNode* given = node ? child(*node, spec.name) : nullptr) {
        setting.origin = given->origin;
        const KeyName key{spec.name, header(table), joined_path(place, spec.name)};
        auto value = checked_setting(*given, spec, key, schema_, registry_, problems_);
        if (value) setting.value = std::move(*value);
      }
      settings.push_back(std::move(setting));
    }
    return settings;
  }

  const TomlNode& root_;
  const Schema& schema_;
  const host::Registry& registry_;
  const SweptAlternatives& swept_;
  Problems& problems_;
  Origin default_origin_;
  std::vector<Section> tables_;
  std::set<std::string> meant_;  ///< tables whose names are misspelt in the file
};

}  // namespace

std::vector<Section> resolve_tables(const TomlNode& root, const Schema& schema, const host::Registry& registry,
                                    const SweptAlternatives& swept, Problems& problems) {
  auto tables = TableResolver(root, schema, registry, swept, problems).run();
  name_entries(tables, schema, problems);
  return tables;
}

}  // namespace hourglass::experiment
