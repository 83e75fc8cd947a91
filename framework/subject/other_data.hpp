// The images of another dataset than the run's, such as one that a task names.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "host/data_access.hpp"
#include "hourglass/dataset.hpp"
#include "hourglass/params.hpp"
#include "subject/data_splits.hpp"

namespace hourglass::subject {

/// The test images of a dataset, or all its images if it has no test split, normalised like those of a run. Views point
/// to it: do not move it.
class OtherData {
 public:
  /// Opens `dataset`. Throws UserError if it cannot be opened or its images have another shape or range than those of
  /// `data`, which must outlive this object.
  OtherData(std::shared_ptr<const Dataset> dataset, const Data& data);
  OtherData(const OtherData&) = delete;
  OtherData& operator=(const OtherData&) = delete;

  SplitView view() const { return SplitView(part_); }
  std::string content_hash() const { return access_.content_hash(); }

 private:
  std::shared_ptr<const Dataset> dataset_;
  host::HostData access_;
  std::unique_ptr<Samples> samples_;
  Part part_;
};

/// Opens each dataset among the values of parameters, for a run on `data`, and returns what identifies their contents,
/// one line for each: "" if there is none. Throws UserError, which begins with the name of the parameter and of the
/// dataset.
std::string other_data_identity(const PluginInfo& plugin, const std::vector<Value>& values, const Data& data);

}  // namespace hourglass::subject
