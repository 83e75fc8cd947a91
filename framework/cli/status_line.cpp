#include "cli/status_line.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>

#include "base/printable.hpp"
#include "base/streams.hpp"

namespace hourglass::cli {
namespace {

constexpr char kEraseLine[] = "\r\033[2K";
/// Without wrapping, the terminal cuts off what is too wide; a wrapped line could not be erased.
constexpr char kWrapOff[] = "\033[?7l", kWrapOn[] = "\033[?7h";

}  // namespace

StatusLine::StatusLine() : terminal_(isatty(STDERR_FILENO) != 0) {}

void StatusLine::keep(const std::string& text) {
  clear();
  base::say_text(base::printable(text) + "\n");
}

void StatusLine::replace(const std::string& text) {
  if (!terminal_) return;
  base::say_text(kEraseLine + (kWrapOff + base::printable(text)) + kWrapOn);
  std::fflush(stderr);
  drawn_ = true;
}

void StatusLine::clear() {
  if (drawn_) base::say_text(kEraseLine);
  drawn_ = false;
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds + 0.5);
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

std::string bar_text(double share, int width) {
  const int filled = static_cast<int>(share * width);
  std::string bar;
  for (int i = 0; i < width; ++i) bar += i < filled ? "━" : "─";
  return bar;
}

}  // namespace hourglass::cli
