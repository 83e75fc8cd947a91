// Creates the objects of plugins, with those that their parameters name, and resolves severities that vary.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "hourglass/plugin.hpp"

namespace hourglass::host {

/// The epoch of validation and tasks, which get the last severity of each schedule.
inline constexpr double kAfterTraining = std::numeric_limits<double>::infinity();

/// Creates a plugin's object. Plugins among the values are created first. A severity that changes by epoch has its
/// value of `epoch`; a noise model whose severity is drawn for each image is wrapped in one that draws it, from the
/// image's own random numbers and before its model does. Any exception of a plugin becomes a base::UserError that
/// contains the plugin's name.
template <class T>
std::unique_ptr<T> create(const PluginInfo& info, const std::vector<Value>& values, double epoch = kAfterTraining);

std::unique_ptr<Component> create_component(const PluginInfo& info, const std::vector<Value>& values,
                                            double epoch = kAfterTraining);

/// Returns the epoch from which on no severity among the values changes any more, those of chosen plugins included; 0
/// if none changes by epoch.
std::int64_t last_change(const std::vector<Value>& values);

/// Adds the plugins among the values, and those among theirs, as "noise/gaussian".
void add_plugins(const std::vector<Value>& values, std::set<std::string>& plugins);

/// Returns a plugin in a few words, for protocols and labels: "gaussian 0.3", "chain (masking 0.1; blur 1)"; of a
/// severity that changes by epoch the last one. Keys that affect no result, such as the places of files, are left out.
std::string plugin_text(const PluginInfo& info, const std::vector<Value>& values);

template <class T>
std::unique_ptr<T> create(const PluginInfo& info, const std::vector<Value>& values, double epoch) {
  return std::unique_ptr<T>(static_cast<T*>(create_component(info, values, epoch).release()));
}

}  // namespace hourglass::host
