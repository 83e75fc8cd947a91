#include "cli/progress.hpp"

#include <fmt/format.h>

#include "bench/breakdown.hpp"
#include "results/render.hpp"

namespace hourglass::cli {
namespace {

/// Often enough to look alive, seldom enough to cost nothing.
constexpr auto kRedrawEvery = std::chrono::milliseconds(100);
constexpr int kBarWidth = 24;

std::string thousands(double value) {
  auto digits = fmt::format("{:.0f}", value);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::string profile_text(const run::CellOutcome& outcome) {
  const auto& profile = outcome.profile;
  if (profile.steps > 0) {
    return fmt::format("time of a training step, mean of {}; overhead holds validation and checkpoints\n{}",
                       profile.steps, results::render(bench::breakdown_table(profile), results::Format::table));
  }
  if (outcome.trained && outcome.result != run::CellOutcome::Result::done) return "";  // it says itself why
  return fmt::format("no step to profile: {}; --fresh trains it again",
                     outcome.trained ? "its training had ended before" : "the training is already there");
}

std::string describe(const run::CellOutcome& outcome) {
  using Result = run::CellOutcome::Result;
  const auto folder = outcome.folder.string();
  switch (outcome.result) {
    case Result::done:
      return fmt::format("{}: {}", outcome.trained || outcome.tasks > 0 ? "finished" : "already there", folder);
    case Result::interrupted: return fmt::format("stopped: {}; the same command continues from there", folder);
    case Result::busy: return fmt::format("another process is computing it: {}; it comes last", folder);
    default: break;
  }
  if (outcome.training == results::State::diverged) {
    return fmt::format("diverged{}: {}: {}{}", outcome.trained ? "" : " before", folder, outcome.reason,
                       outcome.trained ? "" : "; --fresh tries again");
  }
  const bool several = outcome.reason.find('\n') != std::string::npos;
  return fmt::format("failed: {}:{}{}", folder, several ? "\n" : " ", outcome.reason);
}

}  // namespace

Progress::Progress(bool quiet, bool profile) : quiet_(quiet), profile_(profile) {}

void Progress::begin_cell(std::int64_t index, std::int64_t count, const std::string& label, std::int64_t epochs) {
  epochs_ = epochs;
  epochs_at_start_ = -1;
  started_ = Clock::now();
  if (count > 1) line(fmt::format("cell {}/{}: {}", index, count, label));
}

void Progress::end_cell(const run::CellOutcome& outcome) {
  const auto text = describe(outcome);
  if (outcome.result == run::CellOutcome::Result::failed) {
    note(text);
  } else {
    line(text);
  }
  if (!profile_) return;
  auto profile = profile_text(outcome);
  while (profile.ends_with('\n')) profile.pop_back();
  if (!profile.empty()) status_.keep(profile);
}

void Progress::step(std::int64_t epoch, std::int64_t images, std::int64_t of, double mean_objective) {
  const auto now = Clock::now();
  const double done = static_cast<double>(epoch) + static_cast<double>(images) / static_cast<double>(of);
  if (epochs_at_start_ < 0) {
    epochs_at_start_ = done;
    started_ = now;
  }
  if (!status_.is_terminal() || quiet_ || now - drawn_ < kRedrawEvery || done == epochs_at_start_) return;
  drawn_ = now;
  const double seconds = std::chrono::duration<double>(now - started_).count();
  const double rate = (done - epochs_at_start_) / seconds;
  status_.replace(fmt::format("epoch {}/{} {} loss {:.5g}  {} img/s  {} left", epoch + 1, epochs_,
                              bar_text(done / static_cast<double>(epochs_), kBarWidth), mean_objective,
                              thousands(rate * static_cast<double>(of)),
                              duration_text((static_cast<double>(epochs_) - done) / rate)));
}

void Progress::epoch(const results::EpochRow& row) {
  auto text = fmt::format("epoch {:>{}}/{}  train {:.5g}", row.epoch, fmt::formatted_size("{}", epochs_), epochs_,
                          row.train.objective);
  if (row.validation) text += fmt::format("  validation {:.5g}", row.validation->objective);
  line(text + fmt::format("  {} img/s", thousands(row.images_per_second)));
}

void Progress::prepared(const std::string& phase, std::int64_t epoch, std::int64_t epochs, double loss) {
  line(fmt::format("{} {}/{}  train {:.5g}", phase, epoch, epochs, loss));
}

void Progress::task(const std::string& name) {
  if (status_.is_terminal() && !quiet_) {
    status_.replace("task " + name);
  } else {
    line("task " + name);
  }
}

void Progress::note(const std::string& message) { status_.keep(message); }

void Progress::line(const std::string& text) {
  if (!quiet_) status_.keep(text);
}

}  // namespace hourglass::cli
