// A checked configuration: each key has a value of its type and in its range, and the value's origin.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "experiment/origin.hpp"
#include "experiment/schema.hpp"
#include "host/create_plugin.hpp"
#include "host/registry.hpp"

namespace hourglass::experiment {

struct ConditionalKey;
struct TomlEntry;
struct TomlNode;

/// What is done with keys that a user wrote where they have no effect: runs keep those of their configurations.
enum class Idle { refused, accepted };

struct Setting {
  Value value;
  Origin origin;
};

/// One table of a resolved experiment: the chosen alternative with a value for each of its keys.
struct Section {
  std::string path;                                ///< as in the schema
  const base::Alternative* alternative = nullptr;  ///< lives in the Config's schema
  std::vector<Setting> settings;                   ///< in the order of alternative->params
  std::vector<Setting> common;                     ///< in the order of TableSchema::common
  Origin origin;                                   ///< of the selector, or of the table
  /// The unique name of an entry of a repeated table: the name set in the file, or else the name of its alternative,
  /// numbered from the second on: `knn`, `knn_2`.
  std::string name = {};

  std::vector<Value> values() const;  ///< of `settings`, as PluginInfo::create and ParamTable::bind take them
  std::vector<Value> common_values() const;
  /// Returns the origin to report if the values are incompatible: that of a value on the command line, else that of the
  /// selector or of a value in the file, else that of the axis.
  const Origin& culprit() const;
  /// Returns the origin of the value that `message`, an error of the chosen alternative, is about: of the key that it
  /// begins with or, if there is only one, whose path it contains or that it quotes or gives as `key = value`. Else
  /// returns null.
  const Origin* named_in(std::string_view message) const;
  /// Returns the origin of the value that `message` names, else culprit().
  const Origin& culprit(std::string_view message) const;
};

/// Returns the origin of the value of `key`, a key of the chosen alternative.
const Origin& origin_of(const Section& section, std::string_view key);

/// One value of a swept key, `noise.sigma` or `task.0.l2`.
struct Assignment {
  std::string path;
  Value value;
  Origin origin{};  ///< of the axis
  bool operator==(const Assignment& other) const { return path == other.path && value == other.value; }
};

/// The most cells of an experiment, and so the most values of an axis: more than anybody runs from one file, but few
/// enough for a list in memory.
inline constexpr std::size_t kMostCells = 100'000;

/// One axis of [sweep.grid].
struct Axis {
  std::string path;
  std::vector<Value> values;
  Origin origin;
};

/// What no key of an experiment states but keys depend on (see Condition::key), known once the data are open.
struct Fact {
  Value value;
  std::string change;     ///< the key that changes it
  std::string situation;  ///< the value in words, after "has no effect": "without validation images"
};
using Facts = std::map<std::string, Fact>;

/// What is known of the values of keys, such as the number of cores that `train.threads = 0` stands for, by path.
using Remarks = std::map<std::string, std::string>;

/// A whole checked experiment. Copies are independent.
class Config {
 public:
  std::string name;      ///< the file's stem
  std::string question;  ///< the file's first comment, without the `#`; may be empty
  std::filesystem::path file;
  std::vector<Axis> axes;          ///< [sweep.grid], in the order of the file; none once values are assigned
  std::vector<Section> tables;     ///< in the schema's order; repeated tables in the file's order
  std::vector<std::string> notes;  ///< sentences about dropped keys and hidden plugins

  /// Returns the table at a path of the schema; throws std::logic_error for any other path.
  const Section& table(std::string_view path) const;
  /// Returns whether the alternative of a table does something; false for a default that is idle, such as no noise.
  bool is_active(std::string_view path) const;
  /// Returns all entries of a repeated table, in the file's order.
  std::vector<const Section*> all(std::string_view path) const;

  /// Returns the values of a table as T::Params. T must be the struct that declares the table or the chosen
  /// alternative.
  template <class T>
  typename T::Params as(std::string_view path) const {
    return params_of<T>().bind(table(path).values());
  }
  /// Creates the plugin that a table names. Errors of the plugin are base::UserErrors with the location of the table.
  /// `epoch` is that of severities that change over the epochs.
  template <class T>
  std::unique_ptr<T> create(std::string_view path, double epoch = host::kAfterTraining) const {
    const Section& chosen = table(path);
    try {
      return host::create<T>(*chosen.alternative->plugin, chosen.values(), epoch);
    } catch (const base::UserError& error) {
      throw base::UserError(place_text(chosen.culprit(error.what())) + ": [" + chosen.path + "] " +
                            base::text_of(error));
    }
  }

  /// Writes the experiment as a complete experiment file with all defaults filled in. Canonical: equal configurations
  /// give equal bytes. Includes are resolved; of the comments only the question is kept; a key that has no effect with
  /// the other keys and with these facts has its default.
  std::string to_toml(const Facts& facts = {}) const;

  /// Writes the keys that concern exactly `concerns`, with their values, selectors included and repeated tables
  /// excluded: for Concerns::training what decides the trained parameters, for Concerns::evaluation what affects every
  /// task beyond those. Canonical: configurations with the same meaning give the same text, however they are written. A
  /// key that has no effect with the other keys and with these facts counts as its default.
  std::string identity(Concerns concerns, const Facts& facts = {}) const;
  /// Writes what decides the result of an entry of a repeated table, such as a task, on a given model: its selector and
  /// its keys that concern evaluation, without its name and position. Canonical in the same way.
  std::string identity_of(const Section& entry, const Facts& facts = {}) const;

  /// Returns the path ("noise.sigma", "task.NAME.l2") and value of every key that a result depends on and of the keys
  /// at the paths `always` ("dataset.train_images", "task.0.images"), selectors included, in the order of to_toml().
  std::vector<std::pair<std::string, Value>> flattened(const std::set<std::string>& always = {}) const;

  /// Returns the text that `hourglass config` prints: each effective value with its origin and remark or, with `docs`,
  /// with its type, default, allowed values and meaning.
  std::string explain(bool docs = false, std::size_t width = 80, const Remarks& remarks = {}) const;

 private:
  friend std::vector<ConditionalKey> conditional_keys(const Config& config, const Facts& facts);
  friend Section effective(const Config& config, const Section& section, const Facts& facts);
  friend Config load_config(const std::filesystem::path&, const std::vector<std::string>&, const Schema&,
                            const host::Registry&, const std::vector<TomlEntry>&, Idle);
  friend Config with_assignments(const Config&, const std::vector<Assignment>&, const std::vector<TomlEntry>&);

  std::shared_ptr<const TomlNode>
      document_;  ///< the composed document without [sweep], in which with_assignments() replaces values
  const Schema* schema_ = nullptr;
  const host::Registry* registry_ = nullptr;
};

}  // namespace hourglass::experiment
