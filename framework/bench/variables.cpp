#include "bench/variables.hpp"

#include <unistd.h>

#include <algorithm>

namespace hourglass::bench {

Variables select_variables(const std::vector<std::string>& environment) {
  constexpr const char* kOurs[] = {"ONEDNN_", "DNNL_", "OMP_", "GOMP_"};
  Variables selected;
  for (const auto& variable : environment) {
    const auto starts = [&](const char* prefix) { return variable.starts_with(prefix); };
    if (std::ranges::any_of(kVariablePrefixes, starts) || starts("ATEN_CPU_CAPABILITY=")) {
      selected.cleared.push_back(variable);
    }
    if (std::ranges::any_of(kOurs, starts)) selected.kept.push_back(variable);
  }
  return selected;
}

Variables own_variables() {
  std::vector<std::string> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) environment.emplace_back(*variable);
  return select_variables(environment);
}

}  // namespace hourglass::bench
