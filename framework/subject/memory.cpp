#include "subject/memory.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/memory.hpp"
#include "host/value_text.hpp"

namespace hourglass::subject {
namespace {

constexpr double kGibibyte = 1024.0 * 1024.0 * 1024.0;

/// A key of the network and the largest of its integers.
struct Widest {
  std::int64_t width = 0;
  const experiment::Section* table = nullptr;
  std::string key = {};
  const experiment::Setting* setting = nullptr;
};

std::int64_t largest_of(const Value& value) {
  if (const auto* one = std::get_if<std::int64_t>(&value)) return *one;
  const auto* list = std::get_if<std::vector<std::int64_t>>(&value);
  return list == nullptr || list->empty() ? 0 : *std::ranges::max_element(*list);
}

/// Returns the key of the architecture or the bottleneck with the largest integer.
Widest widest_of(const experiment::Config& config) {
  Widest largest;
  const auto look = [&](const experiment::Section& table, const std::string& key, const experiment::Setting& setting) {
    const auto width = largest_of(setting.value);
    if (width > largest.width) largest = {width, &table, key, &setting};
  };
  for (const auto* path : {"architecture", "bottleneck"}) {
    const auto& table = config.table(path);
    for (std::size_t i = 0; i < table.settings.size(); ++i) {
      look(table, table.alternative->params[i].name, table.settings[i]);
    }
  }
  look(config.table("bottleneck"), "size", config.table("bottleneck").common.at(0));
  return largest;
}

}  // namespace

void check_memory(const experiment::Config& config, const compute::Network& network) {
  const double needed = static_cast<double>(network.buffer_size()) * sizeof(float);
  const double present = base::usable_memory();
  if (needed <= present) return;
  const auto& largest = *std::ranges::max_element(network.parameters(), {}, &compute::ParameterRecord::size);
  const auto widest = widest_of(config);  // at least the size of the code
  throw base::UserError(fmt::format(
      "{}: [{}] with {} = {}, the network needs {:.1f} GiB for its parameters alone, but this machine has {:.1f} GiB "
      "of memory; the largest parameter is {} with {} numbers; choose smaller widths",
      experiment::place_text(widest.setting->origin), widest.table->path, widest.key,
      host::to_toml(widest.setting->value), needed / kGibibyte, present / kGibibyte, largest.name, largest.size));
}

}  // namespace hourglass::subject
