#include "results/task_result.hpp"

#include "results/json_file.hpp"

namespace hourglass::results {
namespace {

namespace fs = std::filesystem;

constexpr Split kSplits[] = {Split::train, Split::validation, Split::test};

Split split_of(const JsonObject& object) {
  const auto text = object.text("split");
  for (const auto split : kSplits) {
    if (text == to_string(split)) return split;
  }
  object.damaged("split", "train, validation or test");
}

Direction direction_of(const JsonObject& object) {
  const auto text = object.text("direction");
  if (text != "lower" && text != "higher") object.damaged("direction", "lower or higher");
  return text == "lower" ? Direction::lower : Direction::higher;
}

Json json_of(const Metric& metric) {
  Json entry;
  entry["name"] = metric.name;
  entry["split"] = to_string(metric.split);
  entry["value"] = json_number(metric.value);
  entry["unit"] = metric.unit;
  entry["direction"] = metric.direction == Direction::lower ? "lower" : "higher";
  entry["protocol"] = metric.protocol;
  if (!metric.baseline.empty()) entry["baseline"] = metric.baseline;
  if (!metric.condition.empty()) entry["condition"] = metric.condition;
  return entry;
}

Metric metric_of(const JsonObject& entry) {
  return {entry.text("name"),
          split_of(entry),
          entry.number("value"),
          entry.text("unit"),
          direction_of(entry),
          entry.text("protocol"),
          entry.has("baseline") ? entry.text("baseline") : "",
          entry.has("condition") ? entry.text("condition") : ""};
}

fs::path mark_in(const fs::path& folder) { return folder / "begun.json"; }

}  // namespace

TaskMark::TaskMark(const fs::path& folder, const std::string& task) : file_(mark_in(folder)) {
  Json json;
  json["task"] = task;
  write_json(file_, json);
}

TaskMark::~TaskMark() { remove_mark(file_.parent_path()); }

void remove_mark(const fs::path& folder) {
  std::error_code ignored;
  fs::remove(mark_in(folder), ignored);
}

std::string cut_off_reason(const fs::path& folder) {
  const auto mark = JsonObject::existing(mark_in(folder));
  if (!mark) return "";
  return "task " + mark->text("task") + " ended the program the last time it ran, or the program was killed meanwhile";
}

void write_task_result(const fs::path& folder, const TaskResult& result) {
  Json json;
  json["task"] = result.name;
  json["checkpoint"] = result.checkpoint;
  json["state"] = result.failed() ? "failed" : "done";
  json["reason"] = result.reason;
  json["plugins"] = Json::object();
  for (const auto& [plugin, hash] : result.plugins) json["plugins"][plugin] = hash;
  json["metrics"] = Json::array();
  for (const auto& metric : result.metrics) json["metrics"].push_back(json_of(metric));
  write_json(folder / "result.json", json);
}

std::optional<TaskResult> read_task_result(const fs::path& folder) {
  const auto read = JsonObject::existing(folder / "result.json");
  if (!read) return std::nullopt;
  const auto& json = *read;
  TaskResult result{json.text("task"), json.text("checkpoint"), json.text("reason"), json.texts("plugins"), {}};
  const auto state = json.text("state");
  if (state != (result.failed() ? "failed" : "done")) json.damaged("state", result.failed() ? "failed" : "done");
  for (const auto& entry : json.objects("metrics")) result.metrics.push_back(metric_of(entry));
  return result;
}

}  // namespace hourglass::results
