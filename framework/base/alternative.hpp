// One of several named alternatives for a table of an experiment file, with its parameters.
#pragma once

#include <string>
#include <vector>

#include "hourglass/params.hpp"

namespace hourglass {
struct PluginInfo;
}

namespace hourglass::base {

/// An alternative for a table: a plugin, or a built-in such as the optimiser "adam".
struct Alternative {
  std::string name;
  std::string summary;
  std::vector<ParamSpec> params;
  const PluginInfo* plugin = nullptr;  ///< null for built-ins
};

}  // namespace hourglass::base
