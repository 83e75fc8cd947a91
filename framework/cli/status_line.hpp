// Messages on standard error: lines that stay and, on a terminal, one that the next message replaces.
#pragma once

#include <string>

namespace hourglass::cli {

/// One thread at a time.
class StatusLine {
 public:
  StatusLine();
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;
  ~StatusLine() { clear(); }

  /// Returns whether a line that changes can be seen.
  bool is_terminal() const { return terminal_; }

  void keep(const std::string& text);  ///< writes a line that stays
  /// Writes a line that the next call replaces, cut off at the terminal's width. Does nothing without a terminal.
  void replace(const std::string& text);
  void clear();  ///< removes the line that would be replaced

 private:
  bool terminal_;
  bool drawn_ = false;
};

/// Returns `0:07`, `12:30` or `1:02:03`.
std::string duration_text(double seconds);

/// Returns a bar of `width` columns, of which `share`, 0 to 1, is filled.
std::string bar_text(double share, int width);

}  // namespace hourglass::cli
