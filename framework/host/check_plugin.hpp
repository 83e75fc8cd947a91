// The rules that a plugin's description must satisfy before the plugin is listed.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "hourglass/plugin.hpp"

namespace hourglass::host {

/// The kinds of plugins, in the order of the tables of an experiment file.
std::span<const std::string> plugin_kinds();

/// Returns what is wrong with a plugin's description and how to fix it, worded to follow the plugin's name, or "".
std::string plugin_fault(const PluginInfo& info);

}  // namespace hourglass::host
