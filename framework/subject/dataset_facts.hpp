// Facts about a dataset that are known once it is opened.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "host/data_access.hpp"
#include "hourglass/dataset.hpp"
#include "hourglass/plugin.hpp"
#include "subject/classes.hpp"

namespace hourglass::subject {

/// The number of images of each split from which pixel statistics are computed.
constexpr std::int64_t kLookedAt = 10000;

struct SplitFacts {
  std::string name;
  std::int64_t size;
  double min, mean, max;                   ///< of the pixels of the first kLookedAt images
  std::vector<std::int64_t> class_counts;  ///< one per class
};

struct Facts {
  std::string name, summary, content_hash;
  ImageShape shape;
  ValueRange range;
  Classes classes;
  std::vector<host::HostData::File> files;
  std::vector<SplitFacts> splits;  ///< the dataset's own splits: validation and test only if it has them
};

/// A dataset with its splits open.
class OpenDataset {
 public:
  /// Opens all splits. Throws UserError with the dataset's name if that fails.
  OpenDataset(const PluginInfo& plugin, const std::vector<Value>& values, const std::filesystem::path& directory);

  const Samples& train() const { return *splits_.front().samples; }
  /// Returns null if the dataset leaves it to the host to draw test images.
  const Samples* test() const { return splits_.back().split == Split::test ? splits_.back().samples.get() : nullptr; }
  std::vector<host::HostData::File> files() const { return data_->files(); }
  std::int64_t bytes() const;  ///< of all files
  std::string folder() const;  ///< the common folder of all files; "" without files
  Classes classes() const;     ///< of all splits
  Facts facts() const;

 private:
  struct OpenSplit {
    Split split;
    std::unique_ptr<Samples> samples;
  };
  const PluginInfo& plugin_;
  std::unique_ptr<host::HostData> data_;
  std::unique_ptr<Dataset> dataset_;
  std::vector<OpenSplit> splits_;  // train, validation if there is one, test
};

/// Returns a shape as text: `1 x 28 x 28`.
std::string shape_text(const ImageShape& shape);

}  // namespace hourglass::subject
