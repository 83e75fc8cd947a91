// Restores damaged records of a finished training from what is sound.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/registry.hpp"
#include "results/run_folder.hpp"
#include "run/cell.hpp"
#include "run/plugin_hashes.hpp"
#include "subject/subject.hpp"

namespace hourglass::run {

/// Writes those of experiment.toml, environment.json and metrics.csv again that are damaged: the configuration is that
/// of `cell`, the versions of the plugins are unknown, and the numbers of the `epochs` finished epochs come from the
/// last checkpoint. Returns a sentence for each of them, also if it cannot be restored, and for the `checkpoint` of its
/// tasks if that is lost.
std::vector<std::string> repair_records(const results::RunFolder& folder, const Cell& cell,
                                        const subject::Subject& subject, const host::Registry& registry,
                                        PluginHashes& hashes, std::int64_t epochs, const std::string& checkpoint);

}  // namespace hourglass::run
