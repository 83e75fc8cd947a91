// The rules that a plugin's description must keep before it is listed.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "hourglass/plugin.hpp"

namespace hourglass::host {

/// The kinds of plugins, in the order of an experiment file's tables.
std::span<const std::string> plugin_kinds();

/// Returns what is wrong with a plugin's description and the fix, to be read after its name, or "".
std::string plugin_fault(const PluginInfo& info);

}  // namespace hourglass::host
