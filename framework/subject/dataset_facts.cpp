#include "subject/dataset_facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "base/error.hpp"
#include "base/guest_code.hpp"
#include "host/create_plugin.hpp"
#include "host/registry.hpp"

namespace hourglass::subject {
namespace {

SplitFacts facts_of(Split split, const Samples& samples, const Classes& classes) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  SplitFacts facts{std::string(to_string(split)), samples.size(), kInfinite, 0, -kInfinite, {}};
  const auto count = std::min(samples.size(), kLookedAt);
  std::vector<float> image(static_cast<std::size_t>(samples.shape().size()));
  for (std::int64_t i = 0; i < count; ++i) {
    samples.read({&i, 1}, image);
    double sum = 0;
    for (const float pixel : image) {
      facts.min = std::min(facts.min, static_cast<double>(pixel));
      facts.max = std::max(facts.max, static_cast<double>(pixel));
      sum += static_cast<double>(pixel);
    }
    facts.mean += sum / static_cast<double>(image.size()) / static_cast<double>(count);
  }
  facts.class_counts.resize(classes.names().size());
  for (const auto label : classes.of(samples.labels())) ++facts.class_counts.at(static_cast<std::size_t>(label));
  return facts;
}

}  // namespace

OpenDataset::OpenDataset(const PluginInfo& plugin, const std::vector<Value>& values,
                         const std::filesystem::path& directory)
    : plugin_(plugin),
      data_(std::make_unique<host::HostData>(directory, host::HostData::cache_directory())),
      dataset_(host::create<Dataset>(plugin, values)) {
  for (const auto split : {Split::train, Split::validation, Split::test}) {
    try {
      const base::GuestCode guest("opening the dataset");
      auto samples = dataset_->open(split, *data_);
      if (!samples && split == Split::train)
        throw std::runtime_error(fmt::format("has no split '{}'", to_string(split)));
      if (samples) splits_.push_back({split, std::move(samples)});
    } catch (...) {
      throw base::UserError(fmt::format("dataset '{}': {}", plugin.name, base::current_exception_text()));
    }
  }
  data_->finish_opening();
}

std::int64_t OpenDataset::bytes() const {
  std::int64_t sum = 0;
  for (const auto& file : files()) sum += file.size;
  return sum;
}

std::string OpenDataset::folder() const {
  std::filesystem::path common;
  for (const auto& file : files()) {
    if (common.empty()) common = file.path.parent_path();
    while (std::mismatch(common.begin(), common.end(), file.path.begin(), file.path.end()).first != common.end()) {
      common = common.parent_path();
    }
  }
  return common.string();
}

Classes OpenDataset::classes() const {
  std::vector<const Samples*> splits;
  for (const auto& [split, samples] : splits_) splits.push_back(samples.get());
  return Classes(splits);
}

Facts OpenDataset::facts() const {
  Facts facts{
      plugin_.name, plugin_.summary, data_->content_hash(), train().shape(), train().range(), classes(), files(), {}};
  for (const auto& [split, samples] : splits_) facts.splits.push_back(facts_of(split, *samples, facts.classes));
  return facts;
}

std::string shape_text(const ImageShape& shape) {
  return fmt::format("{} x {} x {}", shape.channels, shape.height, shape.width);
}

}  // namespace hourglass::subject
