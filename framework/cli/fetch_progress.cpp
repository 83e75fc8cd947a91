#include "cli/fetch_progress.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace hourglass::cli {
namespace {

using Duration = std::chrono::steady_clock::duration;

constexpr Duration kShowEvery = std::chrono::milliseconds(100);
constexpr Duration kLogEvery = std::chrono::seconds(10);  // without a terminal: few enough lines for a log
constexpr int kShortBar = 12;                             // leaves room for a file name of 25 characters in 80 columns

double megabytes(std::int64_t bytes) { return static_cast<double>(bytes) / 1e6; }

}  // namespace

void FetchProgress::line(const std::string& text) { status_.keep(text); }

void FetchProgress::bytes(const std::string& file, std::int64_t done, std::int64_t total) {
  const auto now = Clock::now();
  if (file != file_ || done < at_start_) {  // another file, or the same from its beginning
    file_ = file;
    at_start_ = done;
    started_ = shown_ = now;
    return;
  }
  if (now - shown_ < (status_.is_terminal() ? kShowEvery : kLogEvery)) return;
  shown_ = now;
  const double rate = static_cast<double>(done - at_start_) / std::chrono::duration<double>(now - started_).count();
  auto text = total > 0 ? fmt::format("{:.1f} of {:.1f} MB", megabytes(done), megabytes(total))
                        : fmt::format("{:.1f} MB", megabytes(done));
  text += fmt::format("  {:.1f} MB/s", rate / 1e6);
  if (total > 0 && rate > 0) text += fmt::format("  {} left", duration_text(static_cast<double>(total - done) / rate));
  if (!status_.is_terminal()) return status_.keep(file + "  " + text);
  const double share = total > 0 ? std::min(1.0, static_cast<double>(done) / static_cast<double>(total)) : 0;
  status_.replace(fmt::format("{} {} {}", file, bar_text(share, kShortBar), text));
}

}  // namespace hourglass::cli
