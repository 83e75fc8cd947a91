// Marks where code of plugins and libraries runs, and undoes what it did to the state of the process.
#pragma once

#include <string>

namespace hourglass::base {

/// Records the working directory, the file mode mask and the locale that guests must leave as they are. Call it once,
/// before any guest runs.
void keep_process_state();

/// While it exists, messages about the end of the process name `activity`, such as "training". Its destructor restores
/// the recorded state, the handling of closed pipes, and this thread's rounding mode and treatment of denormal numbers:
/// results must not depend on what a plugin did to them. Scopes may nest. Only for the main thread.
class GuestCode {
 public:
  explicit GuestCode(std::string activity);
  GuestCode(const GuestCode&) = delete;
  GuestCode& operator=(const GuestCode&) = delete;
  ~GuestCode();

  /// Returns the activity of the innermost scope, or "" outside all scopes. Async-signal-safe.
  static const char* activity();

 private:
  const char* outer_;
};

/// Restores the recorded state, as the destructor of GuestCode does. Call it within a scope before files are written.
void restore_process_state();

/// Restores this thread's rounding mode and treatment of denormal numbers. Call it after a guest on another thread, or
/// where the numbers that follow decide a result.
void restore_arithmetic();

}  // namespace hourglass::base
