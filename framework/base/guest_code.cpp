#include "base/guest_code.hpp"

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cfenv>
#include <set>
#include <utility>

namespace hourglass::base {
namespace {

struct ProcessState {
  int folder = -1;  ///< descriptor of the working directory
  mode_t mask = 0;
  locale_t locale = nullptr;
};

ProcessState kept;
std::atomic<const char*> current = "";

/// Returns a copy of the text that lives until the process ends, because other threads may still read it.
const char* lasting(std::string text) {
  static auto& texts = *new std::set<std::string>;
  return texts.insert(std::move(text)).first->c_str();
}

}  // namespace

void keep_process_state() {
  kept.folder = ::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  kept.mask = ::umask(0);
  ::umask(kept.mask);
  // This thread's own, so that setlocale() cannot change it: a decimal comma would spoil numbers.
  kept.locale = ::newlocale(LC_ALL_MASK, "C", nullptr);
  ::uselocale(kept.locale);
}

void restore_process_state() {
  restore_arithmetic();
  if (kept.locale == nullptr) return;
  if (kept.folder >= 0) [[maybe_unused]]
    const int ignored = ::fchdir(kept.folder);
  ::umask(kept.mask);
  ::uselocale(kept.locale);
  ::signal(SIGPIPE, SIG_IGN);
}

GuestCode::GuestCode(std::string activity) : outer_(current) { current = lasting(std::move(activity)); }

GuestCode::~GuestCode() {
  restore_process_state();
  current = outer_;
}

const char* GuestCode::activity() { return current; }

void restore_arithmetic() { std::fesetenv(FE_DFL_ENV); }

}  // namespace hourglass::base
