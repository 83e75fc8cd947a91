// Creates each task and runs it with the faces of the run.
#include "evaluate/evaluation.hpp"

#include <cstdint>
#include <string_view>

#include "base/error.hpp"
#include "base/guest_code.hpp"
#include "base/random.hpp"
#include "evaluate/faces/data_face.hpp"
#include "evaluate/faces/fit_face.hpp"
#include "evaluate/faces/model_face.hpp"
#include "evaluate/faces/report_face.hpp"
#include "evaluate/faces/scores_face.hpp"
#include "evaluate/faces/statistics_face.hpp"
#include "evaluate/needs.hpp"
#include "evaluate/sparse_code.hpp"
#include "evaluate/stop.hpp"
#include "host/create_plugin.hpp"
#include "subject/settings.hpp"

namespace hourglass::evaluate {
namespace {

/// Hashes a name with FNV-1a, the same on every machine, so that a task's random numbers do not depend on the other
/// tasks of the run.
std::uint64_t name_hash(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const unsigned char letter : name) hash = (hash ^ letter) * 0x100000001b3;
  return hash;
}

std::unique_ptr<Task> create(const TaskEntry& entry) {
  if (entry.section == nullptr) return std::make_unique<SparseCode>();
  return host::create<Task>(*entry.section->alternative->plugin, entry.section->values());
}

/// Returns the prefix of a task's errors: `quickstart.toml:30:1: [[task]] denoising: `.
std::string error_prefix(const TaskEntry& entry) {
  if (entry.section == nullptr) return entry.name + ": ";
  return experiment::place_text(entry.section->culprit()) + ": [[task]] " + entry.name + ": ";
}

}  // namespace

/// The faces that all tasks of the run share.
struct Evaluation::Faces {
  Faces(const Trained& trained, StopFlag stop)
      : model(trained, stop),
        data(trained.subject, model, stop),
        scores(model, data, report),
        fit(trained, model, data, stop),
        statistics(stop) {}

  ModelFace model;
  DataFace data;
  ReportFace report;
  ScoresFace scores;
  FitFace fit;
  StatisticsFace statistics;
};

std::vector<TaskEntry> tasks_of(const subject::Subject& subject) {
  std::vector<TaskEntry> entries;
  for (const auto* section : subject.config.all(Task::kKind)) entries.push_back({section->name, section});
  const bool wanted = subject.config.as<subject::ExperimentSettings>("").sparse_code;
  if (wanted && subject.autoencoder.sparse_code && unmet_needs(SparseCode(), subject).empty()) {
    entries.push_back({SparseCode::kName});
  }
  return entries;
}

Evaluation::Evaluation(const Trained& trained, const std::atomic<bool>& stop)
    : trained_(trained), stop_(stop), faces_(std::make_unique<Faces>(trained_, StopFlag(stop))) {}

Evaluation::~Evaluation() = default;

TaskOutcome Evaluation::run(const TaskEntry& entry, const std::filesystem::path& folder) {
  const StopFlag stop(stop_);
  stop.check();
  TaskOutcome result;
  // Keyed by the plugin's name, not by the name that the experiment gives the task.
  const auto& kind = entry.section == nullptr ? entry.name : entry.section->alternative->name;
  base::PhiloxRng rng(trained_.subject.seed, base::Stream::task, name_hash(kind), 0);
  TaskContext context{faces_->model,  faces_->data, faces_->scores,    faces_->fit,
                      faces_->report, rng,          faces_->statistics};
  try {
    const base::GuestCode guest("running task " + entry.name);
    faces_->report.begin(std::filesystem::absolute(folder));  // the task may change the working directory
    create(entry)->run(context);
    result.metrics = faces_->report.take_metrics();
    result.notes = faces_->report.take_notes();
  } catch (...) {
    result.error = error_prefix(entry) + base::current_exception_text();
  }
  stop.check();
  return result;
}

}  // namespace hourglass::evaluate
