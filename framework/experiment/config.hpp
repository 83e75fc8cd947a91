// From an experiment file to a checked configuration: every value present, of its type, in its range, with its origin.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "experiment/origin.hpp"
#include "experiment/schema.hpp"
#include "host/registry.hpp"

namespace hourglass::experiment {

struct TomlNode;

struct Setting {
  Value value;
  Origin origin;
};

/// One table of a resolved experiment: an alternative was chosen and every key of it has a value.
struct Section {
  std::string path;                                ///< as in the schema
  const base::Alternative* alternative = nullptr;  ///< lives in the Config's schema
  std::vector<Setting> settings;                   ///< in the order of alternative->params
  std::vector<Setting> common;                     ///< in the order of TableSchema::common
  Origin origin;                                   ///< of the selector, or of the table
  /// Of an entry of a repeated table, unique among its entries: the name that the file gives it, else that of its
  /// alternative, numbered from the second on: `knn`, `knn_2`.
  std::string name = {};

  std::vector<Value> values() const;  ///< of `settings`, as PluginInfo::create and ParamTable::bind take them
  std::vector<Value> common_values() const;
  /// Returns the place to name when the values do not go together: of one on the command line, else of the selector or
  /// of what else the file gives, else of the axis.
  const Origin& culprit() const;
};

/// Returns where the value of one of the chosen alternative's keys was written.
const Origin& origin_of(const Section& section, std::string_view key);

/// One value of a swept key, `noise.sigma` or `task.0.l2`.
struct Assignment {
  std::string path;
  Value value;
  Origin origin{};  ///< of the axis
  bool operator==(const Assignment& other) const { return path == other.path && value == other.value; }
};

/// One axis of [sweep.grid].
struct Axis {
  std::string path;
  std::vector<Value> values;
  Origin origin;
};

/// A whole experiment, checked. Copies are cheap enough and independent.
class Config {
 public:
  std::string name;      ///< the file's stem
  std::string question;  ///< the file's first comment, without the `#`; may be empty
  std::filesystem::path file;
  std::vector<Axis> axes;       ///< [sweep.grid], in the order of the file; none once values are assigned
  std::vector<Section> tables;  ///< in the schema's order; repeated tables in the file's order

  /// Returns the only table of a path of the schema; any other path is a std::logic_error.
  const Section& table(std::string_view path) const;
  std::vector<const Section*> all(std::string_view path) const;

  /// Returns the struct that a table without alternatives, or a chosen alternative, declares.
  template <class T>
  typename T::Params as(std::string_view path) const {
    return params_of<T>().bind(table(path).values());
  }
  /// Creates the plugin that a table names.
  template <class T>
  std::unique_ptr<T> create(std::string_view path) const {
    const Section& chosen = table(path);
    try {
      return host::create<T>(*chosen.alternative->plugin, chosen.values());
    } catch (const base::UserError& error) {
      throw base::UserError(place_text(chosen.culprit()) + ": [" + chosen.path + "] " + error.what());
    }
  }

  /// Writes the experiment as a TOML file with all defaults filled in, itself a valid experiment file. Canonical: equal
  /// configurations give equal bytes. `include` does not remain, and of the comments only the question does.
  std::string to_toml() const;

  /// Writes what decides the trained parameters (Concerns::training), or what all tasks see beyond those
  /// (Concerns::evaluation): the keys that concern just that, with their values, selectors included, but of no repeated
  /// table. Canonical: configurations that mean the same there give equal texts, wherever and however they are written.
  std::string identity(Concerns concerns) const;
  /// Writes what decides the result of an entry of a repeated table, such as a task, on a given model: its selector and
  /// its keys that concern evaluation. Canonical in the same way; its name and its place among others are left out.
  std::string identity_of(const Section& entry) const;

  /// Returns every key that a result depends on, with its value, by its path ("noise.sigma", "task.0.l2"), in the order
  /// of to_toml(). Selectors are among them, as text.
  std::vector<std::pair<std::string, Value>> flattened() const;

  /// The text that `hourglass config` prints: each effective value and where it came from or, with `docs`, its type,
  /// default and allowed values and what it means.
  std::string explain(bool docs = false) const;

 private:
  friend Config load_config(const std::filesystem::path&, const std::vector<std::string>&, const Schema&,
                            const host::Registry&);
  friend Config with_assignments(const Config&, const std::vector<Assignment>&);

  std::shared_ptr<const TomlNode> document_;  ///< what was written, composed, to assign to
  const Schema* schema_ = nullptr;
  const host::Registry* registry_ = nullptr;
};

}  // namespace hourglass::experiment
