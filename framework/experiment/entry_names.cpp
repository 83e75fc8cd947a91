#include "experiment/entry_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "experiment/schema_lookup.hpp"
#include "host/value_text.hpp"

namespace hourglass::experiment {
namespace {

bool is_name_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

/// One entry and its name's origin.
struct Named {
  Section* section;
  bool written;         ///< the file sets the name
  Origin origin;        ///< of the name, or of the entry if the file does not set a name
  bool shared = false;  ///< another entry has the same name, which was reported
};

/// Names the entries of one table.
class EntryNames {
 public:
  EntryNames(std::vector<Section>& tables, const TableSchema& table, Problems& problems)
      : table_(table), problems_(problems) {
    std::map<std::string, int> counts;
    for (Section& section : tables) {
      if (section.path != table.path || !section.alternative) continue;
      const Setting* name = name_of(section);
      const bool written = name && !std::get<std::string>(name->value).empty();
      if (written) {
        section.name = std::get<std::string>(name->value);
      } else {
        const int count = ++counts[section.alternative->name];
        section.name = section.alternative->name + (count > 1 ? "_" + std::to_string(count) : "");
      }
      entries_.push_back({&section, written, written ? name->origin : section.origin});
    }
  }

  void check() {
    for (std::size_t i = 0; i < entries_.size(); ++i) check_shared(i);
    for (Named& entry : entries_) {
      if (!entry.written) continue;
      check_characters(entry);
      if (!entry.shared) check_owner(entry);
    }
  }

 private:
  const Setting* name_of(const Section& section) const {
    const auto spec = std::ranges::find(table_.common, table_.name_key, &ParamSpec::name);
    return spec == table_.common.end() ? nullptr
                                       : &section.common[static_cast<std::size_t>(spec - table_.common.begin())];
  }

  /// Reports the name of entry i if an earlier one has it.
  void check_shared(std::size_t i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (entries_[i].section->name != entries_[j].section->name) continue;
      // Report the name that the user set: it can be changed, a derived one cannot.
      const bool earlier = entries_[j].written && !entries_[i].written;
      report_shared(entries_[earlier ? j : i], entries_[earlier ? i : j]);
      return;
    }
  }

  /// Refuses the name, with or without a number, of an alternative that the entry does not have.
  void check_owner(const Named& entry) {
    const std::string& name = entry.section->name;
    const std::string& own = entry.section->alternative->name;
    const std::string stem = without_number(name);
    const auto owns = [&](std::string_view other) { return other != own && (other == name || other == stem); };
    std::vector<std::string> owners = alternative_names(table_);
    owners.insert(owners.end(), table_.reserved_names.begin(), table_.reserved_names.end());
    const auto owner = std::ranges::find_if(owners, owns);
    if (owner == owners.end() || name == own) return;
    problems_.add(entry.origin, header(table_),
                  fmt::format("'{0}' = {1} is taken by the {2} {3}, with whose results those of {4} would mix; write "
                              "{0} = \"{5}\"",
                              table_.name_key, host::shortened(host::to_toml(std::string_view(name))), table_.path,
                              *owner, own, free_name(own)));
  }

  /// Removes the number of a derived name: `knn` for `knn_2`.
  static std::string without_number(const std::string& name) {
    const auto end = name.find_last_not_of("0123456789");
    const bool numbered = end != std::string::npos && end > 0 && end + 1 < name.size() && name[end] == '_';
    return numbered ? name.substr(0, end) : name;
  }

  void check_characters(const Named& entry) {
    constexpr std::size_t kLongest = 100;
    const std::string& name = entry.section->name;
    if (name.size() > kLongest) {
      problems_.add(entry.origin, header(table_),
                    fmt::format("'{}' expects at most {} characters, but got {}, {}; shorten it", table_.name_key,
                                kLongest, name.size(), host::shortened(host::to_toml(std::string_view(name)))));
      return;
    }
    if (std::ranges::all_of(name, is_name_character)) return;
    std::string fixed;
    for (const char c : name) {
      const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      fixed += is_name_character(lower) ? lower : '_';
    }
    problems_.add(
        entry.origin, header(table_),
        fmt::format("'{0}' expects only the characters a to z, 0 to 9 and _, but got {1}; write {0} = \"{2}\"",
                    table_.name_key, host::shortened(host::to_toml(std::string_view(name))), fixed));
  }

  void report_shared(Named& entry, const Named& other) {
    entry.shared = true;
    problems_.add(entry.origin, header(table_),
                  fmt::format("'{0}' must be unique, but {1} is also the name of the {2} at {3}; write {0} = \"{4}\"",
                              table_.name_key, host::shortened(host::to_toml(std::string_view(entry.section->name))),
                              header(table_), place_text(other.origin), free_name(entry.section->alternative->name)));
  }

  std::string free_name(const std::string& stem) const {
    for (int count = 2;; ++count) {
      std::string name = stem + "_" + std::to_string(count);
      const auto has_it = [&](const Named& entry) { return entry.section->name == name; };
      if (std::ranges::none_of(entries_, has_it)) return name;
    }
  }

  const TableSchema& table_;
  Problems& problems_;
  std::vector<Named> entries_;
};

}  // namespace

void name_entries(std::vector<Section>& tables, const Schema& schema, Problems& problems) {
  for (const TableSchema& table : schema.tables) {
    if (table.repeated) EntryNames(tables, table, problems).check();
  }
}

}  // namespace hourglass::experiment
