// The definitions of exit() and its siblings in the program replace those of the C library for all other libraries.
#include "base/ending.hpp"

#include <dlfcn.h>
#include <execinfo.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "base/guest_code.hpp"

namespace hourglass::base {
namespace {

std::atomic<pid_t> watched = 0;  // 0: no process

std::vector<std::string>& plugin_libraries() {
  static auto& libraries = *new std::vector<std::string>;
  return libraries;
}

/// The code that called the failing function: a plugin if there is one, else the innermost other library.
struct Culprit {
  const char* file = "";
  bool plugin = false;
};

Culprit culprit_of_this_call() {
  std::array<void*, 64> frames;
  const int count = ::backtrace(frames.data(), static_cast<int>(frames.size()));
  Dl_info own{};
  ::dladdr(reinterpret_cast<void*>(&culprit_of_this_call), &own);
  Culprit innermost;
  for (int i = 0; i < count; ++i) {
    Dl_info info{};
    if (::dladdr(frames[static_cast<std::size_t>(i)], &info) == 0 || info.dli_fname == nullptr) continue;
    if (std::ranges::find(plugin_libraries(), std::string_view(info.dli_fname)) != plugin_libraries().end())
      return {info.dli_fname, true};
    const bool of_system = std::strstr(info.dli_fname, "/libc.so") || std::strstr(info.dli_fname, "/libstdc++.so");
    if (*innermost.file == '\0' && !of_system && info.dli_fbase != own.dli_fbase) innermost.file = info.dli_fname;
  }
  return innermost;
}

/// Prints the sentence. `deed` is what the culprit did: "called exit(0)".
void explain(const char* deed, const char* remedy) {
  const auto [file, plugin] = culprit_of_this_call();
  const char* activity = GuestCode::activity();
  std::array<char, 1024> text;
  const int size =
      std::snprintf(text.data(), text.size(), "hourglass: %s%s %s%s%s%s\n", plugin ? "the plugin library " : "",
                    *file == '\0' ? "the program" : file, deed, *activity == '\0' ? "" : " while ", activity,
                    plugin ? remedy : "; the same command continues what was finished");
  const auto length = std::min(static_cast<std::size_t>(std::max(size, 0)), text.size() - 1);
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), length);
}

constexpr int kSignals[] = {SIGABRT, SIGSEGV, SIGFPE, SIGILL};

const char* name_of_crash(int signal) {
  switch (signal) {
    case SIGABRT: return "aborted the program";
    case SIGFPE: return "crashed (arithmetic exception)";
    case SIGILL: return "crashed (illegal instruction)";
    default: return "crashed (invalid memory access)";
  }
}

/// Returns whether this thread is the first that ends the process; others wait for it. Threads often do so together.
bool is_first_to_end() {
  static std::atomic<pid_t> first = 0;
  const auto own = ::gettid();
  pid_t nobody = 0;
  if (first.compare_exchange_strong(nobody, own)) return true;
  while (first != own) ::pause();
  return false;  // a crash while explaining the first one
}

void explain_crash(int signal) {
  const bool explains = watched == ::getpid() && is_first_to_end();
  ::signal(SIGALRM, SIG_DFL);
  ::alarm(5);  // if the crash has left a lock behind that the explanation needs
  if (explains) explain(name_of_crash(signal), "; correct it, then the same command continues");
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

void handle_crashes() {
  static std::array<char, 1 << 16> stack;  // for a crash by a full stack
  const stack_t other{.ss_sp = stack.data(), .ss_flags = 0, .ss_size = stack.size()};
  ::sigaltstack(&other, nullptr);
  for (const int signal : kSignals) {
    struct sigaction action = {};
    ::sigaction(signal, nullptr, &action);
    if (action.sa_handler != SIG_DFL) continue;  // of a sanitizer
    action.sa_handler = explain_crash;
    action.sa_flags = SA_ONSTACK | SA_NODEFER;
    ::sigaction(signal, &action, nullptr);
  }
}

/// Ends the process if it is the watched one. Otherwise returns.
void refuse_end(const char* function, int code) {
  if (watched != ::getpid() || !is_first_to_end()) return;
  std::fflush(stdout);  // what the plugin has said about it
  std::array<char, 64> deed;
  std::snprintf(deed.data(), deed.size(), "ended the program with %s(%d)", function, code);
  explain(deed.data(),
          "; a plugin reports an error by throwing an exception; correct it, then the same command continues");
  end_process(1);
}

/// Calls the C library's function of this name.
[[noreturn]] void end_as(const char* function, int code) {
  using End = void(int);
  if (auto* end = reinterpret_cast<End*>(::dlsym(RTLD_NEXT, function))) end(code);
  end_process(code);
}

}  // namespace

ExplainedEndings::ExplainedEndings() {
  void* frame = nullptr;
  ::backtrace(&frame, 1);  // the first call allocates memory
  watched = ::getpid();
  handle_crashes();
}

ExplainedEndings::~ExplainedEndings() { watched = 0; }

void note_plugin_library(const std::filesystem::path& library) { plugin_libraries().push_back(library.string()); }

void end_with(int code) {
#ifdef __SANITIZE_ADDRESS__
  watched = 0;
  std::exit(code);
#else
  std::fflush(nullptr);
  end_process(code);
#endif
}

void end_process(int code) {
  while (true) ::syscall(SYS_exit_group, code);
}

}  // namespace hourglass::base

extern "C" {

[[gnu::visibility("default")]] void exit(int code) noexcept {
  hourglass::base::refuse_end("exit", code);
  hourglass::base::end_as("exit", code);
}

[[gnu::visibility("default")]] void quick_exit(int code) noexcept {
  hourglass::base::refuse_end("quick_exit", code);
  hourglass::base::end_as("quick_exit", code);
}

[[gnu::visibility("default")]] void _exit(int code) {
  hourglass::base::refuse_end("_exit", code);
  hourglass::base::end_process(code);
}

[[gnu::visibility("default")]] void _Exit(int code) noexcept {
  hourglass::base::refuse_end("_Exit", code);
  hourglass::base::end_process(code);
}
}
