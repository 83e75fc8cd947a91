// Progress of a fetch on standard error: a bar with rate and time left on a terminal, plain lines otherwise.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "cli/status_line.hpp"
#include "host/fetch.hpp"

namespace hourglass::cli {

/// Sizes are in MB of 10^6 bytes; the rate is the mean since the download of the file, or of the rest of it, began.
class FetchProgress final : public host::FetchObserver {
 public:
  void line(const std::string& text) override;
  void bytes(const std::string& file, std::int64_t done, std::int64_t total) override;

 private:
  using Clock = std::chrono::steady_clock;

  StatusLine status_;
  std::string file_;           ///< the current file
  std::int64_t at_start_ = 0;  ///< bytes present when its download began
  Clock::time_point started_, shown_;
};

}  // namespace hourglass::cli
