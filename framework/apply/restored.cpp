#include "apply/restored.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "run/identity.hpp"
#include "run/trained_cell.hpp"
#include "subject/checkpoint.hpp"

namespace hourglass::apply {
namespace {

/// Returns the cell of a run that is trained.
run::Cell cell_of(const results::RunRecord& record, const experiment::Schema& schema, const host::Registry& registry) {
  const auto path = record.folder.path().string();
  if (!record.trained()) {
    throw base::UserError(
        fmt::format("{}: its training is {}; finish it with `hourglass run`, and apply it then", path, record.state));
  }
  return run::cell_without_tasks(record, schema, registry);
}

subject::Subject subject_of(const run::Cell& cell) { return {cell.config, cell.seed}; }

}  // namespace

Restored::Restored(const results::RunRecord& record, const experiment::Schema& schema, const host::Registry& registry,
                   const std::atomic<bool>& flag)
    : stop(flag),
      subject(subject_of(cell_of(record, schema, registry))),
      parameters(*subject.autoencoder.network, false),
      model({subject, parameters}, stop),
      data(subject, model, stop),
      fit({subject, parameters}, model, data, stop),
      statistics(stop) {
  const auto identity = run::identify(subject);
  if (identity.training != record.id()) {
    throw base::UserError(
        fmt::format("{}: its model cannot be applied: {}", record.folder.path().string(),
                    run::reason_of_other_id(record, run::cell_without_tasks(record, schema, registry))));
  }
  subject::Checkpoint checkpoint{.cell = record.id(), .parameters = parameters.parameters()};
  subject::load_checkpoint(record.folder.checkpoint(identity.checkpoint), *subject.autoencoder.network, checkpoint);
}

}  // namespace hourglass::apply
