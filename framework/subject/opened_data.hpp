// Opens each dataset once for many configurations, such as the cells of a sweep.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "subject/data_splits.hpp"

namespace hourglass::subject {

/// Keeps the datasets that it has opened, but not more than a few, which may be large. Not for several threads.
class OpenedData {
 public:
  /// Returns the dataset of a configuration, and opens it unless that of a configuration with the same [dataset] and
  /// the same share of validation is kept. Throws UserError like Data.
  std::shared_ptr<const Data> of(const experiment::Config& config);

 private:
  std::map<std::string, std::shared_ptr<const Data>> opened_;
};

}  // namespace hourglass::subject
