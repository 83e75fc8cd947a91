// Parameters that a plugin declares: name, type, default, allowed range, one line of documentation. From this table
// alone the host checks experiment files, prints `plugins describe`, and writes the resolved values of every run.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "hourglass/names.hpp"

namespace hourglass {

class Component;
struct PluginInfo;
struct PluginChoice;

/// A number that varies, written in place of a constant for the severity of a noise model: drawn for each image,
/// uniform between `from` and `to`, or changed over the epochs of training, linearly from `from` until epoch `begin` to
/// `to` from epoch `end` on. Plugins never see it: the host passes the number of an image.
struct Varying {
  enum class By { image, epoch };
  By by = By::image;
  double from = 0, to = 0;
  std::int64_t begin = 0, end = 0;  ///< epochs, counted from 0; 0 for By::image
  bool operator==(const Varying&) const = default;
};

/// A parameter's value. The alternative that holds the default is the parameter's type; only a severity may be Varying.
using Value = std::variant<bool, std::int64_t, double, std::string, std::vector<std::int64_t>, std::vector<double>,
                           std::vector<std::string>, Varying, std::vector<PluginChoice>>;

/// A plugin that is the value of a parameter, as the host sees it.
struct PluginChoice {
  const PluginInfo* info = nullptr;
  std::vector<Value> values;                        ///< in the order of info->params
  std::shared_ptr<const Component> component = {};  ///< created by the host before the plugin that has the parameter
  std::string text = {};                            ///< see Chosen
  std::string name = {};                            ///< see Chosen
  double severity = std::numeric_limits<double>::quiet_NaN();  ///< see Chosen

  bool operator==(const PluginChoice& other) const { return info == other.info && values == other.values; }
};

/// A plugin that a user has chosen as the value of a parameter. Copies share the object.
template <class T>
struct Chosen {
  std::shared_ptr<const T> object;  ///< null if none was chosen; call it like any plugin of its kind
  std::string name;                 ///< of the plugin: "gaussian"
  /// The plugin in a few words, for protocols and labels: its name, its severity, and what differs from its defaults:
  /// "gaussian 0.3", "salt_pepper 0.2, salt = 0.9".
  std::string text;
  /// The value of a noise model's severity; NaN if it has none, or one that varies from image to image.
  double severity = std::numeric_limits<double>::quiet_NaN();

  explicit operator bool() const { return object != nullptr; }
};

/// Allowed values of a number (of each element, for a list). Both ends are allowed.
struct Range {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
};

/// Allowed values of a string (of each element, for a list).
struct Choices {
  std::vector<std::string> values;
};

/// What another value of a parameter can change. The host computes again exactly what that is.
enum class Concerns {
  inherited,   ///< whatever the parameter's table concerns: [[task]] evaluation, all others training
  training,    ///< the trained parameters, and so everything
  evaluation,  ///< what tasks report of a trained model
  nothing      ///< only what is shown or kept, or how fast it is computed
};

/// A comparison with the value of another key.
struct Condition {
  enum class Is { equal, not_equal, above };
  /// A key of the same table, its selector included, such as "plugin"; the full path of another key, such as
  /// "train.schedule.name"; or what the host knows once the data are open: "validation_images", their number, and
  /// "dataset_validates" and "dataset_tests", whether the dataset has a validation or a test split of its own.
  std::string key;
  Is is;
  Value value;  ///< of the type of the key; an integer may stand for a number
};

/// One declared parameter, as the host sees it.
struct ParamSpec {
  std::string name;                  ///< the TOML key: lower_snake_case, says the quantity
  Value default_value;               ///< also fixes the type
  Range range;                       ///< numbers and lists of numbers
  std::vector<std::string> choices;  ///< strings and lists of strings; empty: any
  std::string doc;                   ///< one sentence with the unit, shown by `plugins describe`
  Concerns concerns = Concerns::inherited;
  bool is_path = false;  ///< a string that names a file or folder; the host makes it absolute
  /// The parameter has an effect only if all conditions of one of these lists hold; empty: always.
  std::vector<std::vector<Condition>> acts_if = {};
  bool is_severity = false;        ///< a number that says how strong a noise model is; 0: the image does not change
  std::string plugin_kind = {};    ///< of plugins that are the value; "" for other types
  bool is_list = false;            ///< of plugins: any number of them, else at most one
  bool splits_severities = false;  ///< of plugins: a list as a severity stands for one plugin per value
};

/// Ties the members of a plain struct `P` to parameters. The member initialisers of `P` are the defaults: there is no
/// second place to write them. Every declaration ends with what the parameter concerns, unless that is inherited.
template <class P>
class ParamTable {
 public:
  /// Declares a number or a list of numbers.
  template <class T>
  requires(std::is_same_v<T, std::int64_t> ||
           std::is_same_v<T, double>) ParamTable& add(std::string name, T P::*member, Range range, std::string doc,
                                                      Concerns concerns = Concerns::inherited) {
    return stored_as_is(member, {std::move(name), P{}.*member, range, {}, std::move(doc), concerns});
  }
  template <class T>
  requires(std::is_same_v<T, std::int64_t> ||
           std::is_same_v<T, double>) ParamTable& add(std::string name, std::vector<T> P::*member, Range range,
                                                      std::string doc, Concerns concerns = Concerns::inherited) {
    return stored_as_is(member, {std::move(name), P{}.*member, range, {}, std::move(doc), concerns});
  }
  /// Declares a string, or a list of strings, out of a fixed set; an empty set allows any string.
  ParamTable& add(std::string name, std::string P::*member, Choices choices, std::string doc,
                  Concerns concerns = Concerns::inherited) {
    return stored_as_is(member,
                        {std::move(name), P{}.*member, {}, std::move(choices.values), std::move(doc), concerns});
  }
  ParamTable& add(std::string name, std::vector<std::string> P::*member, Choices choices, std::string doc,
                  Concerns concerns = Concerns::inherited) {
    return stored_as_is(member,
                        {std::move(name), P{}.*member, {}, std::move(choices.values), std::move(doc), concerns});
  }
  /// Declares a member of an enumeration, written by its name.
  template <class E>
  requires(std::is_enum_v<E>) ParamTable& add(std::string name, E P::*member, std::type_identity_t<Names<E>> names,
                                              std::string doc, Concerns concerns = Concerns::inherited) {
    ParamSpec spec{std::move(name), name_of(names, P{}.*member), {}, {}, std::move(doc), concerns};
    for (const auto& [choice, value] : names) spec.choices.push_back(choice);
    return row(std::move(spec), [member, names = std::move(names)](P& params, const Value& value) {
      const auto& wanted = std::get<std::string>(value);
      const auto found = std::ranges::find(names, wanted, &Names<E>::value_type::first);
      if (found == names.end()) throw std::invalid_argument("'" + wanted + "' is none of the choices");
      params.*member = found->second;
    });
  }
  /// Declares a boolean.
  ParamTable& add(std::string name, bool P::*member, std::string doc, Concerns concerns = Concerns::inherited) {
    return stored_as_is(member, {std::move(name), P{}.*member, {}, {}, std::move(doc), concerns});
  }
  /// Declares a file or folder. A relative path starts at the folder of the file that it is written in, or at the
  /// working directory when it comes from the command line; the member gets an absolute path, or an empty one. A
  /// dataset's path affects no result unless declared otherwise: the contents of its files count, not where they are.
  ParamTable& add(std::string name, std::filesystem::path P::*member, std::string doc,
                  Concerns concerns = Concerns::inherited) {
    return row({std::move(name), (P{}.*member).string(), {}, {}, std::move(doc), concerns, true},
               [member](P& params, const Value& value) { params.*member = std::get<std::string>(value); });
  }

  /// Declares a plugin of another kind, or of the same kind, as a value: written as a table with the key `plugin` and
  /// the keys of that plugin, or as its name alone. None is chosen by default.
  template <class T>
  ParamTable& add(std::string name, Chosen<T> P::*member, std::string doc, Concerns concerns = Concerns::inherited) {
    return row(choice<T>(std::move(name), std::move(doc), concerns, false), [member](P& params, const Value& value) {
      const auto& choices = std::get<std::vector<PluginChoice>>(value);
      if (!choices.empty()) params.*member = chosen<T>(choices.front());
    });
  }
  /// Declares a list of plugins: any number of such tables.
  template <class T>
  ParamTable& add(std::string name, std::vector<Chosen<T>> P::*member, std::string doc,
                  Concerns concerns = Concerns::inherited) {
    return row(choice<T>(std::move(name), std::move(doc), concerns, true), [member](P& params, const Value& value) {
      for (const auto& one : std::get<std::vector<PluginChoice>>(value)) (params.*member).push_back(chosen<T>(one));
    });
  }

  /// Says that the number declared last is the severity of a noise model: 0 leaves images unchanged, larger values
  /// change them more. Users may let it vary (see Varying); the object that corrupts an image has its number. One per
  /// noise model.
  ParamTable& severity() {
    specs_.back().is_severity = true;
    return *this;
  }
  /// Says that a list of numbers as the severity of a noise model in the list declared last stands for one noise model
  /// per number.
  ParamTable& one_per_severity() {
    specs_.back().splits_severities = true;
    return *this;
  }

  /// Says that the parameter declared last has an effect only if all these conditions hold; of several calls, those of
  /// one suffice. The host refuses a value that a user writes where it would have no effect, and says so in its
  /// documentation: `table.add("groups", ...).acts_if({{"norm", Condition::Is::equal, "group"}})`.
  ParamTable& acts_if(std::vector<Condition> all) {
    specs_.back().acts_if.push_back(std::move(all));
    return *this;
  }

  const std::vector<ParamSpec>& specs() const { return specs_; }

  /// Builds a `P` from values in declaration order. Their types must be those of the defaults; the host has checked
  /// ranges and choices before.
  P bind(const std::vector<Value>& values) const {
    P params{};
    for (std::size_t i = 0; i < setters_.size(); ++i) setters_[i](params, values.at(i));
    return params;
  }

 private:
  using Setter = std::function<void(P&, const Value&)>;

  template <class T>
  static ParamSpec choice(std::string name, std::string doc, Concerns concerns, bool is_list) {
    ParamSpec spec{std::move(name), std::vector<PluginChoice>{}, {}, {}, std::move(doc), concerns};
    spec.plugin_kind = T::kKind;
    spec.is_list = is_list;
    return spec;
  }
  template <class T>
  static Chosen<T> chosen(const PluginChoice& choice) {
    return {std::static_pointer_cast<const T>(choice.component), choice.name, choice.text, choice.severity};
  }
  template <class T>
  ParamTable& stored_as_is(T P::*member, ParamSpec spec) {
    return row(std::move(spec), [member](P& params, const Value& value) { params.*member = std::get<T>(value); });
  }
  ParamTable& row(ParamSpec spec, Setter setter) {
    specs_.push_back(std::move(spec));
    setters_.push_back(std::move(setter));
    return *this;
  }

  std::vector<ParamSpec> specs_;
  std::vector<Setter> setters_;
};

/// Returns the table that `T::declare` fills for `T::Params`; built once, then shared. Safe from several threads.
template <class T>
const ParamTable<typename T::Params>& params_of() {
  static const auto table = [] {
    ParamTable<typename T::Params> fresh;
    T::declare(fresh);
    return fresh;
  }();
  return table;
}

}  // namespace hourglass
