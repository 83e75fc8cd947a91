#include "cli/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "bench/breakdown.hpp"
#include "results/render.hpp"

namespace hourglass::cli {
namespace {

/// Often enough to look alive, seldom enough to cost nothing.
constexpr auto kRedrawEvery = std::chrono::milliseconds(100);
constexpr int kBarWidth = 24;

std::string duration(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds + 0.5);
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

std::string thousands(double value) {
  auto digits = fmt::format("{:.0f}", value);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

/// Progress that cannot be shown is no reason to end a run.
void show(const std::string& text) { std::fputs(text.c_str(), stderr); }

std::string profile_text(const run::CellOutcome& outcome) {
  const auto& profile = outcome.profile;
  if (profile.steps > 0) {
    return fmt::format("time of a training step, mean of {}; overhead holds validation and checkpoints\n{}",
                       profile.steps, results::render(bench::breakdown_table(profile), results::Format::table));
  }
  if (outcome.trained && outcome.result != run::CellOutcome::Result::done) return "";  // it says itself why
  return fmt::format("no step to profile: {}; --fresh trains it again\n",
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
  return fmt::format("failed: {}: {}", folder, outcome.reason);
}

}  // namespace

Progress::Progress(bool quiet, bool profile)
    : quiet_(quiet), profile_(profile), terminal_(isatty(STDERR_FILENO) != 0) {}

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
  if (profile_) show(profile_text(outcome));
}

void Progress::step(std::int64_t epoch, std::int64_t images, std::int64_t of, double mean_objective) {
  const auto now = Clock::now();
  const double done = static_cast<double>(epoch) + static_cast<double>(images) / static_cast<double>(of);
  if (epochs_at_start_ < 0) {
    epochs_at_start_ = done;
    started_ = now;
  }
  if (!terminal_ || quiet_ || now - drawn_ < kRedrawEvery || done == epochs_at_start_) return;
  drawn_ = now;
  const double seconds = std::chrono::duration<double>(now - started_).count();
  const double rate = (done - epochs_at_start_) / seconds;
  const int filled = static_cast<int>(done / static_cast<double>(epochs_) * kBarWidth);
  std::string bar;
  for (int i = 0; i < kBarWidth; ++i) bar += i < filled ? "━" : "─";
  living(fmt::format("epoch {}/{} {} loss {:.5g}  {} img/s  {} left", epoch + 1, epochs_, bar, mean_objective,
                     thousands(rate * static_cast<double>(of)),
                     duration((static_cast<double>(epochs_) - done) / rate)));
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
  if (terminal_) {
    living("task " + name);
  } else {
    line("task " + name);
  }
}

void Progress::note(const std::string& message) {
  clear();
  show(message + "\n");
}

void Progress::line(const std::string& text) {
  if (quiet_) return;
  clear();
  show(text + "\n");
}

void Progress::living(const std::string& text) {
  if (quiet_) return;
  show("\r\033[2K" + text);
  std::fflush(stderr);
  alive_ = true;
}

void Progress::clear() {
  if (alive_) show("\r\033[2K");
  alive_ = false;
}

}  // namespace hourglass::cli
