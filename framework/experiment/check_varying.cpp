#include "experiment/check_varying.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/suggest.hpp"
#include "host/value_text.hpp"

namespace hourglass::experiment {
namespace {

/// Reads the keys of one table.
class VaryingReader {
 public:
  VaryingReader(const TomlNode& node, const ParamSpec& spec, const KeyName& key, Problems& problems)
      : node_(node), spec_(spec), key_(key), problems_(problems) {}

  std::optional<Value> read() {
    const bool drawn = child(node_, "min") || child(node_, "max");
    const bool scheduled = child(node_, "from") || child(node_, "to") || child(node_, "begin") || child(node_, "end");
    if (drawn == scheduled) {
      problems_.add(node_.origin, key_.section,
                    fmt::format("'{}' expects a number, {} to draw it for each image, or {} to change it over epochs",
                                key_.name, "{ min, max }", "{ from, to, begin, end }"));
      return std::nullopt;
    }
    Varying varying;
    if (drawn) {
      good_ = only({"min", "max"});
      varying.from = number("min");
      varying.to = number("max");
      if (good_ && varying.from > varying.to)
        refuse("'{0}' expects min below max, but got min = {1} and max = {2}", varying);
    } else {
      good_ = only({"from", "to", "begin", "end"});
      varying.by = Varying::By::epoch;
      varying.from = number("from");
      varying.to = number("to");
      varying.begin = child(node_, "begin") ? epoch("begin") : 0;
      varying.end = epoch("end");
      if (good_ && varying.begin >= varying.end) {
        refuse("'{0}' expects begin before end, but got begin = {3} and end = {4}", varying);
      }
    }
    if (!good_) return std::nullopt;
    return varying.from == varying.to ? Value(varying.from) : Value(varying);
  }

 private:
  bool only(const std::vector<std::string>& names) {
    bool good = true;
    for (const TomlEntry& entry : node_.table()) {
      if (std::ranges::find(names, entry.key) != names.end()) continue;
      problems_.add(entry.origin, key_.section,
                    fmt::format("unknown key '{}.{}': expected {}{}", key_.name, host::shortened(entry.key),
                                host::listed(names), base::did_you_mean(entry.key, names)));
      good = false;
    }
    return good;
  }

  /// Returns the node of a key; reports if it is missing.
  const TomlNode* required(const std::string& name) {
    const TomlNode* node = child(node_, name);
    if (node) return node;
    problems_.add(node_.origin, key_.section, fmt::format("'{0}' has no '{1}'; add {1} = VALUE", key_.name, name));
    good_ = false;
    return nullptr;
  }

  double number(const std::string& name) {
    const auto value = of_type(name, spec_);
    return value ? std::get<double>(*value) : 0;
  }

  std::int64_t epoch(const std::string& name) {
    ParamSpec spec;
    spec.default_value = std::int64_t{0};
    spec.range = {0, 1e6};
    const auto value = of_type(name, spec);
    return value ? std::get<std::int64_t>(*value) : 0;
  }

  std::optional<Value> of_type(const std::string& name, ParamSpec spec) {
    const TomlNode* node = required(name);
    if (!node) return std::nullopt;
    spec.is_severity = false;
    auto value = checked(*node, spec, {key_.name + "." + name, key_.section, ""}, problems_);
    good_ = good_ && value;
    return value;
  }

  void refuse(const char* sentence, const Varying& varying) {
    problems_.add(node_.origin, key_.section,
                  fmt::format(fmt::runtime(sentence), key_.name, host::to_toml(varying.from), host::to_toml(varying.to),
                              varying.begin, varying.end));
    good_ = false;
  }

  const TomlNode& node_;
  const ParamSpec& spec_;
  const KeyName& key_;
  Problems& problems_;
  bool good_ = true;
};

}  // namespace

std::optional<Value> checked_varying(const TomlNode& node, const ParamSpec& spec, const KeyName& key,
                                     Problems& problems) {
  return VaryingReader(node, spec, key, problems).read();
}

}  // namespace hourglass::experiment
