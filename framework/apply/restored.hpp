// The trained model of a run, restored from its folder.
#pragma once

#include <atomic>

#include "compute/graph/model.hpp"
#include "evaluate/faces/data_face.hpp"
#include "evaluate/faces/fit_face.hpp"
#include "evaluate/faces/model_face.hpp"
#include "evaluate/faces/statistics_face.hpp"
#include "experiment/schema.hpp"
#include "host/registry.hpp"
#include "results/run_record.hpp"
#include "subject/subject.hpp"

namespace hourglass::apply {

/// What a model is applied with. Not movable: the members point to one another.
struct Restored {
  /// Opens the run's data and reads the checkpoint that its tasks see. Throws UserError if the run is not trained, its
  /// files or data have changed, or a plugin is missing. Setting `stop` ends what the members do; it must outlive them.
  Restored(const results::RunRecord& record, const experiment::Schema& schema, const host::Registry& registry,
           const std::atomic<bool>& stop);
  Restored(const Restored&) = delete;
  Restored& operator=(const Restored&) = delete;

  evaluate::StopFlag stop;
  subject::Subject subject;
  compute::Model parameters;
  evaluate::ModelFace model;
  evaluate::DataFace data;
  evaluate::FitFace fit;
  evaluate::StatisticsFace statistics;
};

}  // namespace hourglass::apply
