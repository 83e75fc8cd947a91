#include "host/create_plugin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.hpp"
#include "base/guest_code.hpp"
#include "host/value_text.hpp"
#include "hourglass/noise.hpp"

namespace hourglass::host {
namespace {

/// Returns the value of a severity that changes by epoch.
double at_epoch(const Varying& varying, double epoch) {
  if (epoch >= static_cast<double>(varying.end)) return varying.to;
  const auto begin = static_cast<double>(varying.begin);
  if (epoch <= begin) return varying.from;
  return varying.from + (varying.to - varying.from) * (epoch - begin) / (static_cast<double>(varying.end) - begin);
}

/// Returns the value of `info`'s severity: NaN if it has none or one that is drawn for each image.
double severity_of(const PluginInfo& info, const std::vector<Value>& values) {
  for (std::size_t i = 0; i < info.params.size(); ++i) {
    if (!info.params[i].is_severity) continue;
    if (const auto* constant = std::get_if<double>(&values[i])) return *constant;
    const auto* varying = std::get_if<Varying>(&values[i]);
    if (varying && varying->by == Varying::By::epoch) return varying->to;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

/// Creates the object of values that are all constant.
std::unique_ptr<Component> create_constant(const PluginInfo& info, const std::vector<Value>& values) {
  const base::GuestCode guest("creating " + info.kind + " " + info.name);
  std::unique_ptr<Component> component;
  try {
    component = info.create(values);
  } catch (const base::UserError&) {
    throw;
  } catch (...) {
    throw base::UserError(info.name + ": " + base::current_exception_text());
  }
  if (!component) throw base::UserError(info.name + ": the plugin's create() returned null");
  return component;
}

/// A noise model whose exceptions contain its name.
class NamedNoise final : public Noise {
 public:
  NamedNoise(std::string name, std::unique_ptr<Component> noise)
      : name_(std::move(name)), noise_(static_cast<Noise*>(noise.release())) {}

  void corrupt(std::span<const float> clean, std::span<float> noisy, const ImageShape& shape, Rng& rng) const override {
    named([&] { noise_->corrupt(clean, noisy, shape, rng); });
  }
  void check(const ImageShape& shape) const override {
    named([&] { noise_->check(shape); });
  }
  bool accepts_any_range() const override { return noise_->accepts_any_range(); }

 private:
  template <class Call>
  void named(const Call& call) const {
    try {
      call();
    } catch (...) {
      throw base::UserError(fmt::format("noise {}: {}", name_, base::current_exception_text()));
    }
  }

  std::string name_;
  std::unique_ptr<Noise> noise_;
};

/// A noise model that draws its severity for each image.
class DrawnNoise final : public Noise {
 public:
  /// `values` are constant except for the severity, at `index`.
  DrawnNoise(const PluginInfo& info, std::vector<Value> values, std::size_t index)
      : info_(info), values_(std::move(values)), index_(index), range_(std::get<Varying>(values_[index])) {
    create_constant(info_, with(range_.from));  // reports the plugin's objections before training
    strongest_.reset(static_cast<Noise*>(create_constant(info_, with(range_.to)).release()));
  }

  void corrupt(std::span<const float> clean, std::span<float> noisy, const ImageShape& shape, Rng& rng) const override {
    const auto component = info_.create(with(range_.from + (range_.to - range_.from) * double{rng.uniform()}));
    static_cast<const Noise&>(*component).corrupt(clean, noisy, shape, rng);
  }

  void check(const ImageShape& shape) const override { strongest_->check(shape); }
  bool accepts_any_range() const override { return strongest_->accepts_any_range(); }

 private:
  std::vector<Value> with(double severity) const {
    auto values = values_;
    values[index_] = severity;
    return values;
  }

  const PluginInfo& info_;
  std::vector<Value> values_;
  std::size_t index_;
  Varying range_;
  std::unique_ptr<Noise> strongest_;
};

}  // namespace

std::unique_ptr<Component> create_component(const PluginInfo& info, const std::vector<Value>& values, double epoch) {
  auto resolved = values;
  std::size_t drawn = resolved.size();
  for (std::size_t i = 0; i < resolved.size(); ++i) {
    if (auto* choices = std::get_if<std::vector<PluginChoice>>(&resolved[i])) {
      for (auto& choice : *choices) {
        choice.component = create_component(*choice.info, choice.values, epoch);
        choice.name = choice.info->name;
        choice.text = plugin_text(*choice.info, choice.values);
        choice.severity = severity_of(*choice.info, choice.values);
      }
    } else if (const auto* varying = std::get_if<Varying>(&resolved[i])) {
      if (varying->by == Varying::By::image) {
        drawn = i;
      } else {
        resolved[i] = at_epoch(*varying, epoch);
      }
    }
  }
  auto component = drawn == resolved.size() ? create_constant(info, resolved)
                                            : std::make_unique<DrawnNoise>(info, std::move(resolved), drawn);
  if (info.kind != Noise::kKind) return component;
  return std::make_unique<NamedNoise>(info.name, std::move(component));
}

std::int64_t last_change(const std::vector<Value>& values) {
  std::int64_t last = 0;
  for (const auto& value : values) {
    if (const auto* varying = std::get_if<Varying>(&value)) last = std::max(last, varying->end);
    if (const auto* choices = std::get_if<std::vector<PluginChoice>>(&value)) {
      for (const auto& choice : *choices) last = std::max(last, last_change(choice.values));
    }
  }
  return last;
}

void add_plugins(const std::vector<Value>& values, std::set<std::string>& plugins) {
  for (const auto& value : values) {
    const auto* choices = std::get_if<std::vector<PluginChoice>>(&value);
    if (!choices) continue;
    for (const auto& choice : *choices) {
      plugins.insert(choice.info->kind + "/" + choice.info->name);
      add_plugins(choice.values, plugins);
    }
  }
}

std::string plugin_text(const PluginInfo& info, const std::vector<Value>& values) {
  std::string text = info.name, others, parts;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& spec = info.params[i];
    if (const auto* choices = std::get_if<std::vector<PluginChoice>>(&values[i])) {
      for (const auto& choice : *choices) {
        parts += (parts.empty() ? "" : "; ") + plugin_text(*choice.info, choice.values);
      }
    } else if (spec.is_severity) {
      const auto* varying = std::get_if<Varying>(&values[i]);
      if (varying && varying->by == Varying::By::image) {
        text += fmt::format(" {} to {}", varying->from, varying->to);
      } else {
        text += fmt::format(" {}", severity_of(info, values));
      }
    } else if (values[i] != spec.default_value && concerns_of(info.kind, spec) != Concerns::nothing) {
      others += fmt::format(", {} = {}", spec.name, to_toml(values[i]));
    }
  }
  return text + others + (parts.empty() ? "" : " (" + parts + ")");
}

}  // namespace hourglass::host
