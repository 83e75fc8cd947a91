#include "bench/breakdown.hpp"

namespace hourglass::bench {

std::vector<Part> breakdown_of(const train::Profile& profile) {
  const double milliseconds = 1e3 / static_cast<double>(profile.steps);
  std::vector<Part> parts = {{"data", profile.data * milliseconds},
                             {"noise", profile.noise * milliseconds},
                             {"forward", profile.forward * milliseconds},
                             {"backward", profile.backward * milliseconds},
                             {"optimizer", profile.optimizer * milliseconds}};
  double rest = profile.total * milliseconds;
  for (const auto& part : parts) rest -= part.milliseconds;
  parts.push_back({"overhead", rest});
  return parts;
}

results::Table breakdown_table(const train::Profile& profile) {
  results::Table table{{{"part", "part", 5, false}, {"ms", "ms", 4}, {"% of step", "percent", 3}}, {}};
  const double whole = profile.total * 1e3 / static_cast<double>(profile.steps);
  auto rows = breakdown_of(profile);
  rows.push_back({"step", whole});
  for (const auto& part : rows) {
    table.rows.push_back({part.name, part.milliseconds, whole > 0 ? 100 * part.milliseconds / whole : 0.0});
  }
  return table;
}

}  // namespace hourglass::bench
