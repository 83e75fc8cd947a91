// Explains why the process ends when a plugin or another library ends it.
#pragma once

#include <filesystem>

namespace hourglass::base {

/// While it exists, each of these prints one sentence with the library that caused it and what was being done:
/// exit(), quick_exit() and _exit(), which end the process with code 1, whatever code they were given; crashes, abort()
/// and std::terminate(), which end it with their signal. Child processes of plugins may end as they like. Not covered:
/// system calls without the C library, and SIGKILL. Create it once, before other threads start.
class ExplainedEndings {
 public:
  ExplainedEndings();
  ExplainedEndings(const ExplainedEndings&) = delete;
  ExplainedEndings& operator=(const ExplainedEndings&) = delete;
  ~ExplainedEndings();
};

/// Says that a library is a plugin, which is to blame for what the libraries that it calls do. Call it before the
/// library is loaded. Main thread only.
void note_plugin_library(const std::filesystem::path& library);

/// Ends the program with its exit code, without the destructors of static objects: those of plugins could change the
/// code, or crash. With a sanitizer, which has its own checks to make, they run.
[[noreturn]] void end_with(int code);

/// Ends the process at once. Async-signal-safe.
[[noreturn]] void end_process(int code);

}  // namespace hourglass::base
