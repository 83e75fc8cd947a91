// Collects the results of tasks: metrics for the caller; pictures, tables and curves in files.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/task.hpp"

namespace hourglass::evaluate {

/// Used by one task after another.
class ReportFace final : public Report {
 public:
  /// Starts a task: clears metrics and notes and writes files to `folder` from now on.
  void begin(std::filesystem::path folder);
  std::vector<Metric> take_metrics() { return std::move(metrics_); }
  std::vector<std::string> take_notes() { return std::move(notes_); }

  void metric(Metric metric) override;
  void picture(std::string_view name, const Grid& grid) override;
  void table(std::string_view name, const std::vector<std::string>& columns,
             const std::vector<std::vector<std::string>>& cells) override;
  void curve(std::string_view name, const Curve& curve) override;
  void note(std::string_view text) override { notes_.emplace_back(text); }

 private:
  /// Returns the path of a file of this task and records it. Throws std::invalid_argument if `name` has other
  /// characters or the task has already written the file. `what` is "picture" or "table".
  std::filesystem::path claim(std::string_view what, std::string_view name, const char* extension);

  std::filesystem::path folder_;
  std::vector<Metric> metrics_;
  std::vector<std::string> notes_;
  std::set<std::filesystem::path> written_;
};

}  // namespace hourglass::evaluate
