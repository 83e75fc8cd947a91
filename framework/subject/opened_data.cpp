#include "subject/opened_data.hpp"

#include "host/value_text.hpp"
#include "subject/settings.hpp"

namespace hourglass::subject {
namespace {

/// A sweep over more datasets than this opens them again and again, but does not keep them all in memory.
constexpr std::size_t kMostKept = 16;

}  // namespace

std::shared_ptr<const Data> OpenedData::of(const experiment::Config& config) {
  const auto& table = config.table("dataset");
  auto key = table.alternative->name + "\n" + host::to_toml(config.as<TrainSettings>("train").validation);
  for (const auto& values : {table.values(), table.common_values()}) {
    for (const auto& value : values) key += "\n" + host::to_toml(value);
  }
  if (const auto found = opened_.find(key); found != opened_.end()) return found->second;
  if (opened_.size() == kMostKept) opened_.clear();
  return opened_[key] = std::make_shared<const Data>(config);
}

}  // namespace hourglass::subject
