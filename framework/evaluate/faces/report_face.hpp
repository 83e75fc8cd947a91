// Where the results of tasks go: metrics to the caller, pictures, tables and curves to files.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/task.hpp"

namespace hourglass::evaluate {

/// Serves one task after another.
class ReportFace final : public Report {
 public:
  /// Starts a task without metrics; its files go to `folder`.
  void begin(std::filesystem::path folder);
  std::vector<Metric> take_metrics() { return std::move(metrics_); }

  void metric(Metric metric) override;
  void picture(std::string_view name, const Grid& grid) override;
  void table(std::string_view name, const std::vector<std::string>& columns,
             const std::vector<std::vector<std::string>>& cells) override;
  void curve(std::string_view name, const Curve& curve) override;

 private:
  /// Returns the path of a file of this task and remembers it. std::invalid_argument when `name` is unfit or the task
  /// has written the file before. `what` is "picture" or "table".
  std::filesystem::path claim(std::string_view what, std::string_view name, const char* extension);

  std::filesystem::path folder_;
  std::vector<Metric> metrics_;
  std::set<std::filesystem::path> written_;
};

}  // namespace hourglass::evaluate
