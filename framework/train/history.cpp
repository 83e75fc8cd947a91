#include "train/history.hpp"

#include <fmt/format.h>

#include "base/error.hpp"

namespace hourglass::train {

History read_history(const results::RunFolder& folder, std::int64_t epochs) {
  History history;
  try {
    history.rows = results::read_epoch_metrics(folder.metrics()).rows;
  } catch (const base::UserError& error) {
    history.fault = error.what();
    return history;
  }
  std::erase_if(history.rows, [&](const auto& row) { return row.epoch > epochs; });
  if (static_cast<std::int64_t>(history.rows.size()) != epochs) {
    history.fault =
        fmt::format("{}: the file has {} of {} finished epochs; run its experiment again, which makes it again",
                    folder.metrics().string(), history.rows.size(), epochs);
  }
  return history;
}

std::vector<results::EpochRow> restore_history(const results::RunFolder& folder, const std::string& fault,
                                               const std::vector<std::vector<double>>& numbers, std::int64_t epochs,
                                               const std::vector<std::string>& penalties,
                                               std::vector<std::string>& notes) {
  results::EpochMetrics metrics{penalties, {}};
  for (const auto& epoch : numbers) {
    if (auto row = results::row_of(epoch, penalties.size())) metrics.rows.push_back(std::move(*row));
  }
  if (static_cast<std::int64_t>(metrics.rows.size()) != epochs) throw base::UserError(fault);
  results::write_epoch_metrics(folder.metrics(), metrics);
  notes.push_back(fmt::format("{} (done now, from the checkpoint; its times are lost)", fault));
  return metrics.rows;
}

}  // namespace hourglass::train
